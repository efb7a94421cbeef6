"""Answers that are held back until somebody has decided: what waiting in a coroutine and in a thread share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

View = Callable[..., Any]

BEGIN = b"retry: 5000\n\nevent: waiting\ndata: {}\n\n"


@dataclass(frozen=True)
class Held:
    """What a view leaves on its request when the answer may wait: for which attempt, and how many seconds."""

    attempt_id: int
    seconds: float


def ask(view: View, request: HttpRequest) -> HttpResponse:
    """Return the finished answer of a view."""
    request.held = None  # type: ignore[attr-defined]
    response: Any = view(request)
    finished: HttpResponse = response.render() if hasattr(response, "render") else response
    return finished


def ask_again(view: View, request: HttpRequest) -> HttpResponse:
    """Return the answer after a wait; the same request was counted before, and the cache may be behind."""
    request.is_repeated = True  # type: ignore[attr-defined]
    return ask(view, request)


def held_by(request: HttpRequest) -> Held | None:
    """Return what the answer has to wait for, or None where there is nothing to wait for."""
    held: Held | None = getattr(request, "held", None)
    return held


def last_event(claim: View, request: HttpRequest) -> bytes:
    """Return the event that ends a stream."""
    name = b"answer" if request.claims else b"decided"  # type: ignore[attr-defined]
    return b"event: " + name + b"\ndata: " + ask_again(claim, request).content + b"\n\n"
