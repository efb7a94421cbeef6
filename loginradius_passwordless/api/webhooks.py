"""Servers that are told of what happens, over HTTP; the protocol is in ``flows.webhooks``."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..catalog import HookName
from ..flows import webhooks
from . import bodies, responses, webhook_bodies
from .base import FlowView
from .inputs import Input, Parameter, Text
from .operations import Operation

NAMES = {name.lower(): name for name in HookName}
MAX_URL = 2048


class Hooks(Parameter):
    """Names of events in any case, with commas between them; an empty list where it is left out."""

    empty: Any = ()

    def parse(self, name: str, value: Any) -> list[HookName]:
        words = [word.strip().lower() for word in value.split(",")] if isinstance(value, str) else [""]
        if not all(word in NAMES for word in words):
            raise errors.InvalidParameter(name)
        return [NAMES[word] for word in dict.fromkeys(words)]


class Hook(Hooks):
    """The name of one event, in any case."""

    empty: Any = None

    def parse(self, name: str, value: Any) -> Any:
        hooks = super().parse(name, value)
        if len(hooks) != 1:
            raise errors.InvalidParameter(name)
        return hooks[0]


class NotOffered(Parameter):
    """What LoginRadius would add to each call and this site does not: refused, as leaving it out would not be seen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(optional=True, **options)

    def value_of(self, name: str, value: Any) -> Any:
        return super().value_of(name, value or None)

    def parse(self, name: str, value: Any) -> Any:
        raise errors.RefusedParameter(name, "this site does not offer it; leave it out.")


class Pair(Input):
    """An address, and an event that it is told of."""

    targeturl = Text(source="url", longest=MAX_URL)
    event = Hook(source="hook")


class PairsView(FlowView):
    """POST, GET and DELETE api/v2/webhook"""

    needs_secret = True
    Parameters = Pair

    class Filter(Input):
        event = Hook(source="hook", optional=True)

    operations = {
        "get": Operation("What is told to which addresses", webhook_bodies.Pairs, reads=Filter),
        "post": Operation("Have an address told of an event", bodies.Posted, reads=Pair),
        "delete": Operation("Tell it no more of that", bodies.Deleted, (errors.UnknownWebhook,), Pair),
    }

    def get(self, request: Request) -> Response:
        pairs = webhooks.pairs(self.caller, **self.read(self.Filter))
        return self.answer(webhook_bodies.pairs(pairs))

    def post(self, request: Request) -> Response:
        webhooks.subscribe(self.caller, **self.read(Pair))
        return self.answer(responses.posted())

    def delete(self, request: Request) -> Response:
        webhooks.unsubscribe(self.caller, **self.read(Pair))
        return self.answer(responses.deleted())


class PermissionView(FlowView):
    """GET api/v2/webhook/test"""

    needs_secret = True
    operations = {"get": Operation("Whether webhooks may be used", webhook_bodies.Allowed)}

    def get(self, request: Request) -> Response:
        return self.answer(webhook_bodies.allowed())


class EventsView(FlowView):
    """GET v2/manage/webhooks/events"""

    needs_secret = True
    operations = {"get": Operation("What can be told", webhook_bodies.Events)}

    def get(self, request: Request) -> Response:
        return self.answer(webhook_bodies.events())


class EndpointsView(FlowView):
    """GET and POST v2/manage/webhooks"""

    needs_secret = True

    class Parameters(Input):
        targeturl = Text(source="url", longest=MAX_URL)
        event = Hooks(source="hooks")
        name = Text(longest=80, optional=True)
        headers = NotOffered()
        queryparams = NotOffered()
        authentication = NotOffered()

    operations = {
        "get": Operation("All webhooks", webhook_bodies.Webhooks),
        "post": Operation("Add a webhook", webhook_bodies.NewWebhook, reads=Parameters),
    }

    def get(self, request: Request) -> Response:
        return self.answer(webhook_bodies.webhooks(webhooks.endpoints(self.caller)))

    def post(self, request: Request) -> Response:
        row, secret = webhooks.add(self.caller, **_offered(self.read(self.Parameters)))
        return self.answer(webhook_bodies.new_webhook(row, secret))


class EndpointView(FlowView):
    """GET, PUT and DELETE v2/manage/webhooks/{hookid}"""

    needs_secret = True

    class Parameters(Input):
        targeturl = Text(source="url", longest=MAX_URL, optional=True)
        event = Hooks(source="hooks", optional=True)
        name = Text(longest=80, optional=True)
        headers = NotOffered()
        queryparams = NotOffered()
        authentication = NotOffered()

    operations = {
        "get": Operation("One webhook", webhook_bodies.Webhook, (errors.UnknownWebhook,)),
        "put": Operation("Change a webhook", webhook_bodies.Webhook, (errors.UnknownWebhook,), Parameters),
        "delete": Operation("Remove a webhook", webhook_bodies.Removed, (errors.UnknownWebhook,)),
    }

    def get(self, request: Request, hookid: str) -> Response:
        return self.answer(webhook_bodies.webhook(webhooks.endpoint(self.caller, hook_id=hookid)))

    def put(self, request: Request, hookid: str) -> Response:
        row = webhooks.change(self.caller, hook_id=hookid, **_offered(self.read(self.Parameters)))
        return self.answer(webhook_bodies.webhook(row))

    def delete(self, request: Request, hookid: str) -> Response:
        webhooks.remove(self.caller, hook_id=hookid)
        return self.answer(webhook_bodies.removed())


def _offered(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in ("url", "hooks", "name")}
