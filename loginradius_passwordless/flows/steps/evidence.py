"""Evidence: what happened in an attempt, written beside what it tells of."""

from collections.abc import Iterator
from contextlib import contextmanager

from ... import webhooks
from ...catalog import HookName
from ...errors import AccountBlocked, AccountNotAllowed, LoginDisabled, RegistrationOff, UnknownAccount
from ...models import Event, Identifier, LoginAttempt
from ...models.event import EventName
from .people import MAX_AGENT, Caller, Visitor

# What webhooks tell of; an account that is deleted has a path of its own.
HOOKS = {
    EventName.SIGNED_IN: HookName.LOGIN,
    EventName.REGISTERED: HookName.REGISTER,
    EventName.EMAIL_VERIFIED: HookName.EMAIL_VERIFICATION,
    EventName.PHONE_VERIFIED: HookName.VERIFY_PHONE_NUMBER,
    EventName.PASSWORD_CHANGED: HookName.RESET_PASSWORD,
    EventName.PHONE_CHANGED: HookName.UPDATE_PHONE_ID,
    EventName.PHONE_REMOVED: HookName.REMOVE_PHONE_ID,
    EventName.PHONE_INVALIDATED: HookName.INVALIDATE_PHONE_VERIFICATION,
    EventName.CODE_LOCKED: HookName.BLOCK_ACCOUNT,
    EventName.PASSWORD_LOCKED: HookName.BLOCK_ACCOUNT,
}
LOCKS = {EventName.CODE_LOCKED, EventName.PASSWORD_LOCKED}


def note(name: EventName, attempt: LoginAttempt, visitor: Visitor, detail: str = "") -> None:
    """Write an event about an attempt; in the caller's transaction, so that it is as true as what it tells of.

    The application's webhooks are told of it, where it is among what they tell.
    """
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
    _announce(name, visitor, attempt.application_id, attempt.customer_id)


def note_call(
    name: EventName, caller: Caller, *, customer_id: int | None = None, identity: str = "", detail: str = ""
) -> None:
    """Write an event that no attempt is about: what somebody did who is signed in, or tried who is not.

    The application's webhooks are told of it as by ``note``.
    """
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
    if customer_id is None and name in LOCKS:
        customer_id = Identifier.objects.filter(proven_key=identity).values_list("customer_id", flat=True).first()
    _announce(name, visitor, caller.application.pk, customer_id)


def _announce(name: EventName, visitor: Visitor, application_id: int | None, customer_id: int | None) -> None:
    if name in HOOKS and not visitor.prevents_webhooks:
        webhooks.announce(HOOKS[name], application_id=application_id, customer_id=customer_id)


@contextmanager
def refusals_noted(attempt: LoginAttempt, visitor: Visitor) -> Iterator[None]:
    """Write an event when the gate refuses; around the transaction, which takes everything else back."""
    try:
        yield
    except (AccountBlocked, AccountNotAllowed, LoginDisabled, RegistrationOff, UnknownAccount) as error:
        note(EventName.SIGN_IN_REFUSED, attempt, visitor, detail=str(error))
        raise
