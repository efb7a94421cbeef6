"""The sessions of customers: begun by a sign-in, bound to a browser by a hosted page, and ended as a whole."""

import logging
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from . import access_tokens
from .backends import browsers
from .backends.places import place_of
from .models import AccessToken, Application, Customer, LoginAttempt, Session
from .models.database import Now, in_transaction
from .models.session import MAX_DEVICE, SessionQuerySet

logger = logging.getLogger(__name__)

BATCH = 500


def begin(
    attempt: LoginAttempt, customer: Customer, *, device: str, agent: str, address: str | None
) -> tuple[Session, bool]:
    """Begin the session of a sign-in; tell also whether it is on a device, or in a country, that is new.

    Args:
        attempt: what the customer signed in with.
        customer: who.
        device: the family of the device, and ``agent``, what the device calls itself, as ``Visitor`` has them.
        address: its network address.
    """
    device, country = device[:MAX_DEVICE], place_of(address).country_code
    # What the customer said was somebody else is no device of theirs.
    is_new = Session.objects.filter(customer=customer, is_disowned=False).are_unlike(device, country)
    session = Session.objects.create(
        customer=customer,
        application=attempt.application,
        attempt=attempt,
        device=device,
        agent=agent,
        address=address,
        country=country,
    )
    session.refresh_from_db(fields=["created_at"])
    return session, is_new


def bind(session_id: str, browser_key: str) -> bool:
    """Let a browser's session of Django's end together with this one; tell whether this one still lives."""
    return Session.objects.bind(session_id, browser_key if browsers.can_end() else "")


@in_transaction
def end(sessions: SessionQuerySet, *, as_disowned: bool = False) -> int:
    """End sessions with all their tokens, and as soon as that is committed the browsers' sessions.

    A browser's session that cannot be ended then, because the cache that has it does not answer, is ended by the next
    call for its session, or by the purge. Tokens go first: that waits for one which is just being refreshed. Where an
    issuer gives all sign-ins of a user one token, all of them end.

    Returns how many sessions were live.
    """
    asked = list(sessions.values_list("pk", "customer_id"))
    access_tokens.hold({customer_id for _pk, customer_id in asked})
    keys = AccessToken.objects.sessions_sharing([pk for pk, _customer_id in asked])
    AccessToken.objects.filter(session__in=keys).revoke()
    access_tokens.end(AccessToken.objects.filter(session__in=keys))
    # Locked and read once more: a browser may have been bound to one of them a moment ago.
    chosen = list(Session.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    facts = {"is_disowned": True} if as_disowned else {}
    ended = Session.objects.live().filter(pk__in=keys).update(ended_at=Now(), **facts)
    end_browsers([session for session in chosen if session.sealed_browser_key])
    return ended


def end_with_owner(sender: type[Customer] | type[Application], instance: Any, **signal: Any) -> None:
    """End the sessions of a customer or an application that is about to be deleted: their rows go with it, unasked.

    Those that have something outside of these rows, which would live on: a browser, or a token at its issuer.
    """
    unended = AccessToken.objects.filter(session=OuterRef("pk")).unended()
    rows = Session.objects.filter(~Q(sealed_browser_key=None) | Exists(unended))
    keys = list(rows.filter(**{str(sender._meta.model_name): instance}).values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        end(Session.objects.filter(pk__in=keys[start : start + BATCH]))


def forget_gone_browsers(sessions: SessionQuerySet) -> None:
    """Of these sessions, forget which browser they have signed in where that is not signed in any more.

    What still is has to be kept, however old: whoever blocks its customer could not end it.
    """
    bound = sessions.exclude(sealed_browser_key=None)
    try:
        if not bound.exists() or not browsers.answers():
            return
        for session in bound.only("sealed_browser_key").iterator():
            if not session.browser_key or not browsers.exists(session.browser_key):
                Session.objects.filter(pk=session.pk).update(sealed_browser_key=None)
    except Exception as error:  # noqa: BLE001 - whatever the site's session engine raises, the purge goes on
        logger.error("Which browsers are signed in cannot be asked (%s); the next purge asks.", type(error).__name__)


def end_browsers(sessions: list[Session]) -> None:
    """Sign browsers out after the commit."""
    if sessions:
        transaction.on_commit(lambda: _end_browsers(sessions), robust=True)


def _end_browsers(sessions: list[Session]) -> None:
    for session in sessions:
        try:
            if session.browser_key:
                browsers.end(session.browser_key)
        except Exception as error:  # noqa: BLE001 - whatever the site's session engine raises, the others are ended
            # Without its trace: the key is in that, and still opens what could not be ended.
            is_kept = Session.objects.filter(pk=session.pk).exists()
            hope = "the purge tries again" if is_kept else "its row is deleted, so nobody tries again"
            logger.error("The browser of session %s stays signed in (%s); %s.", session.pk, type(error).__name__, hope)
        else:
            Session.objects.filter(pk=session.pk).update(sealed_browser_key=None)
