"""Which servers an application has told of what happens, as its own server says with the API secret.

POST   api/v2/webhook                subscribe      an address is told of an event; twice is once
GET    api/v2/webhook                pairs          each address with each event it is told of
DELETE api/v2/webhook                unsubscribe    no more of that event; an address without events is forgotten
POST   v2/manage/webhooks            add            an endpoint of its own, with a secret that is shown this once
GET    v2/manage/webhooks            endpoints      all of them, also those that staff added
GET    v2/manage/webhooks/{hookid}   endpoint
PUT    v2/manage/webhooks/{hookid}   change
DELETE v2/manage/webhooks/{hookid}   remove

Both speak of the same endpoints. Whoever changes some holds the application's row: what two ask for at once is counted
one after the other, and neither loses what the other wrote. No name is resolved here; the sender judges it at each try.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from .. import errors
from ..backends import public_http
from ..catalog import HookName
from ..models import Application, WebhookEndpoint
from ..models.database import in_transaction
from .steps import Caller

MOST_PER_EVENT = 5
MOST_REASON = f"{MOST_PER_EVENT} webhooks of this application are told of such an event; remove one first."


def pairs(caller: Caller, *, hook: HookName | None = None) -> list[tuple[WebhookEndpoint, HookName]]:
    """Return each endpoint with each event it is told of, or with this one only."""
    wanted = [hook] if hook else list(HookName)
    return [(row, each) for row in endpoints(caller) for each in wanted if each in row.events]


def subscribe(caller: Caller, *, url: str, hook: HookName) -> None:
    """Have an address told of an event. What is subscribed already stays as it is.

    Raises ``RefusedParameter`` for an address that is never called, and where the event has its endpoints.
    """
    _check(url)
    _subscribe(caller.application, url, hook)


@in_transaction
def unsubscribe(caller: Caller, *, url: str, hook: HookName) -> None:
    """Tell an address no more of an event. Raises ``UnknownWebhook`` where it was not told of it."""
    _hold(caller.application)
    told = [row for row in endpoints(caller) if row.url == url and hook in row.events]
    if not told:
        raise errors.UnknownWebhook
    for row in told:
        row.events = [each for each in row.events if each != hook]
        if row.events:
            _save(row, "events")
        else:
            row.delete()


def endpoints(caller: Caller) -> list[WebhookEndpoint]:
    """Return all endpoints of the application, the oldest first."""
    return list(WebhookEndpoint.objects.filter(application=caller.application).order_by("pk"))


@sensitive_variables()
def add(caller: Caller, *, url: str, hooks: list[HookName], name: str = "") -> tuple[WebhookEndpoint, str]:
    """Add an endpoint; return it with its secret, the only time that anybody sees it.

    Raises ``RefusedParameter`` for an address that is never called, and where an event has its endpoints.
    """
    _check(url)
    return _add(caller.application, url, hooks, name)


def endpoint(caller: Caller, *, hook_id: str) -> WebhookEndpoint:
    """Return an endpoint of the application. Raises ``UnknownWebhook``."""
    try:
        key = UUID(hook_id)
    except ValueError:
        raise errors.UnknownWebhook from None
    row = WebhookEndpoint.objects.filter(application=caller.application, hook_id=key).first()
    if row is None:
        raise errors.UnknownWebhook
    return row


def change(caller: Caller, *, hook_id: str, url: str, hooks: list[HookName], name: str) -> WebhookEndpoint:
    """Change what is given, and leave what is empty as it is. Whether it is paused is for staff to say.

    Raises ``UnknownWebhook``, and ``RefusedParameter`` as ``add`` does.
    """
    if url:
        _check(url)
    return _change(caller, hook_id, url, hooks, name)


@in_transaction
def remove(caller: Caller, *, hook_id: str) -> None:
    """Forget an endpoint, and all that it was told or still had to be told. Raises ``UnknownWebhook``."""
    _hold(caller.application)
    endpoint(caller, hook_id=hook_id).delete()


def check_room(application: Application, hooks: Iterable[Any], *, beside: int = 0) -> None:
    """Make sure that one more endpoint of an application can be told of these events; inside a transaction.

    Args:
        application: whose endpoints they are. Its row is held until the transaction ends.
        hooks: the events, by name.
        beside: the endpoint that is to be told of them, where it is there already, by its key.

    Raises ``RefusedParameter``.
    """
    _hold(application)
    rows = list(WebhookEndpoint.objects.filter(application=application).exclude(pk=beside))
    if any(sum(hook in row.events for row in rows) >= MOST_PER_EVENT for hook in hooks):
        raise errors.RefusedParameter("event", MOST_REASON)


@in_transaction
def _subscribe(application: Application, url: str, hook: HookName) -> None:
    _hold(application)
    rows = [row for row in WebhookEndpoint.objects.filter(application=application).order_by("pk") if row.url == url]
    if any(hook in row.events for row in rows):
        return
    check_room(application, [hook])
    if not rows:
        _add(application, url, [hook], "")
        return
    rows[0].events = [*rows[0].events, hook.value]
    _save(rows[0], "events")


@sensitive_variables()
@in_transaction
def _add(application: Application, url: str, hooks: list[HookName], name: str) -> tuple[WebhookEndpoint, str]:
    check_room(application, hooks)
    row = WebhookEndpoint(application=application, url=url, name=name, events=[hook.value for hook in hooks])
    secret = row.new_secret()
    row.save(force_insert=True)
    row.refresh_from_db()
    return row, secret


@in_transaction
def _change(caller: Caller, hook_id: str, url: str, hooks: list[HookName], name: str) -> WebhookEndpoint:
    _hold(caller.application)
    row = endpoint(caller, hook_id=hook_id)
    if hooks:
        check_room(caller.application, hooks, beside=row.pk)
        row.events = [hook.value for hook in hooks]
    if url and url != row.url:
        WebhookEndpoint.objects.note_success(row.pk)  # the new address has not failed yet
    row.url, row.name = url or row.url, name or row.name
    _save(row, "url", "name", "events")
    return row


def _save(row: WebhookEndpoint, *columns: str) -> None:
    """Write these columns: the others are its senders', who write them meanwhile."""
    row.save(update_fields=[*columns, "modified_at"])


def _hold(application: Application) -> None:
    """Wait for whoever else changes endpoints of this application. On SQLite there is one writer anyway."""
    list(Application.objects.select_for_update().filter(pk=application.pk).values_list("pk"))


def _check(url: str) -> None:
    try:
        public_http.check_url(url)
    except public_http.NotAllowed as error:
        raise errors.RefusedParameter("targeturl", str(error)) from None
