"""Registration by phone: number, password and profile wait until the code that was sent to the number comes back.

    GET  auth/phone        is_taken      whether somebody signs in with this number
    POST auth/register     register      a code is sent by SMS or call; there is no user yet (law 13)
    POST auth/phone/otp    resend        another code for what waits
    PUT  auth/phone/otp    verify_code   the user is made, and an access token comes back

The caller proves first that it may register people: with a SOTT or the API secret (``flows.callers``), or by a person
who solves a CAPTCHA (``steps.admit_start``). A number that
has an account is answered alike, and gets a message that says so. Two who register one number are told apart by
nothing but their messages, and no person can tell those apart: then both lose the password and the profile that they
brought, and whoever has the phone gets an account that nobody else knows anything of.
"""

from dataclasses import replace

from django.views.decorators.debug import sensitive_variables

from .. import accounts, budgets, errors
from ..accounts import Known
from ..catalog import MessageKind
from ..conf import conf
from ..identifiers import Identity, parse_phone
from ..models import Flow, Message, Purpose
from ..models.database import in_transaction
from . import steps
from .steps import Caller, Profile, SignIn, Start

CAPTCHA_ACTION = "register"


def is_taken(caller: Caller, *, phone: Identity) -> bool:
    """Tell whether somebody signs in with this number. It tells strangers too, so it is asked for seldom.

    Raises ``PhoneLoginOff``, ``TooManyRequests``.
    """
    steps.check_phone_login_is_on(caller.application)
    budgets.spend_lookup(caller.visitor.address, caller.application.pk)
    return _has_account(accounts.look_up(phone))


@sensitive_variables("password")
def register(
    caller: Caller,
    *,
    phone: Identity,
    password: str,
    profile: Profile,
    voice: bool = False,
    redirect_url: str = "",
    template: str = "",
    welcome_template: str = "",
    is_sent: bool = True,
) -> Message | None:
    """Let a registration wait, and send the code that finishes it.

    Args:
        caller: who asks, and for whom; it has proven that it may.
        phone: the parsed number.
        password: what to sign in with later, by the site's ``AUTH_PASSWORD_VALIDATORS``.
        profile: name, user name, e-mail address and whatever else an application knows of its customers.
        voice: call the number and say the code.
        redirect_url: where our pages send the person afterwards, who check it when they do.
        template: the name of an SMS template; the default one where it is empty or unknown.
        welcome_template: the same for the welcome message.
        is_sent: whether a code is sent now; where it is not, the application asks for it later with ``resend``.

    Returns the message, or None where none was asked for.

    Raises:
        PhoneLoginOff, RegistrationOff, NoSMSProvider, NoVoiceProvider, InvalidPhone, InvalidProfile, UserNameTaken,
        SMSQuotaExceeded, InvalidCaptcha, TooManyRequests; with ``REVEAL_UNKNOWN_ACCOUNTS`` also PhoneTaken.
    """
    steps.check_phone_login_is_on(caller.application)
    if not caller.application.registration:
        raise errors.RegistrationOff
    channel = steps.phone_channel(voice=voice)
    phone = parse_phone(phone.value, channel)  # what can be called cannot always be texted
    steps.admit_start(caller, channel, CAPTCHA_ACTION)
    waiting = steps.await_proof(caller.application, phone, profile, password)
    start = Start(
        identity=phone,
        known=accounts.look_up(phone),
        channel=channel,
        kind=MessageKind.PHONE_VERIFICATION,
        name=profile.name,
        redirect_url=redirect_url,
        template=template,
        welcome_template=welcome_template,
        registration=waiting,
    )
    return _register(caller, start, is_sent=is_sent)


def resend(
    caller: Caller, *, phone: Identity, voice: bool = False, redirect_url: str = "", template: str = ""
) -> Message:
    """Send another code to a number that waits for one.

    Returns the message; a decoy where nothing waits, which the caller cannot tell from others.

    Raises:
        PhoneLoginOff, NoSMSProvider, NoVoiceProvider, InvalidPhone, SMSQuotaExceeded, InvalidCaptcha,
        TooManyRequests; with ``REVEAL_UNKNOWN_ACCOUNTS`` also PhoneVerified, UnknownPhone.
    """
    steps.check_phone_login_is_on(caller.application)
    channel = steps.phone_channel(voice=voice)
    phone = parse_phone(phone.value, channel)
    steps.admit_start(caller, channel, CAPTCHA_ACTION)
    return steps.send_verification(caller, phone, channel, template, redirect_url)


@sensitive_variables("code")
def verify_code(caller: Caller, *, phone: Identity, code: str) -> SignIn:
    """Make the account that waits for this code, and sign in; or verify a phone anew whose proof was reset.

    Raises:
        PhoneLoginOff, WrongCode, UsedCode, ExpiredCode, SpentCode, LoginLocked, AccountBlocked, LoginDisabled,
        AccountNotAllowed, RegistrationOff, UnknownAccount, TooManyRequests.
    """
    steps.check_phone_login_is_on(caller.application)
    attempt = steps.redeem_code(caller, flow=Flow.PHONE, purpose=Purpose.VERIFY_PHONE, identity=phone, code=code)
    return steps.finish(attempt, caller.visitor, if_used=errors.UsedCode)


@in_transaction
def _register(caller: Caller, start: Start, *, is_sent: bool) -> Message | None:
    """One transaction, of the same statements whoever has the number. What waits for a taken one gets no code."""
    not_served = steps.why_not_served(start.known, if_unknown=None)
    if _has_account(start.known) and not not_served:
        if conf.REVEAL_UNKNOWN_ACCOUNTS:
            raise errors.PhoneTaken
        start, not_served = replace(start, instead=MessageKind.ACCOUNT_EXISTS), "this number has an account"
    if not is_sent:
        return None
    return steps.send_code(caller, Flow.PHONE, Purpose.VERIFY_PHONE, start, not_served=not_served)


def _has_account(known: Known) -> bool:
    return bool(known.customer or known.user)
