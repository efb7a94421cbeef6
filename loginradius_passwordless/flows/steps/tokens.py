"""Who is signed in: by which token or session, whether it lives, and how old it is."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from ... import access_tokens, errors
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
    return _passed(row, access_token)


def live_token_of_any(access_token: str, api_keys: Collection[str] | None = None) -> AccessToken:
    """Return the row of an access token that works, whichever active application it was given to.

    With ``api_keys`` only of the applications that have one of these. One query where the token works, besides those
    of an issuer that keeps tokens of its own, and of the site's ``ACCOUNT_POLICY``. Raises what ``live_token`` raises.
    """
    rows = AccessToken.objects.with_text(access_token).live().filter(application__is_active=True)
    rows = rows if api_keys is None else rows.filter(application__api_key__in=api_keys)
    found = rows.select_related("customer__user", "application").defer("application__logo")
    # Compared once more: MariaDB's collation takes keys that differ in case for the same.
    row = next((row for row in found if api_keys is None or row.application.api_key in api_keys), None)
    if row is None:
        raise errors.UnknownAccessToken
    return _passed(row, access_token)


def _passed(row: AccessToken, access_token: str) -> AccessToken:
    gate(row.customer)
    if not access_tokens.is_known(row, access_token):
        raise errors.UnknownAccessToken
    return row


@dataclass(frozen=True)
class Holder:
    """How a customer shows to be signed in: by an access token, or by the sessions that a browser has here."""

    access_token: str = field(default="", repr=False)
    session_ids: tuple[str, ...] = ()


def signed_in(caller: Caller, holder: Holder, *, lately: bool = False) -> Customer:
    """Return who is signed in, as ``session_of`` does.

    With ``lately``, only whoever has signed in within ``FRESH_AUTHENTICATION``: a refreshed token is as old as the
    sign-in that it began with.

    Raises ``SignInTooOld``, ``UnknownAccessToken``, ``ExpiredAccessToken``, ``AccountBlocked``, ``LoginDisabled``,
    ``AccountNotAllowed``.
    """
    session = session_of(caller, holder)
    if lately and not Session.objects.filter(pk=session.pk, created_at__gt=Now() - conf.FRESH_AUTHENTICATION).exists():
        raise errors.SignInTooOld
    return session.customer


def session_of(caller: Caller, holder: Holder) -> Session:
    """Return the sign-in by which somebody is signed in: of several in one browser, the newest.

    Raises ``UnknownAccessToken``, ``ExpiredAccessToken``, ``AccountBlocked``, ``LoginDisabled``, ``AccountNotAllowed``.
    """
    if holder.access_token:
        return live_token(caller, holder.access_token).session
    return _session_of_browser(caller, holder.session_ids)


def _session_of_browser(caller: Caller, session_ids: Sequence[str]) -> Session:
    session = Session.objects.newest_of(session_ids).filter(application=caller.application).first()
    if session is None:
        raise errors.UnknownAccessToken
    gate(session.customer)
    return session
