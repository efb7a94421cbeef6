"""Passwords: the site's own rules for them, and the sign-in that needs no message."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from ... import errors
from ...identifiers import Identity
from ...models import Customer, Flow, GuessBudget, LoginAttempt, State
from ...models.customer import identity_key
from ...models.database import in_transaction
from .evidence import refusals_noted
from .people import MAX_AGENT, Caller, SignIn
from .sign_in import sign_in

FIELD = "Password"
LONGEST_PASSWORD = 1024
AT_ONCE = timedelta(minutes=1)


@sensitive_variables("password")
def problems_with(password: str, user: Any = None) -> list[tuple[str, Any]]:
    """Say what the site's ``AUTH_PASSWORD_VALIDATORS`` have against a password: a field and words for each."""
    if len(password) > LONGEST_PASSWORD:  # hashing a novel costs what hashing does
        too_long = ValidationError(_("Use at most %(most)d characters."), params={"most": LONGEST_PASSWORD})
        return [(FIELD, Words(too_long))]
    try:
        validate_password(password, user)
    except ValidationError as error:
        return [(FIELD, Words(problem)) for problem in error.error_list]
    return []


class Words:
    """What a validator says, put into words when they are read: the API's readers and a page's have their languages."""

    def __init__(self, error: ValidationError) -> None:
        self.error = error

    def __str__(self) -> str:
        return str(self.error.messages[0])


@sensitive_variables("password")
def check_password_rules(password: str, user: Any = None) -> None:
    """Raise ``InvalidProfile`` with what the site has against a password."""
    if problems := problems_with(password, user):
        raise errors.InvalidProfile(problems)


def sign_in_with_password(caller: Caller, customer: Customer, phone: Identity, redirect_url: str = "") -> SignIn:
    """Sign in whoever has just given the right password.

    Raises ``WrongPassword`` where it was changed meanwhile, or the account deleted; and what ``gate`` raises.
    """
    try:
        attempt = _open(caller, customer, phone, redirect_url)
    except IntegrityError:  # deleted a moment ago
        raise errors.WrongPassword from None
    with refusals_noted(attempt, caller.visitor):
        return _sign_in(caller, attempt, customer.user.password)


def _open(caller: Caller, customer: Customer, phone: Identity, redirect_url: str) -> LoginAttempt:
    return LoginAttempt.objects.open(
        client_guid=None,
        lifetime=AT_ONCE,
        application=caller.application,
        customer=customer,
        flow=Flow.PHONE,
        identity=identity_key(phone),
        recipient=phone.value,
        redirect_url=redirect_url,
        language=caller.visitor.language,
        registration_source=caller.visitor.source,
        asked_address=caller.visitor.address,
        asked_agent=caller.visitor.agent[:MAX_AGENT],
    )


@in_transaction
@sensitive_variables("compared")
def _sign_in(caller: Caller, attempt: LoginAttempt, compared: str) -> SignIn:
    """Sign in, unless the hash that was compared is no longer the account's: who changed it has ended everything."""
    GuessBudget.objects.hold(attempt.identity)
    attempt = attempt.reloaded()
    customer = attempt.customer
    if customer is None or customer.user.password != compared:
        raise errors.WrongPassword
    if attempt.state != State.REQUESTED or not attempt.move(State.VERIFIED):
        raise errors.WrongPassword
    attempt.move(State.CONSUMED)
    return sign_in(attempt, customer, caller.visitor)
