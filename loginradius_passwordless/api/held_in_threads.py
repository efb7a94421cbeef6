"""Waiting under WSGI: a wait is a thread of the site's, so only as many wait at once as ``WAITING_THREADS`` allows.

None waits in a worker that has but one thread. Everybody else is answered at once, and asks again.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest, HttpResponse

from ..conf import conf
from ..flows import ping
from .held import BEGIN, Held, View, ask, ask_again, held_by, last_event


def answer(view: View, request: HttpRequest) -> HttpResponse:
    """Answer as a view does, and where that says "wait", once more when it is decided."""
    response = ask(view, request)
    held = held_by(request)
    if held and _is_decided_while_blocking(request, held):
        return ask_again(view, request)
    return response


def events(claim: View, request: HttpRequest) -> Iterator[bytes]:
    """Tell what a request waits for, and then what ``claim`` answers; nothing when it was not decided in time."""
    yield BEGIN
    held = held_by(request)
    if held is None or _is_decided_while_blocking(request, held):
        yield last_event(claim, request)


def _is_decided_while_blocking(request: HttpRequest, held: Held) -> bool:
    if not held.seconds or not request.META.get("wsgi.multithread"):
        return False
    with _free_thread() as is_free:
        return is_free and _is_decided_within(held)


def _is_decided_within(held: Held) -> bool:
    rung, deadline = threading.Event(), time.monotonic() + held.seconds
    with ping.waiting_device(held.attempt_id, rung.set) as wait:
        while ping.is_undecided(held.attempt_id):
            if not rung.wait(max(0, deadline - time.monotonic())) or wait.is_displaced:
                return False
            rung.clear()
        return not wait.is_displaced


_threads = threading.Lock()
_threads_taken = 0


@contextmanager
def _free_thread() -> Iterator[bool]:
    """Take one of the threads that may wait, and tell whether there was one."""
    global _threads_taken
    with _threads:
        is_free = _threads_taken < conf.WAITING_THREADS
        _threads_taken += is_free
    try:
        yield is_free
    finally:
        with _threads:
            _threads_taken -= is_free
