"""The browser that a hosted page signs in."""

import logging
from collections.abc import Sequence
from uuid import UUID

from django.db import Error

from .. import errors, sessions
from ..backends.browsers import SESSIONS as SESSIONS
from ..backends.browsers import authentication_backend as authentication_backend
from ..models import AccessToken, Session

logger = logging.getLogger(__name__)


def bind(session_ids: Sequence[str], browser_key: str) -> None:
    """Let a browser's session of Django's end together with any of these, the newest of which was just begun.

    Raises ``AccountNotAllowed`` when that one has ended already.
    """
    bound = [sessions.bind(session_id, browser_key) for session_id in session_ids]
    if not bound[-1]:
        raise errors.AccountNotAllowed("the session was ended while it began")


def leave_behind(session_ids: Sequence[str], *, kept: Sequence[str]) -> None:
    """End older sessions of a browser, which stays signed in by those that are kept.

    Not where both have the same token: none of them can end alone, and all end with the sign-out.
    """
    sharing = {str(pk) for pk in AccessToken.objects.sessions_sharing([UUID(pk) for pk in session_ids])}
    if sharing.isdisjoint(kept):
        Session.objects.filter(pk__in=session_ids).update(sealed_browser_key=None)
        end(session_ids)


def end(session_ids: Sequence[str]) -> None:
    """End the sessions of a browser that the site signs out. Its signing out must not fail for that."""
    try:
        sessions.end(Session.objects.filter(pk__in=session_ids))
    except Error:
        logger.exception("Sessions outlive their browser's sign-out.")
