"""Smart login: for existing customers, on a device on which nobody wants to type.

    device A   GET login/smartlogin         start               a link is mailed, or sent by SMS
    device B   the landing page, "It's me"  decision.approve    the mailbox or the phone is proven
    device A   GET login/smartlogin/ping    ping.ping           an access token comes back

It never registers anybody. Whoever asks does not learn whether there is such an account: a start for nobody is
answered like all others, its device waits like all others, and no message goes out.
"""

from dataclasses import replace

from .. import accounts, budgets, errors
from ..backends import get_sms_backend
from ..catalog import MessageKind
from ..identifiers import Channel, Identity, parse_phone
from ..models import Flow, Match, MessageSettings, Purpose, VerificationToken
from ..models.customer import identity_key
from ..models.database import in_transaction
from . import steps
from .steps import Caller, Start

UNKNOWN: dict[str, type[errors.PasswordlessError]] = {
    "email": errors.UnknownEmail,
    "phone": errors.UnknownPhone,
    "user_name": errors.UnknownUserName,
}


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
        EmailQuotaExceeded, SMSQuotaExceeded, TooManyRequests; with ``REVEAL_UNKNOWN_ACCOUNTS`` also UnknownEmail,
        UnknownUserName, UnknownPhone, AccountBlocked, LoginDisabled.
    """
    _check_is_on(caller, person)
    steps.check_return_url(caller.application, redirect_url)
    steps.check_guid_is_new(caller, client_guid)
    budgets.spend_start(caller.visitor.address)
    identity = _written_to(person)
    channel: Channel = "sms" if person.kind == "phone" else "email"
    start = Start(
        identity,
        channel,
        MessageKind.SMART_LOGIN,
        client_guid,
        redirect_url=redirect_url,
        template=template,
        welcome_template=welcome_template,
        match_number=match_number,
    )
    return _send_link(caller, person, start)


@in_transaction
def _send_link(caller: Caller, person: Identity, start: Start) -> Match | None:
    lifetime = MessageSettings.of(start.kind).link_life
    is_decoy = steps.must_not_be_served(start.identity, if_unknown=UNKNOWN[person.kind])
    budgets.spend_message(identity_key(person), start.kind, start.channel)
    if person.kind == "user_name":
        # What the mailbox has left is not said: it would tell whose user name this is. Counted for nobody's as well.
        has_room = budgets.has_room_for_message(identity_key(start.identity), start.kind, start.channel)
        is_decoy = is_decoy or not has_room
    attempt = steps.open_attempt(caller, Flow.SMART, start, lifetime, is_decoy=is_decoy)
    secret = VerificationToken.objects.issue_link(attempt, Purpose.LOGIN)
    steps.send_proof(caller, attempt, start, lifetime, {"Url": steps.page_address("link"), "GUID": secret})
    return attempt.match


def _written_to(person: Identity) -> Identity:
    """Where the message goes: the stored address; for a name that nobody has a mailbox that nobody has."""
    if person.kind == "phone":
        return parse_phone(person.value, "sms")  # what can be called cannot always be texted
    if person.kind == "user_name":
        return accounts.mailbox_of(person) or replace(person, canonical=f"mailbox of {person.canonical}")
    return accounts.addressed(person)


def _check_is_on(caller: Caller, person: Identity) -> None:
    if not caller.application.smart_login:
        raise errors.SmartLoginOff
    if person.kind != "phone":
        return
    if not caller.application.phone_login:
        raise errors.PhoneLoginOff
    if get_sms_backend() is None:
        raise errors.NoSMSProvider
