"""Access tokens that a caller brings: whose they are, whether they live, and how old their sign-in is."""

from collections.abc import Iterable

from ... import errors
from ...conf import conf
from ...models import AccessToken
from ...models.database import Now
from .people import Caller
from .sign_in import gate


def live_token(caller: Caller, access_token: str) -> AccessToken:
    """Return the row of an access token that works.

    Raises ``UnknownAccessToken``, ``ExpiredAccessToken``, ``AccountBlocked``, ``LoginDisabled``, ``AccountNotAllowed``.
    """
    rows = AccessToken.objects.with_access_token(caller.application, access_token)
    row = rows.live().select_related("customer__user", "session").first()
    if row is None:
        expired: Iterable[AccessToken] = rows.filter(revoked_at=None)
        raise errors.ExpiredAccessToken if expired else errors.UnknownAccessToken
    gate(row.customer)
    return row


def fresh_token(caller: Caller, access_token: str) -> AccessToken:
    """Return the row of an access token whose person has signed in a moment ago: a refreshed one is as old as that.

    Raises ``SignInTooOld``, and what ``live_token`` raises.
    """
    row = live_token(caller, access_token)
    fresh = AccessToken.objects.filter(pk=row.pk, session__created_at__gt=Now() - conf.FRESH_AUTHENTICATION)
    if not fresh.exists():
        raise errors.SignInTooOld
    return row
