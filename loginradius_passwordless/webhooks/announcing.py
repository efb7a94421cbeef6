"""Writes webhooks: one row for each endpoint that wants the event, inside the transaction of what happened."""

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from ..catalog import HookName
from ..models import Customer, WebhookDelivery, WebhookEndpoint
from ..models.webhook_delivery import DeliveryState
from ..profiles import profile, timestamp
from .sender import hand_over

BATCH = 1000

PAUSED = "The webhook was paused when it happened."


def announce(hook: HookName, *, application_id: int | None, customer_id: int | None) -> None:
    """Tell the endpoints of an application what happened to a customer, once it is committed.

    The data are the customer's profile, as the API answers it: without secrets and hashes.
    """
    if application_id is None or customer_id is None:
        return

    def data() -> dict[str, Any] | None:
        customer = Customer.objects.select_related("user").filter(pk=customer_id).first()
        return profile(customer) if customer else None  # deleted a moment ago

    _announce(hook, application_id, customer_id, data)


def announce_deletion(*, application_id: int, uid: str) -> None:
    """Tell that an account was deleted: of whom it was, only the UID is left."""
    _announce(HookName.DELETE_ACCOUNT, application_id, None, lambda: {"Uid": uid})


def send_test(endpoint: WebhookEndpoint, hook: HookName) -> None:
    """Send an event that did not happen, to see whether it arrives."""
    delivery = _write(endpoint, hook, None, {"IsTest": True})
    transaction.on_commit(lambda: hand_over([delivery.endpoint_id]), robust=True)


def send_again(deliveries: Iterable[int]) -> int:
    """Send these once more, with all their tries, once it is committed; return how many there are to send.

    Those of a paused endpoint wait until it is resumed.
    """
    keys, endpoints, count = sorted(deliveries), set(), 0
    for start in range(0, len(keys), BATCH):
        rows = WebhookDelivery.objects.filter(pk__in=keys[start : start + BATCH])
        endpoints |= set(rows.order_by().values_list("endpoint_id", flat=True))
        count += rows.replay()
    transaction.on_commit(lambda: hand_over(endpoints), robust=True)
    return count


def _announce(
    hook: HookName, application_id: int, customer_id: int | None, data: Callable[[], dict[str, Any] | None]
) -> None:
    endpoints = WebhookEndpoint.objects.wanting(hook, application_id)
    told = data() if endpoints else None
    if told is None:
        return
    running = [_write(endpoint, hook, customer_id, told).endpoint_id for endpoint in endpoints]
    transaction.on_commit(lambda: hand_over(running), robust=True)


def _write(endpoint: WebhookEndpoint, hook: HookName, customer_id: int | None, data: dict[str, Any]) -> WebhookDelivery:
    """Write a row. One for a paused endpoint is given up at once: staff see it, and can send it later."""
    delivery = WebhookDelivery(
        event_id=f"evt_{uuid.uuid4().hex}", endpoint=endpoint, customer_id=customer_id, hook=hook.value
    )
    if endpoint.is_paused:
        delivery.state, delivery.error = DeliveryState.DEAD, PAUSED
    delivery.write(
        {
            "HookName": hook.value.lower(),
            "Time": timestamp(timezone.now()),
            "HookId": str(endpoint.hook_id),
            "Data": data,
        }
    )
    delivery.save(force_insert=True)
    return delivery
