"""The person with the link, where another device or browser may wait for it.

device B   opens the link               look          who asked, from where, when; nothing changes
device B   picks a number, "It's me"    approve       the mailbox is proven, the account found or made
device B   presses "Not me"             deny          the attempt is over
device B   ends what else was asked     deny_others   every other live attempt of the same address is over

The other side, the device that waits, is in ``flows.ping``. The link of a passwordless login may also sign in
whoever opened it, on device B: that is ``passwordless.verify_link``.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from .. import budgets, errors, signals, waiting
from ..backends.places import Place, place_of
from ..conf import conf
from ..models import Application, Flow, LoginAttempt, State
from ..models.attempt import guid_digest
from ..models.database import Now, in_transaction
from ..models.event import EventName
from ..models.logo import logo_address
from . import steps
from .steps import Distance, Visitor


@dataclass(frozen=True)
class Question:
    """What the landing page asks the person about.

    ``works_here``: the link may sign in whoever opened it, in this browser. ``is_same_browser``: it was asked for in
    this very browser. ``somebody_waits``: another device or browser waits to be let in; ``numbers`` are what to choose
    from where the person must show to see it.
    """

    application_name: str
    logo: str
    account: str
    asked_at: datetime
    asked_address: str
    asked_agent: str
    asked_place: Place
    distance: Distance
    time_zone: str
    redirect_url: str
    works_here: bool
    is_same_browser: bool
    somebody_waits: bool
    numbers: tuple[int, ...] = field(repr=False)


def look(visitor: Visitor, secret: str, *, client_guids: Collection[str] = ()) -> Question:
    """Return what a link is about; changes nothing, and notes for staff that it was opened.

    ``client_guids`` are the handles of what this browser asked for, if it asked for anything.

    Raises ``UnknownLink``, ``ExpiredLink``, ``SupersededLink``, ``LoginDenied``, ``UsedOneTouchLink``,
    ``UsedSmartLink`` or ``UsedPasswordlessLink``.
    """
    attempt = steps.open_attempt_of(secret)
    attempt.note_opened()
    match = attempt.match if steps.must_match(attempt, visitor) else None
    is_same_browser = attempt.client_guid_digest in {guid_digest(client_guid) for client_guid in client_guids}
    somebody_waits = bool(attempt.client_guid_digest) and not is_same_browser
    return Question(
        application_name=attempt.application.name,
        logo=logo_address(attempt.application.logo),
        account=steps.attempted_identity(attempt).masked,
        asked_at=attempt.created_at,
        asked_address=attempt.asked_address or "",
        asked_agent=attempt.asked_agent,
        asked_place=place_of(attempt.asked_address, visitor.language),
        distance=steps.distance(attempt, visitor),
        time_zone=place_of(visitor.address).time_zone,
        redirect_url=attempt.redirect_url,
        works_here=attempt.flow == Flow.PASSWORDLESS,
        is_same_browser=is_same_browser,
        somebody_waits=somebody_waits,
        numbers=match.choices if match and somebody_waits else (),
    )


def approve(
    visitor: Visitor,
    secret: str,
    *,
    number: int | None = None,
    application: Application | None = None,
    welcome_template: str = "",
) -> str:
    """Let the waiting device in, and return where to send the person now, or an empty string.

    Args:
        visitor: who holds the link.
        secret: the verification token.
        number: the number that the waiting device shows. A wrong one ends the attempt.
        application: the application that calls the API, whose devices all wait; the landing page has none.
        welcome_template: the name of a welcome template, instead of the one named at the start.

    Raises what ``look`` raises, ``MissingNumber`` where a number must be picked, ``WrongNumber``, and
    ``AccountBlocked``, ``LoginDisabled``, ``AccountNotAllowed``, ``UnknownAccount``, ``RegistrationOff``,
    ``OneTouchLoginOff``, ``SmartLoginOff``, ``PasswordlessLoginOff``.
    """
    flows = steps.WAITING_FLOWS if application else steps.LINK_FLOWS
    attempt = steps.open_attempt_of(secret, flows=flows, application=application)
    steps.check_flow_is_on(attempt.application, attempt.flow)
    if not attempt.client_guid_digest:  # nobody waits: this link signs in where it is opened, and nowhere else
        raise errors.UnknownLink
    if number is None and steps.must_match(attempt, visitor):
        raise errors.MissingNumber
    with steps.refusals_noted(attempt, visitor):
        if not _approve(visitor, attempt, number, welcome_template):
            raise errors.WrongNumber
    # Where a browser waits, it is the one that goes on to there.
    return "" if attempt.flow == Flow.PASSWORDLESS else attempt.redirect_url


@in_transaction
def _approve(visitor: Visitor, attempt: LoginAttempt, number: int | None, welcome_template: str) -> bool:
    """Approve with the right number, end with a wrong one; tell which, for an error would take the end back."""
    steps.hold_identity(attempt)
    attempt = attempt.reloaded()
    if attempt.state != State.REQUESTED:
        raise steps.why_not(attempt)
    match = attempt.match
    if match and number is not None and number != match.number:
        _end(visitor, attempt, EventName.WRONG_NUMBER)
        _end_with(visitor, attempt, _with_the_same_numbers(attempt), EventName.WRONG_NUMBER)
        return False
    # The device has two minutes to pick its token up, however late in its life the link was opened.
    facts = {"approved_address": visitor.address, "approved_agent": visitor.agent[: steps.MAX_AGENT]}
    attempt.welcome_template = welcome_template or attempt.welcome_template
    if not attempt.move(State.VERIFIED, expires_at=Now() + conf.PICKUP_LIFETIME, **facts):
        raise steps.why_not(attempt)
    steps.accept_proof(attempt, visitor)
    steps.note(EventName.LINK_APPROVED, attempt, visitor, detail=f"from {steps.distance(attempt, visitor).value}")
    waiting.tell([attempt])
    return True


@in_transaction
def deny(visitor: Visitor, secret: str) -> None:
    """End an attempt: its device is told, its link is dead. Raises what ``look`` raises."""
    _end(visitor, steps.open_attempt_of(secret), EventName.LOGIN_DENIED)


def others(secret: str) -> int:
    """Return how many live attempts there are beside one that was just denied, or that a wrong number ended."""
    return len(_beside(_denied_attempt_of(secret)))


@in_transaction
def deny_others(visitor: Visitor, secret: str) -> int:
    """End every other live attempt of an address whose owner has just said "Not me"; return how many there were.

    Raises ``UnknownLink`` for a link that nobody denied, or not lately.
    """
    attempt = _denied_attempt_of(secret)
    return _end_with(visitor, attempt, _beside(attempt), EventName.LOGIN_DENIED)


def _end(visitor: Visitor, attempt: LoginAttempt, name: EventName) -> None:
    if not attempt.move(State.DENIED):
        raise steps.why_not(attempt)
    _note_end(visitor, attempt, name)


def _end_with(visitor: Visitor, attempt: LoginAttempt, others: list[LoginAttempt], name: EventName) -> int:
    """End these attempts, too, as far as they have not ended; return how many there were."""
    ended = [other for other in others if other.move(State.DENIED)]
    for other in ended:
        _note_end(visitor, other, name, detail=f"with #{attempt.pk}")
    return len(ended)


def _note_end(visitor: Visitor, attempt: LoginAttempt, name: EventName, detail: str = "") -> None:
    """Write the event; tell everybody else after the commit, for nothing that they do may take a refusal back."""
    steps.note(name, attempt, visitor, detail)
    waiting.tell([attempt])
    transaction.on_commit(lambda: budgets.charge_denied_start(attempt.asked_address), robust=True)
    transaction.on_commit(lambda: signals.login_denied.send(sender=LoginAttempt, attempt=attempt), robust=True)


def _with_the_same_numbers(attempt: LoginAttempt) -> list[LoginAttempt]:
    """A browser that asked again shows the same number: whoever picked a wrong one has no other try at it."""
    if attempt.flow != Flow.PASSWORDLESS:
        return []
    return [other for other in _beside(attempt) if other.flow == attempt.flow and other.client_guid_digest]


def _denied_attempt_of(secret: str) -> LoginAttempt:
    attempt = steps.attempt_of(secret)
    if not attempt.was_denied_lately():
        raise errors.UnknownLink
    return attempt


def _beside(attempt: LoginAttempt) -> list[LoginAttempt]:
    """The live attempts whose messages went to the same mailbox or phone, however it was named."""
    live = LoginAttempt.objects.live().filter(recipient=attempt.recipient)
    return [other for other in live if other.recipient == attempt.recipient]  # databases compare loosely
