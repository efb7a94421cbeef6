"""What the endpoints about webhooks answer: the shapes, and what builds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from ..catalog import HookName
from ..profiles import timestamp
from .bodies import GUID, Moment, Yes

if TYPE_CHECKING:
    from ..models import WebhookEndpoint


class Webhook(TypedDict):
    """An address that is told of events; several stand with commas between them."""

    Id: GUID
    Name: str
    Event: str
    TargetUrl: str
    CreatedDate: Moment
    LastModifiedDate: Moment
    IsPaused: bool


class NewWebhook(Webhook):
    """A new one, and what its calls are signed with: this once."""

    Secret: str


class Webhooks(TypedDict):
    """All of an application."""

    Data: list[Webhook]


class Pairs(TypedDict):
    """Addresses, each with one event."""

    data: list[Webhook]
    Count: int


class Events(TypedDict):
    """The names of what can be told."""

    Data: list[str]


class Allowed(TypedDict):
    """The application may have its servers told of what happens."""

    IsAllowed: Yes


class Removed(TypedDict):
    """It is gone; in small letters, as LoginRadius writes it here."""

    isdeleted: Yes


def webhook(row: WebhookEndpoint, event: str = "") -> Webhook:
    """An endpoint: with all its events, or with this one."""
    return {
        "Id": str(row.hook_id),
        "Name": row.name,
        "Event": event or ",".join(row.events),
        "TargetUrl": row.url,
        "CreatedDate": timestamp(row.created_at),
        "LastModifiedDate": timestamp(row.modified_at),
        "IsPaused": row.is_paused,
    }


def new_webhook(row: WebhookEndpoint, secret: str) -> NewWebhook:
    """A new endpoint with its secret."""
    return {**webhook(row), "Secret": secret}


def webhooks(rows: Sequence[WebhookEndpoint]) -> Webhooks:
    """Endpoints, as the newer endpoints list them."""
    return {"Data": [webhook(row) for row in rows]}


def pairs(told: Sequence[tuple[WebhookEndpoint, HookName]]) -> Pairs:
    """Addresses and events, as the older endpoint lists them."""
    return {"data": [webhook(row, event.value) for row, event in told], "Count": len(told)}


def events() -> Events:
    """What can be told."""
    return {"Data": [name.value for name in HookName]}


def allowed() -> Allowed:
    """Whoever knows the secret may."""
    return {"IsAllowed": True}


def removed() -> Removed:
    """The endpoint is gone."""
    return {"isdeleted": True}
