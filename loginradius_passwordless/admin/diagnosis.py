"""Why somebody gets no message now, though no attempt says so: limits, locks, and what this site does not send to."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .. import errors
from ..backends import users
from ..backends.providers import can_reach
from ..catalog import MessageKind
from ..conf import conf
from ..identifiers import parse_phone, parse_user_name
from ..models import Customer, GuessBudget, Identifier, MessageSettings, PausedAddress, SendBudget
from ..models.customer import identity_key
from .searching import Found


def diagnose(found: Found) -> list[str]:
    """Return sentences about the address, number or customer that staff look for."""
    if not found.keys and not found.customers:
        return []
    customers = list(Customer.objects.filter(pk__in=found.customers).select_related("user"))
    keys = {*found.keys, *(key for customer in customers for key in _keys_of(customer))}
    return [*_limits(keys), *_locks(keys), *_pauses(keys), *_accounts(found, customers), *_phones(found)]


def _keys_of(customer: Customer) -> Iterator[str]:
    """Under what a customer is counted: what they have proven, and the name by which they may be asked for."""
    yield from Identifier.objects.keys_of(customer)
    try:
        yield identity_key(parse_user_name(str(customer.user.get_username() or "")))
    except errors.InvalidParameter:
        return


def _limits(keys: set[str]) -> Iterator[str]:
    now = timezone.now()
    windows = {
        "day": (conf.SENDS_PER_DAY, timedelta(days=1)),
        "ten minutes": (conf.SENDS_PER_TEN_MINUTES, timedelta(minutes=10)),
        **{row.kind: (row.request_limit, row.period) for row in MessageSettings.objects.exclude(request_limit=None)},
    }
    names = {"day": _("of a day"), "ten minutes": _("of ten minutes"), **dict(MessageKind.choices)}
    for budget in SendBudget.objects.filter(identity__in=keys).order_by("window"):
        if budget.not_before and budget.not_before > now:
            yield _("Nothing more is sent there before %(time)s: the last message is too recent.") % {
                "time": _time(budget.not_before)
            }
        limit, span = windows.get(budget.window, (None, timedelta(0)))
        if limit and budget.count >= limit and budget.started_at + span > now:
            yield _("%(count)d of %(limit)d messages are used up (%(window)s), until %(time)s.") % {
                "count": budget.count, "limit": limit, "window": names[budget.window],
                "time": _time(budget.started_at + span),
            }  # fmt: skip


def _locks(keys: set[str]) -> Iterator[str]:
    for key in sorted(keys):
        if until := GuessBudget.objects.locked_until(key):
            yield _("Codes are locked until %(time)s, after wrong ones. Links work.") % {"time": _time(until)}
        if until := GuessBudget.objects.password_locked_until(key):
            yield _("The password is locked until %(time)s, after wrong ones.") % {"time": _time(until)}


def _pauses(keys: set[str]) -> Iterator[str]:
    for address in PausedAddress.objects.pausing().filter(identity__in=keys).order_by("pk"):
        yield _("Mail came back for good: none is sent to %(recipient)s before %(time)s.") % {
            "recipient": address.recipient, "time": _time(address.paused_at + conf.PAUSE_AFTER_BOUNCE),
        }  # fmt: skip


def _accounts(found: Found, customers: list[Customer]) -> Iterator[str]:
    if not customers and not any(users.users_with(identity) for identity in found.identities):
        yield _("Nobody here has it. Only One-Touch Login and registration send to strangers.")
    for customer in customers:
        if customer.is_blocked or customer.is_login_disabled or not customer.user.is_active:
            yield _("The customer is blocked or switched off, and gets no messages.")


def _phones(found: Found) -> Iterator[str]:
    for identity in found.identities:
        if identity.kind != "phone":
            continue
        try:
            parse_phone(identity.value, "sms")
        except errors.InvalidPhone:
            yield _("No SMS go to this number: it is a landline, of a costly kind, or of a country that is not listed.")
        if not can_reach("sms"):
            yield _("This site has no provider for SMS.")
        if not can_reach("voice"):
            yield _("This site has no provider for calls.")


def _time(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
