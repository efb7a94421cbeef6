"""Smart login: for existing customers, on a device on which nobody wants to type.

    device A   GET login/smartlogin         start               a link is mailed, or sent by SMS
    device B   the landing page, "It's me"  decision.approve    the mailbox or the phone is proven
    device A   GET login/smartlogin/ping    ping.ping           an access token comes back

It never registers anybody. Whoever asks does not learn whether there is such an account: a start for nobody is
answered like all others, its device waits like all others, and no message goes out.
"""

from .. import accounts, budgets
from ..addresses import page_address
from ..catalog import MessageKind
from ..identifiers import Channel, Identity, parse_phone
from ..models import Flow, Match, MessageSettings, Purpose, VerificationToken
from ..models.customer import identity_key
from ..models.database import in_transaction
from . import steps
from .steps import Caller, Start

CAPTCHA_ACTION = "smartlogin"


def start(
    caller: Caller,
    *,
    person: Identity,
    client_guid: str,
    redirect_url: str = "",
    template: str = "",
    welcome_template: str = "",
    match_number: bool = False,
) -> Match | None:
    """Send a link, by which the person lets the waiting device in.

    Args:
        caller: who asks, and for whom.
        person: the parsed e-mail address, user name or phone number.
        client_guid: the device's handle on this attempt; 16 to 128 visible characters, never used before.
        redirect_url: where the landing page sends the person afterwards; on the application's list.
        template: the name of an e-mail or SMS template; the default one where it is empty or unknown.
        welcome_template: the same for the welcome message.
        match_number: the device can show a number, which the person then has to pick.

    Returns the number to show, or None where the person is asked for none.

    Raises:
        SmartLoginOff, PhoneLoginOff, NoSMSProvider, InvalidPhone, ReturnURLNotAllowed, ClientGUIDUsed,
        EmailQuotaExceeded, SMSQuotaExceeded, InvalidCaptcha, TooManyRequests; with ``REVEAL_UNKNOWN_ACCOUNTS`` also
        UnknownEmail, UnknownUserName, UnknownPhone, AccountBlocked, LoginDisabled, AccountNotAllowed.
    """
    _check_is_on(caller, person)
    channel: Channel = steps.phone_channel(voice=False) if person.kind == "phone" else "email"
    steps.check_return_url(caller.application, redirect_url)
    steps.check_guid_is_new(caller, client_guid)
    steps.admit_start(caller, channel, CAPTCHA_ACTION)
    if channel == "sms":
        person = parse_phone(person.value, channel)  # what can be called cannot always be texted
    start = Start(
        identity=person,
        known=accounts.look_up(person),
        channel=channel,
        kind=MessageKind.SMART_LOGIN,
        client_guid=client_guid,
        redirect_url=redirect_url,
        template=template,
        welcome_template=welcome_template,
        match_number=match_number,
    )
    return _send_link(caller, start)


@in_transaction
def _send_link(caller: Caller, start: Start) -> Match | None:
    lifetime = MessageSettings.of(start.kind).link_life
    not_served = steps.why_not_served(start.known, if_unknown=steps.UNKNOWN[start.identity.kind])
    # Counted for the name that was typed and not for its mailbox as well: that would tell whose name it is. So a
    # mailbox may get twice as many messages, half of them by its owner's user name.
    budgets.spend_message(identity_key(start.identity), start.kind, start.channel)
    attempt = steps.open_attempt(caller, Flow.SMART, start, lifetime, not_served=not_served)
    secret = VerificationToken.objects.issue_link(attempt, Purpose.LOGIN, lifetime)
    steps.send_proof(caller, attempt, start, lifetime, {"Url": page_address("link"), "GUID": secret})
    return attempt.match


def _check_is_on(caller: Caller, person: Identity) -> None:
    steps.check_flow_is_on(caller.application, Flow.SMART)
    if person.kind == "phone":
        steps.check_phone_login_is_on(caller.application)
