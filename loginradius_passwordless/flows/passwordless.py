"""Passwordless login: for people who already have an account, with whatever is handier, a link or a code.

By e-mail, or by a user name whose mailbox is known:

    GET  passwordlesslogin/email               start         one message with a link and a code
    GET  passwordlesslogin/email/verify        verify_link   an access token comes back
    POST passwordlesslogin/email/verifyotp     verify_code   the same
    POST passwordlesslogin/username/verifyotp  verify_code   the same

By phone:

    GET  passwordlesslogin/otp                 start         a code is sent by SMS or call
    PUT  passwordlesslogin/otp/verify          verify_code   an access token comes back

A link and a code of one message belong to one attempt: using one spends both. A start for nobody is answered like
all others, and no message goes out; one that brings a profile, from a caller that may register people, registers who
proves the address or number.

The hosted pages start it with a client GUID. Their browser then waits like the device of a smart login, should the
person open the link on another one: that is in ``flows.decision`` and ``flows.ping``.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.views.decorators.debug import sensitive_variables

from .. import accounts, budgets, errors
from ..addresses import page_address
from ..backends.providers import can_reach
from ..catalog import MessageKind
from ..identifiers import Channel, Identity, parse_phone
from ..models import Application, Flow, Match, Message, MessageSettings, Purpose, VerificationToken
from ..models.customer import identity_key
from ..models.database import in_transaction
from . import steps
from .steps import Caller, Profile, SignIn, Start, Visitor

CAPTCHA_ACTION = "passwordlesslogin"


def start(
    caller: Caller,
    *,
    person: Identity,
    voice: bool = False,
    client_guid: str = "",
    verification_url: str = "",
    redirect_url: str = "",
    template: str = "",
    match: Match | None = None,
    profile: Profile | None = None,
    password: str = "",
) -> Message:
    """Send what this person can sign in with: a link and a code by e-mail, a code by SMS or by call.

    Args:
        caller: who asks, and for whom.
        person: the parsed e-mail address, user name or phone number.
        voice: call the number and say the code.
        client_guid: the asking browser's handle on this attempt, where somebody may approve it from another one.
        verification_url: the application's own page for the link, from its list; ours where it is empty.
        redirect_url: where our pages send the person afterwards, who check it when they do.
        template: the name of an e-mail or SMS template; the default one where it is empty or unknown.
        profile: what somebody tells of themselves who has no account yet, and is registered by the proof; the caller
            has proven that it may do that. None where nobody is registered.
        password: what they want to sign in with later, where they want that.
        match: the numbers of the message before, for one more to the same person: the browser shows the same one.

    Returns the message. Where nobody may be served it is a decoy, which the caller cannot tell from others.

    Raises:
        PasswordlessLoginOff, PhoneLoginOff, NoSMSProvider, NoVoiceProvider, InvalidPhone, ReturnURLNotAllowed,
        EmailQuotaExceeded, SMSQuotaExceeded, InvalidCaptcha, TooManyRequests; with a profile also RegistrationOff,
        InvalidProfile, UserNameTaken; with ``REVEAL_UNKNOWN_ACCOUNTS`` also UnknownEmail,
        UnknownUserName, UnknownPhone, AccountBlocked, LoginDisabled, AccountNotAllowed.
    """
    _check_is_on(caller.application, person)
    steps.check_return_url(caller.application, verification_url)
    channel: Channel = steps.phone_channel(voice=voice) if person.kind == "phone" else "email"
    if person.kind == "phone":
        person = parse_phone(person.value, channel)  # what can be called cannot always be texted
    if profile and not caller.application.registration:
        raise errors.RegistrationOff
    steps.admit_start(caller, channel, CAPTCHA_ACTION)
    waiting = steps.await_proof(caller.application, person, profile, password) if profile else None
    start = Start(
        identity=person,
        name=profile.name if profile else "",
        known=accounts.look_up(person),
        channel=channel,
        kind=MessageKind.PASSWORDLESS_LOGIN,
        client_guid=client_guid or None,
        redirect_url=redirect_url,
        template=template,
        match_number=bool(client_guid),
        match=match,
        registration=waiting,
    )
    return _send(caller, start, verification_url)


def start_in_browser(
    caller: Caller, *, person: Identity, voice: bool, client_guid: str, redirect_url: str, numbers: Sequence[int]
) -> list[int]:
    """Start for a browser that waits, as ``start`` does.

    Args:
        numbers: what this returned for the message before, for one more to the same person; empty for the first.

    Returns the number for the browser to show, and the three that the link's page will offer; nothing for a phone.
    """
    shown = Match(numbers[0], tuple(numbers[1:])) if numbers else None
    message = start(caller, person=person, voice=voice, client_guid=client_guid, redirect_url=redirect_url, match=shown)
    match = message.attempt and message.attempt.match
    return [match.number, *match.choices] if match else []


@sensitive_variables("code")
def verify_code(caller: Caller, *, person: Identity, code: str, welcome_template: str = "") -> SignIn:
    """Sign in with the code that was sent to somebody, named as at the start.

    Raises:
        PasswordlessLoginOff, PhoneLoginOff, LoginLocked, AccountBlocked, LoginDisabled, AccountNotAllowed,
        UnknownAccount, TooManyRequests; WrongEmailCode, UsedEmailCode, ExpiredEmailCode, SpentEmailCode, and for a
        phone WrongCode, UsedCode, ExpiredCode, SpentCode.
    """
    _check_is_on(caller.application, person)
    attempt = steps.redeem_code(caller, flow=Flow.PASSWORDLESS, purpose=Purpose.LOGIN, identity=person, code=code)
    used = errors.UsedCode if person.kind == "phone" else errors.UsedEmailCode
    return steps.finish(attempt, caller.visitor, if_used=used, welcome_template=welcome_template)


@sensitive_variables("secret")
def verify_link(
    visitor: Visitor, secret: str, *, application: Application | None = None, welcome_template: str = ""
) -> SignIn:
    """Sign in whoever opened the link, here and not on the device that asked.

    Args:
        visitor: who holds the link.
        secret: the verification token.
        application: the application that calls the API; the landing page has none.
        welcome_template: the name of an e-mail template for the welcome message.

    Raises:
        PasswordlessLoginOff, UnknownLink, ExpiredLink, SupersededLink, LoginDenied, UsedPasswordlessLink,
        AccountBlocked, LoginDisabled, AccountNotAllowed, UnknownAccount.
    """
    attempt = steps.open_attempt_of(secret, flows=[Flow.PASSWORDLESS], application=application)
    steps.check_flow_is_on(attempt.application, Flow.PASSWORDLESS)
    return steps.finish(attempt, visitor, if_used=errors.UsedPasswordlessLink, welcome_template=welcome_template)


def can_call() -> bool:
    """Tell whether this site can say a code by a call."""
    return can_reach("voice")


@in_transaction
def _send(caller: Caller, start: Start, verification_url: str) -> Message:
    settings = MessageSettings.of(start.kind)
    if_unknown = None if start.registration else steps.UNKNOWN[start.identity.kind]
    not_served = steps.why_not_served(start.known, if_unknown)
    budgets.spend_message(identity_key(start.identity), start.kind, start.channel)
    has_link = start.channel == "email"
    longest = max(settings.code_life, settings.link_life) if has_link else settings.code_life
    attempt = steps.open_attempt(caller, Flow.PASSWORDLESS, start, longest, not_served=not_served)
    secrets = {"OTP": VerificationToken.objects.issue_code(attempt, Purpose.LOGIN, settings)}
    if has_link:
        secrets["GUID"] = VerificationToken.objects.issue_link(attempt, Purpose.LOGIN, settings.link_life)
        secrets["Url"] = verification_url or page_address("link")
    return steps.send_proof(caller, attempt, start, _shortest(settings, has_link=has_link), secrets)


def _shortest(settings: MessageSettings, *, has_link: bool) -> timedelta:
    """How long everything in the message works: that is what it says."""
    return min(settings.code_life, settings.link_life) if has_link else settings.code_life


def _check_is_on(application: Application, person: Identity) -> None:
    steps.check_flow_is_on(application, Flow.PASSWORDLESS)
    if person.kind == "phone":
        steps.check_phone_login_is_on(application)
