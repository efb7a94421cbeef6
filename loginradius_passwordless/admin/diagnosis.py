"""Why somebody gets no message now, though no attempt says so: limits, locks, and what this site does not send to."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .. import errors
from ..backends import get_sms_backend, get_voice_backend
from ..conf import conf
from ..identifiers import parse_phone
from ..models import Customer, GuessBudget, Identifier, SendBudget
from . import searching


def diagnose(facts: dict[str, Any], text: str) -> list[str]:
    """Return sentences about the address, number or UID that staff look for.

    Args:
        facts: what ``searching.read`` made of the text.
        text: as it was typed.
    """
    customers = _customers(facts)
    of_customers = Identifier.objects.filter(customer__in=customers).exclude(proven_key=None)
    identities = [*facts.get("identity", []), *of_customers.values_list("proven_key", flat=True)]
    if not identities:
        return []
    return [*_limits(identities), *_locks(identities), *_accounts(customers), *_phone(text)]


def _limits(identities: list[str]) -> Iterator[str]:
    now = timezone.now()
    limits = {"day": conf.SENDS_PER_DAY, "ten minutes": conf.SENDS_PER_TEN_MINUTES}
    for budget in SendBudget.objects.filter(identity__in=identities).order_by("window"):
        if budget.not_before and budget.not_before > now:
            yield _("Nothing more is sent there before %(time)s: the last message is too recent.") % {
                "time": _time(budget.not_before)
            }
        if (limit := limits.get(budget.window)) and budget.count >= limit:
            yield _("%(count)d of %(limit)d messages of this window (%(window)s, since %(time)s) are used up.") % {
                "count": budget.count, "limit": limit, "window": budget.window, "time": _time(budget.started_at),
            }  # fmt: skip


def _locks(identities: list[str]) -> Iterator[str]:
    for budget in GuessBudget.objects.filter(identity__in=identities, locked_until__gt=timezone.now()):
        yield _("Codes are locked until %(time)s, after %(count)d wrong ones. Links work.") % {
            "time": _time(budget.locked_until), "count": budget.failures,
        }  # fmt: skip


def _customers(facts: dict[str, Any]) -> list[Customer]:
    proven = Identifier.objects.filter(proven_key__in=facts.get("identity", []))
    theirs = Q(pk__in=list(proven.values_list("customer_id", flat=True))) | Q(uid=facts.get("uid", ""))
    return list(Customer.objects.filter(theirs).select_related("user")[:3])


def _accounts(customers: list[Customer]) -> Iterator[str]:
    if not customers:
        yield _("No customer has proven it. Only One-Touch Login and registration send to strangers.")
    for customer in customers:
        if customer.is_blocked or customer.is_login_disabled or not customer.user.is_active:
            yield _("The customer is blocked or switched off, and gets no messages.")


def _phone(text: str) -> Iterator[str]:
    number = searching.phone_in(text)
    if number is None:
        return
    try:
        parse_phone(number.value, "sms")
    except errors.InvalidPhone:
        yield _("No SMS go to this number: it is a landline, of a costly kind, or of a country that is not listed.")
    if get_sms_backend() is None:
        yield _("This site has no provider for SMS.")
    if get_voice_backend() is None:
        yield _("This site has no provider for calls.")


def _time(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
