"""The waiting device over HTTP; the protocol is in ``flows.ping``, the waiting in ``api.held``."""

from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections, transaction
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..conf import conf
from ..flows import callers, ping
from ..flows.steps import Caller, Visitor
from . import held_async, held_in_threads, responses
from .base import FlowView
from .held import Held, View, ask
from .inputs import ClientGUID, Flag, Input, Number
from .threads import in_pool


class PingView(FlowView):
    """GET login/smartlogin/ping"""

    get_acts = True

    class Parameters(Input):
        clientguid = ClientGUID(source="client_guid")
        wait = Number(absent=0)
        claim = Flag(absent=True)

    asked: dict[str, Any]

    def identify(self, visitor: Visitor, api_key: str) -> Caller:
        """Identify the caller; a device of which the cache knows that it waits is answered without the database."""
        try:
            self.asked = self.read(self.Parameters)
        except errors.PasswordlessError:
            callers.identify(visitor, api_key=api_key)  # a wrong key is the first thing to say
            raise
        self.request._request.claims = self.asked["claim"]  # type: ignore[attr-defined]
        if not self._is_repeated:
            ping.recall(visitor, api_key=api_key, client_guid=self.asked["client_guid"])
        return super().identify(visitor, api_key)

    def get(self, request: Request) -> Response:
        what = {"client_guid": self.asked["client_guid"], "is_repeated": self._is_repeated}
        if self._takes:
            return self.answer(responses.login(ping.ping(self.caller, **what)))
        return self.answer(responses.decided(ping.peek(self.caller, **what)))

    def handle_exception(self, exc: Exception) -> Response:
        if not isinstance(exc, errors.LinkNotOpened):
            return super().handle_exception(exc)
        seconds = min(self.asked["wait"], conf.MAX_WAIT.total_seconds())
        self.request._request.held = Held(exc.attempt_id, seconds)  # type: ignore[attr-defined]
        return super().handle_exception(exc) if self._takes else self.answer(responses.decided(False))

    @property
    def _takes(self) -> bool:
        return bool(self.asked["claim"])

    @property
    def _is_repeated(self) -> bool:
        return getattr(self.request._request, "is_repeated", False)


class EventsView(PingView):
    """GET login/smartlogin/events: looks and takes nothing; what it waits for is told in events"""

    def identify(self, visitor: Visitor, api_key: str) -> Caller:
        self.parameters["wait"] = int(conf.MAX_WAIT.total_seconds())
        return super().identify(visitor, api_key)

    @property
    def _takes(self) -> bool:
        return False


def _until_decided(view: View) -> View:
    """Return an endpoint that answers as a view does, and where that says "wait", once more when it is over."""

    async def endpoint(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if isinstance(request, ASGIRequest):
            return await held_async.answer(view, request)
        return await sync_to_async(held_in_threads.answer)(view, request)

    return _as_endpoint(endpoint, view)


def _as_events(peek: View, claim: View) -> View:
    """Return an endpoint that tells in Server-Sent Events what ``peek`` waits for, and then what ``claim`` says."""

    async def endpoint(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        is_async = isinstance(request, ASGIRequest)
        first = await (in_pool(ask, peek, request) if is_async else sync_to_async(ask)(peek, request))
        if first.status_code != 200:
            return first
        how = held_async if is_async else held_in_threads
        response = StreamingHttpResponse(how.events(claim, request), content_type="text/event-stream")
        response["Cache-Control"] = "no-store, no-transform"
        response["Content-Encoding"] = "identity"  # GZipMiddleware would hold the events back
        response["X-Accel-Buffering"] = "no"  # nginx would hold the events back
        return response

    return _as_endpoint(endpoint, peek)


def _as_endpoint(endpoint: Any, view: Any) -> View:
    endpoint.view_class = view.view_class
    endpoint.csrf_exempt = True  # as every view of DRF's
    for alias in connections:  # Django refuses asynchronous views of databases with ATOMIC_REQUESTS
        endpoint = transaction.non_atomic_requests(using=alias)(endpoint)
    finished: View = endpoint
    return finished


ping_endpoint = _until_decided(PingView.as_view())
events_endpoint = _as_events(EventsView.as_view(), PingView.as_view())
