"""Passwords of people who sign in with a phone: login, and a new one by code.

    POST auth/login          login     number and password; an access token comes back
    POST auth/password/otp   forgot    a code is sent by SMS or call
    PUT  auth/password/otp   reset     the new password is set; everybody is signed out, and nobody is signed in

A password opens an account whose number is proven. Where it is not, yet or any more, the right password gets a new
code sent and not a login. Wrong passwords are counted by number before they are compared, and apart from codes:
whoever locks one leaves the other open.
"""

from contextlib import suppress

from django.views.decorators.debug import sensitive_variables

from .. import accounts, budgets, errors, sessions, signals, waiting
from ..accounts import Login
from ..catalog import MessageKind
from ..identifiers import Identity, can_be_texted, parse_phone
from ..models import (
    Application,
    Customer,
    Flow,
    GuessBudget,
    Identifier,
    LoginAttempt,
    Message,
    Purpose,
    Session,
    State,
)
from ..models.customer import identity_key
from ..models.database import Now, committed, in_transaction
from ..models.event import EventName
from . import steps
from .steps import Caller, SignIn, Start

CAPTCHA_ACTION = "forgotpassword"


@sensitive_variables("password")
def login(
    caller: Caller, *, phone: Identity, password: str, redirect_url: str = "", template: str = "", is_sent: bool = True
) -> SignIn:
    """Sign in with a number and a password.

    Args:
        caller: who asks, and for whom.
        phone: the parsed number.
        password: what was typed.
        redirect_url: where our pages send the person afterwards, who check it when they do.
        template: the name of an SMS template for the code that verifies a number; the default one where it is empty.
        is_sent: whether that code is sent where the password is right and the number is not verified.

    Raises:
        PhoneLoginOff, PasswordLoginOff, WrongPassword, PasswordLocked, PhoneNotVerified, AccountBlocked,
        LoginDisabled, AccountNotAllowed, TooManyRequests.
    """
    _check_is_on(caller.application)
    was_right = budgets.spend_failure(caller.visitor.address)
    _spend_password(phone)
    found = accounts.with_password(phone, caller.application)
    if not found.has_password(password):
        _note_wrong_password(caller, phone, found)
        raise errors.WrongPassword
    was_right()
    GuessBudget.objects.forgive_password(identity_key(phone))
    if found.customer is None:
        raise _not_verified(caller, phone, found, template, redirect_url, is_sent=is_sent)
    return steps.sign_in_with_password(caller, found.customer, phone, redirect_url)


def forgot(caller: Caller, *, phone: Identity, voice: bool = False, template: str = "") -> Message:
    """Send the code with which somebody chooses a new password.

    Returns the message. Where nobody may be served it is a decoy, which the caller cannot tell from others.

    Raises:
        PhoneLoginOff, PasswordLoginOff, NoSMSProvider, NoVoiceProvider, InvalidPhone, SMSQuotaExceeded,
        InvalidCaptcha, TooManyRequests; with ``REVEAL_UNKNOWN_ACCOUNTS`` also UnknownPhone, AccountBlocked,
        LoginDisabled, AccountNotAllowed.
    """
    _check_is_on(caller.application)
    channel = steps.phone_channel(voice=voice)
    phone = parse_phone(phone.value, channel)  # what can be called cannot always be texted
    steps.admit_start(caller, channel, CAPTCHA_ACTION)
    known = accounts.look_up(phone)
    start = Start(identity=phone, known=known, channel=channel, kind=MessageKind.PASSWORD_RESET, template=template)
    return _send_reset_code(caller, start)


@sensitive_variables("code", "password")
def reset(caller: Caller, *, phone: Identity, code: str, password: str) -> None:
    """Set a new password, by code.

    A password that the site's rules refuse does not use the code up. A new one ends every session and token, and
    every other code and link that is under way; the customer is told, and signs in anew.

    Raises:
        PhoneLoginOff, PasswordLoginOff, InvalidProfile, WrongCode, UsedCode, ExpiredCode, SpentCode, LoginLocked,
        AccountBlocked, LoginDisabled, AccountNotAllowed, UnknownAccount, TooManyRequests.
    """
    _check_is_on(caller.application)
    steps.check_password_rules(password)
    attempt = steps.redeem_code(caller, flow=Flow.PHONE, purpose=Purpose.RESET_PASSWORD, identity=phone, code=code)
    with steps.refusals_noted(attempt, caller.visitor):
        _reset(caller, attempt, password)


def _check_is_on(application: Application) -> None:
    steps.check_phone_login_is_on(application)
    if not application.password_login:
        raise errors.PasswordLoginOff


@committed
def _spend_password(phone: Identity) -> None:
    budgets.spend_password(identity_key(phone))


@in_transaction
def _note_wrong_password(caller: Caller, phone: Identity, found: Login) -> None:
    key = identity_key(phone)
    is_locked = GuessBudget.objects.password_locked_until(key)
    name = EventName.PASSWORD_LOCKED if is_locked else EventName.WRONG_PASSWORD
    steps.note_call(name, caller, customer_id=found.known.pk if found.known else None, identity=key)


def _not_verified(
    caller: Caller, phone: Identity, found: Login, template: str, redirect_url: str, *, is_sent: bool
) -> errors.PhoneNotVerified:
    """Send the code that is missing, unless one is on its way: whoever knows the password is told either way."""
    if is_sent and can_be_texted(phone):
        with suppress(errors.SMSQuotaExceeded, errors.NoSMSProvider, errors.TooManyRequests):
            channel = steps.phone_channel(voice=False)
            budgets.spend_start(caller.visitor.address)
            steps.send_verification(caller, phone, channel, template, redirect_url, customer=found.known)
    return errors.PhoneNotVerified()


@in_transaction
def _send_reset_code(caller: Caller, start: Start) -> Message:
    not_served = steps.why_not_served(start.known, if_unknown=errors.UnknownPhone)
    return steps.send_code(caller, Flow.PHONE, Purpose.RESET_PASSWORD, start, not_served=not_served)


@in_transaction
@sensitive_variables("password")
def _reset(caller: Caller, attempt: LoginAttempt, password: str) -> None:
    steps.hold_identity(attempt)
    attempt = attempt.reloaded()
    if attempt.state != State.REQUESTED or not attempt.move(State.VERIFIED):
        raise errors.UsedCode
    customer = steps.accept_proof(attempt, caller.visitor)
    steps.check_password_rules(password, customer.user)  # once more, as some rules are about the person
    attempt.move(State.CONSUMED)
    customer.user.set_password(password)
    customer.user.save(update_fields=["password"])
    Customer.objects.filter(pk=customer.pk).update(password_changed_at=Now())
    _end_everything(customer)
    steps.note(EventName.PASSWORD_CHANGED, attempt, caller.visitor)
    steps.tell(MessageKind.PASSWORD_CHANGED, caller, customer)
    signals.password_changed.send(sender=Customer, customer=customer)


def _end_everything(customer: Customer) -> None:
    sessions.end(Session.objects.filter(customer=customer))
    waiting.tell(LoginAttempt.objects.void(Identifier.objects.keys_of(customer), customer))
