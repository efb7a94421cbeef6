"""Evidence: what happened in an attempt, written beside what it tells of."""

from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import AccountBlocked, AccountNotAllowed, LoginDisabled, RegistrationOff, UnknownAccount
from ...models import Event, LoginAttempt
from ...models.event import EventName
from .people import MAX_AGENT, Caller, Visitor


def note(name: EventName, attempt: LoginAttempt, visitor: Visitor, detail: str = "") -> None:
    """Write an event about an attempt; in the caller's transaction, so that it is as true as what it tells of."""
    Event.objects.create(
        name=name,
        application_id=attempt.application_id,
        customer_id=attempt.customer_id,
        attempt=attempt,
        identity=attempt.identity,
        address=visitor.address,
        agent=visitor.agent[:MAX_AGENT],
        detail=detail,
    )


def note_call(
    name: EventName, caller: Caller, *, customer_id: int | None = None, identity: str = "", detail: str = ""
) -> None:
    """Write an event that no attempt is about: what somebody did who is signed in, or tried who is not."""
    visitor = caller.visitor
    Event.objects.create(
        name=name,
        application=caller.application,
        customer_id=customer_id,
        identity=identity,
        address=visitor.address,
        agent=visitor.agent[:MAX_AGENT],
        detail=detail,
    )


@contextmanager
def refusals_noted(attempt: LoginAttempt, visitor: Visitor) -> Iterator[None]:
    """Write an event when the gate refuses; around the transaction, which takes everything else back."""
    try:
        yield
    except (AccountBlocked, AccountNotAllowed, LoginDisabled, RegistrationOff, UnknownAccount) as error:
        note(EventName.SIGN_IN_REFUSED, attempt, visitor, detail=str(error))
        raise
