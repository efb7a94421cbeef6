"""What answers that are held back share, whether a coroutine or a thread waits for them."""

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from .ping import EventsView, Held, PingView

BEGIN = b"retry: 5000\n\nevent: waiting\ndata: {}\n\n"

_ping, _ping_again, _look = PingView.as_view(), PingView.as_view(is_repeated=True), EventsView.as_view()


def first_answer(request: HttpRequest) -> tuple[HttpResponse, Held | None]:
    """Return the answer of a ping, and what it may wait for."""
    return _finished(_ping(request))


def first_look(request: HttpRequest) -> tuple[HttpResponse, Held | None]:
    """Return whether there is anything to tell in events, and what they may wait for."""
    return _finished(_look(request))


def answer_again(request: HttpRequest) -> HttpResponse:
    """Return the answer of the same ping after the wait."""
    return _finished(_ping_again(request))[0]


def last_event(request: HttpRequest) -> bytes:
    """Return the event that ends a stream: what a ping says now."""
    body = answer_again(request).content
    name = b"decided" if body == b'{"IsDecided":true}' else b"answer"
    return b"event: " + name + b"\ndata: " + body + b"\n\n"


def stream(events: Any) -> StreamingHttpResponse:
    """Return a response of Server-Sent Events that nobody on its way holds back."""
    response = StreamingHttpResponse(events, content_type="text/event-stream")
    response["Cache-Control"] = "no-store, no-transform"
    response["Content-Encoding"] = "identity"  # GZipMiddleware would collect the events
    response["X-Accel-Buffering"] = "no"  # and so would nginx
    return response


def _finished(response: Any) -> tuple[HttpResponse, Held | None]:
    finished = response.render() if hasattr(response, "render") else response
    return finished, getattr(response, "held", None)
