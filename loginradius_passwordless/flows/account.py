"""What a client does with its tokens.

GET auth/account                            profile      whom the access token belongs to
    the account page                        own          what its reader goes by
GET auth/access_token                       info         the token again
GET auth/access_token/validate              validate     until when the token works
GET auth/access_token/invalidate            invalidate   sign out
GET manage/account/access_token/refresh     refresh      new tokens for a refresh token, once
GET …/refresh/revoke                        revoke       the session ends
    an API of the site's own                authenticate whom an access token opens it for
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from .. import access_tokens, errors, sessions
from ..models import AccessToken, Application, Customer, Identifier, Session
from ..models.access_token import IssuedTokens
from ..models.database import Now, in_transaction
from ..models.event import EventName
from . import steps
from .steps import Caller, Holder


def profile(caller: Caller, *, access_token: str) -> Customer:
    """Return the customer of an access token.

    Raises ``UnknownAccessToken``, ``ExpiredAccessToken``, ``AccountBlocked``, ``LoginDisabled``, ``AccountNotAllowed``.
    """
    return steps.live_token(caller, access_token).customer


@dataclass(frozen=True)
class Own:
    """What an account page shows of an account: all of it is the reader's own."""

    emails: list[str]
    phone: str
    phone_is_verified: bool
    has_password: bool


def own(caller: Caller, *, holder: Holder) -> Own:
    """Return what a customer who is signed in goes by. Raises what ``steps.signed_in`` raises."""
    customer = steps.signed_in(caller, holder)
    phone = Identifier.objects.of_customer(customer, "phone")
    emails = customer.identifiers.filter(kind="email").exclude(proven_key=None).order_by("pk")
    return Own(
        emails=[row.value for row in emails],
        phone=phone.value if phone else "",
        phone_is_verified=bool(phone and phone.verified_at),
        has_password=customer.user.has_usable_password(),
    )


@dataclass(frozen=True)
class Grant:
    """What an access token opens: whose it is, and from which sign-in. The token itself is not in it.

    Args:
        session_id: of the sign-in; the same after every refresh.
        application: the one that the token was given to.
        customer: who signed in; ``customer.user`` is the site's user.
        expires_at: until when the token works.
    """

    session_id: UUID
    application: Application
    customer: Customer
    expires_at: datetime


@sensitive_variables("access_token")
def authenticate(*, access_token: str, api_keys: Collection[str] | None = None) -> Grant:
    """Return what an access token opens in the site's own API, where no application says who it is.

    Args:
        access_token: as it came.
        api_keys: of the applications whose tokens are good there; None: of every active one.

    Raises ``UnknownAccessToken`` also for an expired one, ``AccountBlocked``, ``LoginDisabled``, ``AccountNotAllowed``.
    """
    row = steps.live_token_of_any(access_token, api_keys)
    return Grant(row.session_id, row.application, row.customer, row.expires_at)


def validate(caller: Caller, *, access_token: str) -> AccessToken:
    """Return the row of a live access token; raises what ``profile`` raises."""
    return steps.live_token(caller, access_token)


@in_transaction
def invalidate(caller: Caller, *, access_token: str) -> None:
    """Sign out: end the session of an access token, its refresh token included.

    LoginRadius can keep the refresh token; whoever signs out wants nobody to come back in.

    Raises ``UnknownAccessToken`` for a token that was never given to this application or has ended before.
    """
    row = AccessToken.objects.with_access_token(caller.application, access_token).first()
    if row is None or row.revoked_at or not _end_session(row):
        raise errors.UnknownAccessToken
    steps.note_call(EventName.TOKEN_REVOKED, caller, customer_id=row.customer_id)


def refresh(caller: Caller, *, refresh_token: str) -> IssuedTokens:
    """Exchange a refresh token for new tokens. It works once.

    A refresh token that comes a second time has been copied by somebody, and nobody can tell who is who: the
    whole session ends (RFC 9700, section 4.14.2).

    Raises ``UnknownRefreshToken``, ``AccountBlocked``, ``LoginDisabled``, ``AccountNotAllowed``.
    """
    rows = AccessToken.objects.with_refresh_token(caller.application, refresh_token)
    row = rows.select_related("customer__user").first()
    if row is None:
        raise errors.UnknownRefreshToken
    steps.gate(row.customer)
    tokens = _rotate(caller, row, refresh_token)
    if tokens is None:
        _end_session_of_copied_token(caller, row)
        raise errors.UnknownRefreshToken
    return tokens


@in_transaction
def _rotate(caller: Caller, row: AccessToken, refresh_token: str) -> IssuedTokens | None:
    access_tokens.hold([row.customer_id])
    if not AccessToken.objects.with_refresh_token(caller.application, refresh_token).spend_refresh_token():
        return None
    Customer.objects.filter(pk=row.customer_id).update(last_seen_at=Now())
    steps.note_call(EventName.TOKEN_REFRESHED, caller, customer_id=row.customer_id)
    return access_tokens.renew(row)


@in_transaction
def _end_session_of_copied_token(caller: Caller, row: AccessToken) -> None:
    was_refreshed = AccessToken.objects.filter(pk=row.pk).exclude(refreshed_at=None).exists()
    if was_refreshed and _end_session(row):
        steps.note_call(EventName.REFRESH_REUSED, caller, customer_id=row.customer_id)


@in_transaction
def revoke(caller: Caller, *, refresh_token: str) -> None:
    """End the session of a refresh token. Raises ``UnknownRefreshToken``."""
    row = AccessToken.objects.with_refresh_token(caller.application, refresh_token).first()
    if row is None or not _end_session(row):
        raise errors.UnknownRefreshToken
    steps.note_call(EventName.TOKEN_REVOKED, caller, customer_id=row.customer_id)


def _end_session(row: AccessToken) -> int:
    """End a whole session, also a token that a refresh is making just now; return whether there was one to end."""
    return sessions.end(Session.objects.filter(pk=row.session_id))
