"""One-touch login: no account needed before, registered after proof.

By e-mail, for a device that waits:

    device A   POST onetouchlogin/email           start_by_email   a link is mailed
    device B   the landing page, "It's me"        decision.approve the mailbox is proven
    device A   GET  login/smartlogin/ping         ping.ping        an access token comes back

By phone, on one device:

    device A   POST onetouchlogin/phone           start_by_phone   a code is sent by SMS or call
    device A   PUT  onetouchlogin/phone/verify    verify_code      an access token comes back
"""

from django.views.decorators.debug import sensitive_variables

from .. import accounts, budgets, errors
from ..addresses import page_address
from ..catalog import MessageKind
from ..identifiers import Identity, parse_phone
from ..models import Flow, Match, Message, MessageSettings, Purpose, VerificationToken
from ..models.customer import identity_key
from ..models.database import in_transaction
from . import steps
from .steps import Caller, SignIn, Start

CAPTCHA_ACTION = "onetouchlogin"


def start_by_email(
    caller: Caller,
    *,
    email: Identity,
    client_guid: str,
    name: str = "",
    redirect_url: str = "",
    template: str = "",
    welcome_template: str = "",
    match_number: bool = False,
) -> Match | None:
    """Mail a link, by which the person lets the waiting device in.

    Args:
        caller: who asks, and for whom.
        email: the parsed address.
        client_guid: the device's handle on this attempt; 16 to 128 visible characters, never used before.
        name: what to call the person, for the message and the new account.
        redirect_url: where the landing page sends the person afterwards; on the application's list.
        template: the name of an e-mail template; the default one where it is empty or unknown.
        welcome_template: the same for the welcome message.
        match_number: the device can show a number, which the person then has to pick.

    Returns the number to show, or None where the person is asked for none.

    Raises:
        OneTouchLoginOff, ReturnURLNotAllowed, ClientGUIDUsed, EmailQuotaExceeded, InvalidCaptcha, TooManyRequests;
        with ``REVEAL_UNKNOWN_ACCOUNTS`` also RegistrationOff, AccountBlocked, LoginDisabled, AccountNotAllowed.
    """
    application = caller.application
    steps.check_flow_is_on(application, Flow.ONE_TOUCH)
    steps.check_return_url(application, redirect_url)
    steps.check_guid_is_new(caller, client_guid)
    steps.admit_start(caller, "email", CAPTCHA_ACTION)
    start = Start(
        identity=email,
        known=accounts.look_up(email),
        channel="email",
        kind=MessageKind.ONE_TOUCH_LOGIN,
        client_guid=client_guid,
        name=name,
        redirect_url=redirect_url,
        template=template,
        welcome_template=welcome_template,
        match_number=match_number,
    )
    return _mail_link(caller, start)


def start_by_phone(
    caller: Caller, *, phone: Identity, voice: bool = False, name: str = "", template: str = ""
) -> Message:
    """Send a code by SMS, or by call.

    Args:
        caller: who asks, and for whom.
        phone: the parsed number.
        voice: call the number and say the code.
        name: what to call the person, for the message and the new account.
        template: the name of an SMS template; the default one where it is empty or unknown.

    Returns the message. Where nobody may be served it is a decoy, which the caller cannot tell from others.

    Raises:
        InvalidPhone, OneTouchLoginOff, PhoneLoginOff, NoSMSProvider, NoVoiceProvider, SMSQuotaExceeded, InvalidCaptcha,
        TooManyRequests; with ``REVEAL_UNKNOWN_ACCOUNTS`` also RegistrationOff, AccountBlocked, LoginDisabled,
        AccountNotAllowed.
    """
    steps.check_flow_is_on(caller.application, Flow.ONE_TOUCH)
    steps.check_phone_login_is_on(caller.application)
    channel = steps.phone_channel(voice=voice)
    phone = parse_phone(phone.value, channel)  # what can be called cannot always be texted
    steps.admit_start(caller, channel, CAPTCHA_ACTION)
    start = Start(
        identity=phone,
        known=accounts.look_up(phone),
        channel=channel,
        kind=MessageKind.ONE_TOUCH_LOGIN,
        name=name,
        template=template,
    )
    return _send_code(caller, start)


@sensitive_variables("code")
def verify_code(caller: Caller, *, phone: Identity, code: str) -> SignIn:
    """Sign in with the code that was sent to a phone; register whoever is new.

    Raises:
        OneTouchLoginOff, PhoneLoginOff, WrongCode, UsedCode, ExpiredCode, SpentCode, LoginLocked,
        AccountBlocked, LoginDisabled, AccountNotAllowed, RegistrationOff, TooManyRequests.
    """
    steps.check_flow_is_on(caller.application, Flow.ONE_TOUCH)
    steps.check_phone_login_is_on(caller.application)
    attempt = steps.redeem_code(caller, flow=Flow.ONE_TOUCH, purpose=Purpose.LOGIN, identity=phone, code=code)
    return steps.finish(attempt, caller.visitor, if_used=errors.UsedCode)


@in_transaction
def _mail_link(caller: Caller, start: Start) -> Match | None:
    lifetime = MessageSettings.of(start.kind).link_life
    not_served = _why_not_served(caller, start)
    budgets.spend_message(identity_key(start.identity), start.kind, start.channel)
    attempt = steps.open_attempt(caller, Flow.ONE_TOUCH, start, lifetime, not_served=not_served)
    secret = VerificationToken.objects.issue_link(attempt, Purpose.LOGIN, lifetime)
    steps.send_proof(caller, attempt, start, lifetime, {"Url": page_address("link"), "GUID": secret})
    return attempt.match


@in_transaction
def _send_code(caller: Caller, start: Start) -> Message:
    not_served = _why_not_served(caller, start)
    return steps.send_code(caller, Flow.ONE_TOUCH, Purpose.LOGIN, start, not_served=not_served)


def _why_not_served(caller: Caller, start: Start) -> str:
    if_unknown = None if caller.application.registration else errors.RegistrationOff
    return steps.why_not_served(start.known, if_unknown)
