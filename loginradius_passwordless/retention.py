"""How long evidence is kept, and what remains of somebody who goes: nothing that says who it was.

Old rows go in batches, so that a live site never waits for a long delete.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, Q, QuerySet, RestrictedError

from . import access_tokens, sessions
from .backends import users
from .conf import conf
from .journal import tell
from .models import (
    AccessToken,
    Customer,
    Event,
    GuessBudget,
    LoginAttempt,
    Message,
    PausedAddress,
    Registration,
    SendBudget,
    Session,
    UsedSolution,
    UsedSOTT,
    WebhookDelivery,
)
from .models.database import Now
from .models.message import Delivery

logger = logging.getLogger(__name__)

BATCH = 5000

# The longest window that staff can set is a week, the longest lock a quarter of an hour.
KEEP_BUDGETS = timedelta(days=8)
KEEP_TOKENS = timedelta(days=1)
KEEP_SOLUTIONS = timedelta(days=1)  # no provider takes one that is older than ten minutes
# No link lives longer, so no attempt is about to point to one.
KEEP_REGISTRATIONS = timedelta(days=2)


def purge() -> Iterator[tuple[str, int]]:
    """Delete what is older than the settings ``KEEP_…`` say; yield what was purged, and how many rows.

    Messages go before attempts, which they point to. Network addresses and browser names go earlier than the
    rows that they stand in: an attempt without them is still evidence, and no longer about a place.
    """
    unlocked = Q(locked_until=None) | Q(locked_until__lte=Now())
    yield "messages", _delete(Message.objects.filter(created_at__lte=Now() - conf.KEEP_MESSAGES))
    yield "webhooks", _delete(WebhookDelivery.objects.filter(created_at__lte=Now() - conf.KEEP_MESSAGES))
    yield "events", _delete(Event.objects.filter(created_at__lte=Now() - conf.KEEP_EVENTS))
    yield "login attempts", _delete(LoginAttempt.objects.filter(created_at__lte=Now() - conf.KEEP_ATTEMPTS))
    yield "registrations", _delete(Registration.objects.filter(expires_at__lte=Now() - KEEP_REGISTRATIONS))
    yield "used SOTTs", _delete(UsedSOTT.objects.filter(expires_at__lte=Now()))
    yield "used CAPTCHA solutions", _delete(UsedSolution.objects.filter(created_at__lte=Now() - KEEP_SOLUTIONS))
    access_tokens.end_over()
    old_tokens = AccessToken.objects.filter(refresh_expires_at__lte=Now() - KEEP_TOKENS, sealed_handle=None)
    yield "access tokens", _delete(old_tokens)
    sessions.end_browsers(list(Session.objects.exclude(ended_at=None).exclude(sealed_browser_key=None)[:BATCH]))
    forgotten = Session.objects.filter(created_at__lte=Now() - conf.KEEP_EVENTS, access_tokens=None)
    sessions.forget_gone_browsers(forgotten.live())
    yield "sessions", _delete(forgotten.filter(sealed_browser_key=None))
    yield "guess budgets", _delete(GuessBudget.objects.filter(unlocked, day_started_at__lte=Now() - KEEP_BUDGETS))
    old_pauses = PausedAddress.objects.filter(paused_at__lte=Now() - conf.PAUSE_AFTER_BOUNCE)
    yield "paused addresses", _delete(old_pauses)
    yield "send budgets", _delete(SendBudget.objects.filter(started_at__lte=Now() - KEEP_BUDGETS))
    yield "network addresses", _forget_addresses()


def erase(customer: Customer, identities: list[str]) -> None:
    """Delete a customer, with the site's user or with all in it that is about a person.

    The evidence stays and is nobody's. Budgets stay as well, until the purge: they are digests, and whoever deletes
    and registers in turn would have as many messages sent as they like.

    Args:
        customer: who goes. Call it inside a transaction, after everything under way was ended.
        identities: the keys of the customer's addresses and numbers.
    """
    sessions.end(Session.objects.filter(customer=customer))
    # A number that was passed on has a past with somebody else, whose evidence is not this customer's.
    theirs = Q(identity__in=identities, customer=None) | Q(customer=customer)
    attempts = list(LoginAttempt.objects.filter(theirs).values_list("pk", flat=True))
    of_others = Q(attempt__customer__isnull=False) & ~Q(attempt__in=attempts)
    messages = Message.objects.filter(Q(theirs & ~of_others) | Q(attempt__in=attempts))
    # By their keys: MariaDB makes two statements of an update whose condition reaches into another table.
    messages = Message.objects.filter(pk__in=list(messages.values_list("pk", flat=True)))
    if count := messages.filter(state=Delivery.PENDING).update(state=Delivery.ABANDONED):
        tell("message_abandoned", count=count, reason="erased")
    messages.update(identity="", recipient="", sealed=b"", provider_id="", error="")
    Event.objects.filter(theirs | Q(attempt__in=attempts)).update(identity="", address=None, agent="", detail="")
    LoginAttempt.objects.filter(pk__in=attempts).update(
        identity="", recipient="", name="", client_guid_digest=None, registration_source="",
        asked_address=None, asked_agent="", approved_address=None, approved_agent="",
    )  # fmt: skip
    PausedAddress.objects.filter(identity__in=identities).delete()
    for identity in identities:
        Registration.objects.end(identity)
    Registration.objects.filter(identity__in=identities).update(identity="")
    user, uid = customer.user, customer.uid
    if conf.ON_ACCOUNT_DELETION == "delete" and _was_deleted(user):
        return
    Customer.objects.filter(pk=customer.pk).delete()
    users.deactivate(user, uid)


def _was_deleted(user: Any) -> bool:
    """Delete a user, unless the site's own tables hold on to the row: then it stays, and is nobody's."""
    try:
        with transaction.atomic():
            users.delete(user)
    except (ProtectedError, RestrictedError):
        logger.warning("A user could not be deleted, as the site's own tables refer to it; it is deactivated instead.")
        return False
    return True


def _delete(rows: QuerySet) -> int:  # type: ignore[type-arg]  # any of our tables
    deleted = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows.model._default_manager.filter(pk__in=keys).delete()
        deleted += len(keys)
    return deleted


def _forget_addresses() -> int:
    old = Now() - conf.KEEP_ADDRESSES
    told = (
        Q(asked_address__isnull=False) | Q(approved_address__isnull=False) | ~Q(asked_agent="") | ~Q(approved_agent="")
    )
    attempts = LoginAttempt.objects.filter(told, created_at__lte=old)
    events = Event.objects.filter(Q(address__isnull=False) | ~Q(agent=""), created_at__lte=old)
    signed_in = Session.objects.filter(Q(address__isnull=False) | ~Q(agent=""), created_at__lte=old)
    customers = Customer.objects.filter(last_login_address__isnull=False, last_login_at__lte=old)
    return (
        _clear(attempts, asked_address=None, asked_agent="", approved_address=None, approved_agent="")
        + _clear(events, address=None, agent="")
        + _clear(signed_in, address=None, agent="")
        + _clear(customers, last_login_address=None)
    )


def _clear(rows: QuerySet, **nothing: Any) -> int:  # type: ignore[type-arg]  # any of our tables
    cleared = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        cleared += rows.model._default_manager.filter(pk__in=keys).update(**nothing)
    return cleared
