"""The sessions of customers: begun by a sign-in, bound to a browser by a hosted page, and ended as a whole."""

import logging

from django.db import transaction

from .backends import browsers
from .backends.places import place_of
from .models import AccessToken, Customer, LoginAttempt, Session
from .models.database import Now, in_transaction
from .models.session import MAX_DEVICE, SessionQuerySet

logger = logging.getLogger(__name__)


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
    call for its session, or by the purge. Tokens go first: that waits for one which is just being refreshed.

    Returns how many sessions were live.
    """
    keys = list(sessions.values_list("pk", flat=True))
    AccessToken.objects.filter(session__in=keys).revoke()
    # Locked and read once more: a browser may have been bound to one of them a moment ago.
    chosen = list(Session.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    facts = {"is_disowned": True} if as_disowned else {}
    ended = Session.objects.live().filter(pk__in=keys).update(ended_at=Now(), **facts)
    end_browsers([session for session in chosen if session.sealed_browser_key])
    return ended


def end_browsers(sessions: list[Session]) -> None:
    """Sign browsers out after the commit."""
    if sessions:
        transaction.on_commit(lambda: _end_browsers(sessions), robust=True)


def _end_browsers(sessions: list[Session]) -> None:
    for session in sessions:
        try:
            if session.browser_key:
                browsers.end(session.browser_key)
        except Exception:  # whatever the site's session engine raises, the others are ended
            logger.exception("The browser of session %s could not be signed out; the purge tries again.", session.pk)
        else:
            Session.objects.filter(pk=session.pk).update(sealed_browser_key=None)
