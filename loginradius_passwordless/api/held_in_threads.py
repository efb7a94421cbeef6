"""Waiting under WSGI: a wait is a thread of the site's, so only as many wait at once as ``WAITING_THREADS`` allows.

None waits in a worker that says that it has but one thread. Everybody else is answered at once, and asks again.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ..conf import conf
from ..flows import ping as device
from .held import BEGIN, answer_again, first_answer, first_look, last_event, stream
from .ping import Held


def ping(request: HttpRequest) -> HttpResponseBase:
    """Answer a ping, and where it says "wait", once more when it is decided."""
    response, held = first_answer(request)
    if held and _is_decided_in_time(request, held):
        return answer_again(request)
    return response


def events(request: HttpRequest) -> HttpResponseBase:
    """Tell a device in Server-Sent Events what becomes of its attempt, if that is soon."""
    response, held = first_look(request)
    return stream(_events(request, held)) if response.status_code == 200 else response


def _events(request: HttpRequest, held: Held | None) -> Iterator[bytes]:
    yield BEGIN
    if held is None or _is_decided_in_time(request, held):
        yield last_event(request)


def _is_decided_in_time(request: HttpRequest, held: Held) -> bool:
    if not held.seconds or not request.META.get("wsgi.multithread"):
        return False
    with _free_thread() as is_free:
        return is_free and _is_decided_within(held)


def _is_decided_within(held: Held) -> bool:
    rung, deadline = threading.Event(), time.monotonic() + held.seconds
    with device.waiting_device(held.attempt_id, rung.set) as wait:
        while device.is_undecided(held.attempt_id):
            _give_connections_back()
            if not rung.wait(max(0, deadline - time.monotonic())) or wait.is_displaced:
                return False
            rung.clear()
        return not wait.is_displaced


def _give_connections_back() -> None:
    """Whoever sleeps needs no connection; in a transaction of a caller's it is not ours to close."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


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
