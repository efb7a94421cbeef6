"""Access tokens: made by the site's issuer for a session, and ended where they were made."""

import logging
from collections.abc import Collection

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from .backends.access_tokens.base import BaseAccessTokenBackend, access_token_backend
from .conf import conf
from .models import AccessToken, Customer, Session
from .models.access_token import AccessTokenQuerySet, IssuedTokens
from .models.database import in_transaction

logger = logging.getLogger(__name__)

BATCH = 500

# What is raised where an issuer, or its tables, are not there any more.
MISSING = (ImportError, LookupError, ImproperlyConfigured, RuntimeError)


@sensitive_variables("issued")
def issue(session: Session, user: AbstractBaseUser) -> IssuedTokens:
    """Make the tokens of a session, inside the caller's transaction; ``user`` is the site's, whose session it is."""
    issued = access_token_backend().issue(user, session.pk, conf.ACCESS_TOKEN_LIFETIME)
    return AccessToken.objects.issue(
        session, access_token=issued.token, issuer=conf.ACCESS_TOKEN_BACKEND, handle=issued.handle
    )


def renew(row: AccessToken) -> IssuedTokens:
    """Make new tokens for the session of this one, whose refresh token was just spent, and end it."""
    this = AccessToken.objects.filter(pk=row.pk)
    this.expire()
    tokens = issue(row.session, row.customer.user)
    end(this)
    return tokens


def hold(customer_ids: Collection[int]) -> None:
    """Lock customers until the transaction ends. Take it before any row of tokens, as everybody does.

    A sign-in has the lock by counting itself, and staff by blocking: in another order they would wait for each other.
    And where all sign-ins of one share a token, one that is under way would take the token which a sign-out, that does
    not see it yet, is deleting.
    """
    list(Customer.objects.select_for_update().filter(pk__in=customer_ids).order_by("pk").values_list("pk"))


@in_transaction
def end(rows: AccessTokenQuerySet) -> None:
    """Have those of these tokens ended that are over, by who made them.

    With the transaction where that has them in the database, so that the next request anywhere is refused; else after
    the commit. One that cannot be ended then keeps its handle, and the purge tries again. A text that another row
    still gives to somebody lives on: that row has the same handle.
    """
    over = list(rows.over().unended().order_by("pk"))
    texts = {row.digest for row in over}
    alive = set(AccessToken.objects.live().filter(digest__in=texts).values_list("digest", flat=True)) if texts else ()
    later = []
    for row in over:
        backend = _backend_of(row)
        if row.digest in alive:
            _forget(row)
        elif backend and backend.is_in_database:
            _end_where_possible(row, backend)
        elif backend:
            later.append((row, backend))
    if later:
        transaction.on_commit(lambda: _end_later(later), robust=True)


def end_over() -> None:
    """End what is over and was not ended yet: what nobody has refreshed, and what could not be ended before."""
    last = 0
    while keys := _unended_after(last):
        customers = AccessToken.objects.filter(pk__in=keys).values_list("customer_id", flat=True)
        _end_batch(keys, set(customers))
        last = keys[-1]


def end_all(user: AbstractBaseUser) -> None:
    """End every token that the site's issuer has for a user, whoever has asked for it."""
    access_token_backend().end_all(user)


@sensitive_variables("token")
def is_known(row: AccessToken, token: str) -> bool:
    """Tell whether the issuer of a token that a row calls live still takes it; not where there is no such issuer."""
    try:
        return access_token_backend(row.issuer).knows(token)
    except MISSING as error:
        _report_missing(row, error)
        return False


def _unended_after(last: int) -> list[int]:
    rows = AccessToken.objects.over().unended().filter(pk__gt=last).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:BATCH])


@in_transaction
def _end_batch(keys: list[int], customer_ids: set[int]) -> None:
    hold(customer_ids)
    end(AccessToken.objects.filter(pk__in=keys))


def _end_later(rows: list[tuple[AccessToken, BaseAccessTokenBackend]]) -> None:
    for row, backend in rows:
        try:
            _end(row, backend)
        except Exception as error:  # noqa: BLE001 - whatever the issuer's storage raises, the others are ended
            # Without its trace: the handle is in that, and still opens what could not be ended.
            reason = type(error).__name__
            logger.error(
                "Access token %s could not be ended by its issuer (%s); the purge tries again.", row.pk, reason
            )


def _end_where_possible(row: AccessToken, backend: BaseAccessTokenBackend) -> None:
    try:
        _end(row, backend)
    except MISSING as error:
        _report_missing(row, error)


def _end(row: AccessToken, backend: BaseAccessTokenBackend) -> None:
    if row.handle:
        backend.end(row.handle)
    _forget(row)


def _forget(row: AccessToken) -> None:
    AccessToken.objects.filter(pk=row.pk).update(sealed_handle=None)


def _backend_of(row: AccessToken) -> BaseAccessTokenBackend | None:
    try:
        return access_token_backend(row.issuer)
    except MISSING as error:
        _report_missing(row, error)
        return None


def _report_missing(row: AccessToken, error: Exception) -> None:
    logger.warning("The issuer of access token %s is not there any more (%s).", row.pk, type(error).__name__)
