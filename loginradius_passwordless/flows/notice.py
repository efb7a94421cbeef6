"""The person who was told of a sign-in, and says that it was somebody else.

the mail's link    look       what was told: the device, from where, when; nothing changes
"It was not me"    disown     that session ends, with its tokens and in its browser
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from .. import errors, sessions, signals
from ..backends import browsers
from ..backends.places import Place, place_of
from ..models import Purpose, Session, VerificationToken
from ..models.database import in_transaction
from ..models.event import EventName
from . import steps
from .steps import Visitor


@dataclass(frozen=True)
class SignedInElsewhere:
    """The sign-in that a notice was about."""

    application_name: str
    device: str
    agent: str
    address: str
    place: Place
    at: datetime
    time_zone: str
    has_ended: bool


@sensitive_variables("secret")
def look(visitor: Visitor, secret: str) -> SignedInElsewhere:
    """Return what a notice was about; changes nothing. Raises ``UnknownLink``, ``ExpiredLink``."""
    token = _token_of(secret)
    session = _session_of(token)
    return SignedInElsewhere(
        application_name=session.application.name,
        device=session.device,
        agent=session.agent,
        address=session.address or "",
        place=place_of(session.address, visitor.language),
        at=session.created_at,
        time_zone=place_of(visitor.address).time_zone,
        has_ended=session.ended_at is not None,
    )


@sensitive_variables("secret")
def disown(visitor: Visitor, secret: str) -> bool:
    """End the session that a notice was about, also once more; raises what ``look`` raises.

    Returns whether a browser that was signed in is signed out as well: not where the site keeps its browsers' sessions
    in cookies, and not yet where what keeps them does not answer.
    """
    session = _disown(visitor, _token_of(secret))
    return browsers.can_end() and not Session.objects.filter(pk=session.pk).exclude(sealed_browser_key=None).exists()


@in_transaction
def _disown(visitor: Visitor, token: VerificationToken) -> Session:
    session = _session_of(token)
    if not sessions.end(Session.objects.filter(pk=session.pk), as_disowned=True):
        return session
    steps.note(EventName.SESSION_DISOWNED, token.attempt, visitor)
    transaction.on_commit(lambda: signals.session_disowned.send(sender=Session, session=session), robust=True)
    return session


@sensitive_variables("secret")
def _token_of(secret: str) -> VerificationToken:
    tokens = VerificationToken.objects.with_link(secret, Purpose.END_SESSION)
    token = tokens.select_related("attempt").first()
    if token is None:
        raise errors.UnknownLink
    if not tokens.unexpired().exists():
        raise errors.ExpiredLink
    return token


def _session_of(token: VerificationToken) -> Session:
    session = Session.objects.filter(attempt=token.attempt).select_related("application").first()
    if session is None:
        raise errors.UnknownLink
    return session
