"""Starting: check what was asked, open the attempt, send its proof."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from ... import budgets, errors, messages, waiting
from ...accounts import Known
from ...backends.places import place_of
from ...backends.providers import can_reach
from ...catalog import MessageKind
from ...conf import conf
from ...identifiers import Channel, Identity, country_of
from ...models import (
    Application,
    Flow,
    LoginAttempt,
    Match,
    Message,
    MessageSettings,
    Purpose,
    Registration,
    VerificationToken,
)
from ...models.customer import identity_key
from ...models.event import EventName
from .evidence import note
from .match import draw_match
from .people import MAX_AGENT, Caller, language_for
from .sign_in import gate, gate_user

# What keeps out whoever has no account, in the flows that register nobody.
UNKNOWN: dict[str, type[errors.PasswordlessError]] = {
    "email": errors.UnknownEmail,
    "phone": errors.UnknownPhone,
    "user_name": errors.UnknownUserName,
}


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a caller asks for when it starts a login; the parts that not every flow has are empty.

    ``identity`` is whom the caller named: by it messages are counted and attempts superseded, so that neither tells
    anybody whose user name leads to which mailbox. ``known`` has where the message goes.
    """

    identity: Identity
    known: Known
    channel: Channel
    kind: MessageKind
    client_guid: str | None = field(default=None, repr=False)
    name: str = ""
    redirect_url: str = ""
    template: str = ""
    welcome_template: str = ""
    match_number: bool = False
    match: Match | None = field(default=None, repr=False)
    registration: Registration | None = None
    # What is written instead of a code, to somebody who has an account already.
    instead: str = ""


def check_return_url(application: Application, url: str) -> None:
    """Raise ``ReturnURLNotAllowed`` unless the application's list has this very address."""
    if url and not application.allows_return_to(url):
        raise errors.ReturnURLNotAllowed


def check_phone_login_is_on(application: Application) -> None:
    """Raise ``PhoneLoginOff`` when the application sends nothing to phones."""
    if not application.phone_login:
        raise errors.PhoneLoginOff


def phone_channel(*, voice: bool) -> Channel:
    """Return how to reach a phone. Raises ``NoVoiceProvider`` or ``NoSMSProvider`` where the site cannot."""
    if voice and not can_reach("voice"):
        raise errors.NoVoiceProvider
    if not voice and not can_reach("sms"):
        raise errors.NoSMSProvider
    return "voice" if voice else "sms"


def check_guid_is_new(caller: Caller, client_guid: str) -> None:
    """Raise ``ClientGUIDUsed`` for a GUID that was used before, and do it before anything is counted.

    A courtesy to the caller: what decides is the unique index, in ``LoginAttempt.objects.open``.
    """
    if LoginAttempt.objects.with_guid(caller.application, client_guid).exists():
        raise errors.ClientGUIDUsed


def why_not_served(known: Known, if_unknown: type[errors.PasswordlessError] | None) -> str:
    """Say why this person gets no message, or nothing; the answer is the same, unless the site reveals it.

    ``if_unknown`` is what keeps out whoever has no account, None where nothing does.
    """
    try:
        if known.customer:
            gate(known.customer)
        elif known.user:
            gate_user(known.user)
        elif if_unknown:
            raise if_unknown
    except errors.PasswordlessError as error:
        if conf.REVEAL_UNKNOWN_ACCOUNTS:
            raise
        return str(error)
    return ""


def open_attempt(caller: Caller, flow: Flow, start: Start, lifetime: timedelta, *, not_served: str) -> LoginAttempt:
    """Start the attempt, a decoy where ``not_served`` says why nobody gets a message.

    Call it inside the flow's transaction, after the message was counted.
    """
    key = identity_key(start.identity)
    waiting.tell(LoginAttempt.objects.make_room(flow, key))
    visitor = caller.visitor
    attempt = LoginAttempt.objects.open(
        client_guid=start.client_guid,
        lifetime=lifetime,
        application=caller.application,
        flow=flow,
        customer=start.known.customer,
        registration=start.registration,
        channel=start.channel,
        identity=key,
        recipient=start.known.recipient.value,
        is_decoy=bool(not_served),
        name=start.name,
        language=language_for(visitor, start.known.customer),
        redirect_url=start.redirect_url,
        welcome_template=start.welcome_template,
        registration_source=visitor.source,
        asked_address=visitor.address,
        country=country_of(start.known.recipient) or place_of(visitor.address).country_code,
        asked_agent=visitor.agent[:MAX_AGENT],
        **_match(caller, start),
    )
    note(
        EventName.LOGIN_STARTED,
        attempt,
        visitor,
        detail=f"{flow} by {start.channel}{not_served and '; no message: '}{not_served}",
    )
    return attempt


def send_code(caller: Caller, flow: Flow, purpose: Purpose, start: Start, *, not_served: str) -> Message:
    """Count a message, start an attempt and send its code; a decoy where ``not_served`` says why nobody gets one.

    Call it inside the flow's transaction. Raises ``SMSQuotaExceeded``.
    """
    settings = MessageSettings.of(start.kind)
    budgets.spend_message(identity_key(start.identity), start.kind, start.channel)
    attempt = open_attempt(caller, flow, start, settings.code_life, not_served=not_served)
    code = VerificationToken.objects.issue_code(attempt, purpose, settings)
    secrets = {} if start.instead else {"OTP": code}
    return send_proof(caller, attempt, start, settings.code_life, secrets)


def _match(caller: Caller, start: Start) -> dict[str, object]:
    if not start.client_guid:  # nobody waits who could show a number
        return {}
    return draw_match(caller.application, is_asked_for=start.match_number, match=start.match)


def send_proof(
    caller: Caller, attempt: LoginAttempt, start: Start, lifetime: timedelta, secrets: Mapping[str, str]
) -> Message:
    """Write the message with the link or the code of an attempt; a decoy's is written alike and never sent."""
    visitor = caller.visitor
    draft = messages.Draft(
        kind=start.instead or start.kind,
        channel=start.channel,
        to=start.known.recipient,
        application=caller.application,
        lifetime=lifetime,
        template=start.template,
        language=attempt.language,
        attempt=attempt,
        is_decoy=attempt.is_decoy and not start.instead,
        values={
            "Name": start.name,
            "IpAddress": visitor.address or "",
            "UserAgent": visitor.device,
            **secrets,
        },
    )
    return messages.write(draft)
