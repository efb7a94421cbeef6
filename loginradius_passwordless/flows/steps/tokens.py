"""Who is signed in: by which token or session, whether it lives, and how old it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ... import errors
from ...conf import conf
from ...models import AccessToken, Customer, Session
from ...models.database import Now
from .people import Caller
from .sign_in import gate


def live_token(caller: Caller, access_token: str) -> AccessToken:
    """Return the row of an access token that works.

    Raises ``UnknownAccessToken``, ``ExpiredAccessToken``, ``AccountBlocked``, ``LoginDisabled``, ``AccountNotAllowed``.
    """
    rows = AccessToken.objects.with_access_token(caller.application, access_token)
    row = rows.live().select_related("customer__user", "session__customer__user").first()
    if row is None:
        expired: Iterable[AccessToken] = rows.filter(revoked_at=None)
        raise errors.ExpiredAccessToken if expired else errors.UnknownAccessToken
    gate(row.customer)
    return row


@dataclass(frozen=True)
class Holder:
    """How a customer shows to be signed in: by an access token, or by the sessions that a browser has here."""

    access_token: str = field(default="", repr=False)
    session_ids: tuple[str, ...] = ()


def signed_in(caller: Caller, holder: Holder, *, lately: bool = False) -> Customer:
    """Return who is signed in.

    With ``lately``, only whoever has signed in within ``FRESH_AUTHENTICATION``: a refreshed token is as old as the
    sign-in that it began with.

    Raises ``SignInTooOld``, ``UnknownAccessToken``, ``ExpiredAccessToken``, ``AccountBlocked``, ``LoginDisabled``,
    ``AccountNotAllowed``.
    """
    if holder.access_token:
        session = live_token(caller, holder.access_token).session
    else:
        session = _session_of(caller, holder.session_ids)
    if lately and not Session.objects.filter(pk=session.pk, created_at__gt=Now() - conf.FRESH_AUTHENTICATION).exists():
        raise errors.SignInTooOld
    return session.customer


def _session_of(caller: Caller, session_ids: Sequence[str]) -> Session:
    session = Session.objects.newest_of(session_ids).filter(application=caller.application).first()
    if session is None:
        raise errors.UnknownAccessToken
    gate(session.customer)
    return session
