"""Starting: check what was asked, open the attempt, send its proof."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.urls import get_script_prefix, reverse

from ... import errors, messages, waiting
from ...accounts import Known
from ...catalog import MessageKind
from ...conf import conf
from ...identifiers import Channel, Identity
from ...models import Application, Flow, LoginAttempt, Message
from ...models.customer import identity_key
from ...models.event import EventName
from .evidence import note
from .match import draw_match
from .people import MAX_AGENT, Caller
from .sign_in import gate


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


def check_return_url(application: Application, url: str) -> None:
    """Raise ``ReturnURLNotAllowed`` unless the application's list has this very address."""
    if url and not application.allows_return_to(url):
        raise errors.ReturnURLNotAllowed


def check_guid_is_new(caller: Caller, client_guid: str) -> None:
    """Raise ``ClientGUIDUsed`` for a GUID that was used before, and do it before anything is counted.

    A courtesy to the caller: what decides is the unique index, in ``LoginAttempt.objects.open``.
    """
    if LoginAttempt.objects.with_guid(caller.application, client_guid).exists():
        raise errors.ClientGUIDUsed


def must_not_be_served(known: Known, if_unknown: type[errors.PasswordlessError] | None) -> bool:
    """Tell whether this person gets no message; the answer is the same all the same, unless the site reveals it.

    ``if_unknown`` is what keeps out whoever has no account, None where nothing does.
    """
    try:
        if known.customer:
            gate(known.customer)
        elif if_unknown and not known.has_account:
            raise if_unknown
    except errors.PasswordlessError:
        if conf.REVEAL_UNKNOWN_ACCOUNTS:
            raise
        return True
    return False


def open_attempt(caller: Caller, flow: Flow, start: Start, lifetime: timedelta, *, is_decoy: bool) -> LoginAttempt:
    """Start the attempt; call it inside the flow's transaction, after its message was counted."""
    key = identity_key(start.identity)
    waiting.tell(LoginAttempt.objects.make_room(flow, key))
    visitor = caller.visitor
    attempt = LoginAttempt.objects.open(
        client_guid=start.client_guid,
        lifetime=lifetime,
        application=caller.application,
        flow=flow,
        customer=start.known.customer,
        channel=start.channel,
        identity=key,
        recipient=start.known.recipient.value,
        is_decoy=is_decoy,
        name=start.name,
        language=visitor.language,
        redirect_url=start.redirect_url,
        welcome_template=start.welcome_template,
        registration_source=visitor.source,
        asked_address=visitor.address,
        asked_agent=visitor.agent[:MAX_AGENT],
        **(draw_match(caller.application, is_asked_for=start.match_number) if start.client_guid else {}),
    )
    note(EventName.LOGIN_STARTED, attempt, visitor, detail=f"{flow} by {start.channel}")
    return attempt


def send_proof(
    caller: Caller, attempt: LoginAttempt, start: Start, lifetime: timedelta, secrets: Mapping[str, str]
) -> Message:
    """Write the message with the link or the code of an attempt; a decoy's is written alike and never sent."""
    visitor = caller.visitor
    draft = messages.Draft(
        kind=start.kind,
        channel=start.channel,
        to=start.known.recipient,
        application=caller.application,
        lifetime=lifetime,
        template=start.template,
        language=visitor.language,
        attempt=attempt,
        is_decoy=attempt.is_decoy,
        values={
            "Name": start.name,
            "IpAddress": visitor.address or "",
            "UserAgent": visitor.device,
            **secrets,
        },
    )
    return messages.write(draft)


def page_address(name: str) -> str:
    """Return the address of one of the hosted pages as a message needs it.

    Below ``PUBLIC_URL``, which says where the site is mounted; the prefix that a request claims is left out.
    """
    path = reverse(f"loginradius_passwordless:{name}").removeprefix(get_script_prefix())
    return f"{conf.PUBLIC_URL.rstrip('/')}/{path.lstrip('/')}"
