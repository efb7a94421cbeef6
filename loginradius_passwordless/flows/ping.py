"""The device or browser that waits until a link is opened elsewhere.

device A   polls, or waits for the answer         ping     pending, over, or an access token, once
device A   waits without taking anything          peek     whether a ping would tell more than "pending"

The other side, the person with the link, is in ``flows.decision``.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.db import Error

from .. import budgets, errors, journal, waiting
from ..models import LoginAttempt, State
from ..models.database import in_transaction
from ..waiting import Wait as Wait
from . import steps
from .steps import Caller, SignIn, Visitor

logger = logging.getLogger(__name__)


def recall(visitor: Visitor, *, api_key: str, client_guid: str) -> None:
    """Raise ``LinkNotOpened`` when the cache knows that nobody has decided; do nothing when it does not know.

    Raises ``TooManyRequests`` for polls faster than the limit.
    """
    attempt_id = waiting.recall_pending(api_key, client_guid)
    if attempt_id is not None:
        budgets.spend_ping(f"attempt-{attempt_id}")
        raise errors.LinkNotOpened(attempt_id)


def ping(caller: Caller, *, client_guid: str, is_repeated: bool = False) -> SignIn:
    """Hand a verified attempt's access token to the device that waits for it, once.

    Args:
        caller: the application, and the device.
        client_guid: the device's handle on its attempt.
        is_repeated: one and the same request asks again after a wait; it was counted before.

    Raises:
        LinkNotOpened while the person has not decided; UnknownClientGUID; ExpiredLink; SupersededLink;
        LoginDenied; UsedOneTouchLink or UsedSmartLink after the token was given; OneTouchLoginOff or
        SmartLoginOff; AccountBlocked, LoginDisabled; TooManyRequests for polls faster than the limit.
    """
    attempt = _attempt_of(caller, client_guid, is_repeated=is_repeated)
    with steps.refusals_noted(attempt, caller.visitor):
        return _claim(caller, attempt)


def peek(caller: Caller, *, client_guid: str, is_repeated: bool = False) -> bool:
    """Tell a device that a ping would give it something final, and give it nothing.

    An answer that is held back for a while may be held back for a device that has gone meanwhile, and a token
    in it would be lost. A client that waits like this claims with a ping of its own.

    Raises ``LinkNotOpened`` while the person has not decided, ``UnknownClientGUID``, ``TooManyRequests``.
    """
    try:
        _attempt_of(caller, client_guid, is_repeated=is_repeated)
    except (errors.LinkNotOpened, errors.UnknownClientGUID, errors.TooManyRequests):
        raise
    except errors.PasswordlessError:
        return True
    return True


def was_approved(caller: Caller, client_guids: Iterable[str]) -> bool:
    """Tell a browser whether one of its attempts waits to be picked up; counted nowhere, as it is its own session's."""
    return any(
        LoginAttempt.objects.with_guid(caller.application, client_guid).live().filter(state=State.VERIFIED).exists()
        for client_guid in client_guids
    )


@contextmanager
def waiting_device(attempt_id: int, wake: Callable[[], object]) -> Iterator[Wait]:
    """Have ``wake`` called, from another thread, when the attempt may have been decided; see ``waiting.Watch``."""
    started = time.monotonic()
    try:
        with waiting.watch.device(attempt_id, wake) as wait:
            yield wait
    finally:
        journal.measure("wait", time.monotonic() - started)


def is_undecided(attempt_id: int) -> bool:
    """Tell whether an attempt still waits for a person; it does as long as the database does not say otherwise."""
    try:
        return bool(LoginAttempt.objects.undecided([attempt_id]))
    except Error as error:
        logger.warning("The database does not answer (%s): a device waits on.", type(error).__name__)
        return True


def _attempt_of(caller: Caller, client_guid: str, *, is_repeated: bool) -> LoginAttempt:
    """Return the verified attempt of a device, or say why there is none (yet)."""
    owned = LoginAttempt.objects.with_guid(caller.application, client_guid).filter(flow__in=steps.LINK_FLOWS)
    attempt = owned.select_related("application", "customer__user").defer("application__logo").first()
    if attempt is None:
        budgets.spend_ping(budgets.address_prefix(caller.visitor.address))  # somebody may be trying GUIDs
        raise errors.UnknownClientGUID
    if not is_repeated:
        budgets.spend_ping(f"attempt-{attempt.pk}")
    steps.check_flow_is_on(attempt.application, attempt.flow)
    if not owned.live().exists():
        raise steps.why_not(attempt)
    if attempt.state == State.REQUESTED:
        waiting.remember_pending(attempt, client_guid)
        raise errors.LinkNotOpened(attempt.pk)
    return attempt


@in_transaction
def _claim(caller: Caller, attempt: LoginAttempt) -> SignIn:
    attempt = attempt.reloaded()
    if attempt.customer is None:  # deleted since it was approved
        raise errors.AccountBlocked
    steps.gate(attempt.customer)
    if attempt.state != State.VERIFIED or not attempt.move(State.CONSUMED):
        raise steps.why_not(attempt)
    return steps.sign_in(attempt, attempt.customer, caller.visitor)
