"""Sends webhooks: an endpoint by one sender at a time, in the order of its events, and endpoints side by side.

    leased      an endpoint that is neither paused nor resting, for a minute
    taken       what has waited longest for it; the try is counted first
    signed      twice, with the time of this try
    posted      to the public internet only, within five seconds
    settled     delivered, or put back for later; after eleven tries in a day given up

A slow endpoint holds up its own sender and no other: it is left after one try that took long, and all of them together
get half of the senders. After three failures in a row an endpoint rests. One that has failed for a day is paused, and
staff are told.
"""

import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait

from django.core.mail import mail_admins
from django.db import close_old_connections
from django.utils import timezone

from ..backends import public_http
from ..backends.exchange import Answer, NoAnswer
from ..backends.webhook_signing import sign
from ..models import ApplicationSecret, WebhookDelivery, WebhookEndpoint
from ..models.webhook_delivery import MOST_TRIES
from ..pools import pool
from . import pace

logger = logging.getLogger(__name__)

TIMEOUT = 5.0  # seconds for one try
TURN = 15.0  # seconds for one endpoint before others get a turn
SENDERS = 16
SLOW_SENDERS = 8  # of these, for endpoints that take long
LOOK_AGAIN = 0.5  # seconds
FAULT_LASTS = 30.0  # seconds
GONE = 410

# Until when this process leaves an endpoint alone whose sender had a fault of ours, by the steady clock.
_left_until: dict[int, float] = {}


def send_due(is_stopping: Callable[[], bool] = lambda: False) -> tuple[int, int]:
    """Send all that is due, until nothing goes any more; return how many arrived and how many tries failed."""
    running: dict[int, Future[tuple[int, int] | None]] = {}
    arrived = failed = 0
    while True:
        for endpoint in [] if is_stopping() else WebhookDelivery.objects.due_endpoints():
            if endpoint not in running and _has_room(endpoint, running):
                running[endpoint] = pool("webhook_worker", SENDERS).submit(_drain_and_close, endpoint, is_stopping)
        if not running:
            return arrived, failed
        wait(running.values(), timeout=LOOK_AGAIN, return_when=FIRST_COMPLETED)
        for endpoint in [endpoint for endpoint, future in running.items() if future.done()]:
            counts = running.pop(endpoint).result()
            if counts is None:
                _left_until[endpoint] = time.monotonic() + FAULT_LASTS
                continue
            arrived, failed = arrived + counts[0], failed + counts[1]


def _has_room(endpoint: int, running: Iterable[int]) -> bool:
    if _left_until.get(endpoint, 0.0) > time.monotonic():
        return False
    return not pace.is_slow(endpoint) or sum(map(pace.is_slow, running)) < SLOW_SENDERS


class _Turn:
    """How long a sender stays with an endpoint: for some seconds, or for one try that took long."""

    def __init__(self, is_stopping: Callable[[], bool]) -> None:
        self.is_stopping, self.until, self.was_slow = is_stopping, time.monotonic() + TURN, False

    def is_over(self) -> bool:
        return self.was_slow or self.is_stopping() or time.monotonic() >= self.until


def drain(endpoint_id: int, is_stopping: Callable[[], bool] = lambda: False) -> tuple[int, int]:
    """Send what is due for one endpoint; return how many arrived and how many tries failed.

    Nothing where somebody else is sending to it. That one looks once more after letting go of it: what was written
    meanwhile, by whoever then found it taken, is seen.
    """
    arrived = failed = 0
    turn = _Turn(is_stopping)
    while not turn.is_over() and WebhookDelivery.objects.due().filter(endpoint=endpoint_id).exists():
        endpoint = WebhookEndpoint.objects.lease(endpoint_id)
        if endpoint is None:
            break
        try:
            went, did_not = _serve(endpoint, turn)
        finally:
            endpoint.release()
        arrived, failed = arrived + went, failed + did_not
    return arrived, failed


def _serve(endpoint: WebhookEndpoint, turn: _Turn) -> tuple[int, int]:
    """Send until nothing is due, the turn is over, or the endpoint rests, is paused, or has another address."""
    arrived = failed = 0
    while not turn.is_over() and WebhookEndpoint.objects.can_be_called(endpoint):
        delivery = WebhookDelivery.objects.take_next(endpoint)
        if delivery is None:
            break
        began = time.monotonic()
        if _send(endpoint, delivery):
            arrived += 1
        else:
            failed += 1
        turn.was_slow = pace.note(endpoint.pk, time.monotonic() - began)
    return arrived, failed


def _drain_and_close(endpoint_id: int, is_stopping: Callable[[], bool]) -> tuple[int, int] | None:
    """Drain, and return None where a fault of our own ended it: the worker has other endpoints to serve."""
    close_old_connections()
    try:
        return drain(endpoint_id, is_stopping)
    except Exception as error:  # noqa: BLE001 - whatever it is, the rows are still in the outbox
        logger.error(
            "Webhooks of endpoint %s were not sent (%s); they are tried again.", endpoint_id, type(error).__name__
        )
        return None
    finally:
        close_old_connections()


def _send(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> bool:
    if delivery.tries > MOST_TRIES:  # each process that sent it has died: it is not to end one more
        _note_failure(endpoint, delivery, "Its senders ended in the middle.")
        return False
    try:
        answer = _post(endpoint, delivery)
    except NoAnswer as error:
        _note_failure(endpoint, delivery, str(error))
        return False
    except Exception as error:  # noqa: BLE001 - what nobody thought of counts as a try, or it would be tried for ever
        _note_failure(endpoint, delivery, type(error).__name__)
        return False
    if 200 <= answer.status < 300:
        delivery.mark_delivered(answer.status)
        WebhookEndpoint.objects.note_success(endpoint.pk)
        return True
    # Nothing of the body: whoever chose the address would read by it what answers there.
    _note_failure(endpoint, delivery, f"HTTP {answer.status}", answer)
    return False


def _post(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> Answer:
    body, secrets = delivery.read(), endpoint.secrets()
    if not body or not secrets:
        raise NoAnswer("It cannot be read: SECRET_KEY was changed.", may_have_happened=False)
    headers = sign(
        body,
        event_id=delivery.event_id,
        sent_at=timezone.now(),
        secrets=secrets,
        api_secret=ApplicationSecret.objects.newest(endpoint.application),
    )
    return public_http.post(
        endpoint.url, body=body, headers={"Content-Type": "application/json", **headers}, timeout=TIMEOUT
    )


def _note_failure(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, reason: str, answer: Answer | None = None
) -> None:
    logger.warning("Webhook %s of %s did not arrive: %s", delivery.event_id, endpoint.hook_id, reason)
    delivery.try_again(reason, status=answer.status if answer else None, after=answer.retry_after or 0 if answer else 0)
    WebhookEndpoint.objects.note_failure(endpoint)
    is_gone = answer is not None and answer.status == GONE
    why = "It answered that it is gone (HTTP 410)." if is_gone else f"It failed for a day; last: {reason}"
    if WebhookEndpoint.objects.pause_given_up(endpoint, is_gone=is_gone, reason=why[:200]):
        _tell_staff(endpoint, why)


def _tell_staff(endpoint: WebhookEndpoint, why: str) -> None:
    logger.error("Webhook %s is paused. %s", endpoint.hook_id, why)
    try:
        mail_admins(
            f"Webhook {' '.join(str(endpoint).split())} is paused",  # of several lines it could not be sent
            f"{why}\n\nWhat happens meanwhile is kept. Resume it in the admin, and send from there what it has missed.",
        )
    except Exception as error:  # noqa: BLE001 - the log and the admin say it as well, and other webhooks wait
        logger.error("Staff could not be told of it by mail (%s).", type(error).__name__)
