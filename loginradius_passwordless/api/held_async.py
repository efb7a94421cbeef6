"""Waiting under ASGI: a coroutine and some kilobytes each; what touches the database does so in a pool of threads."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ..flows import ping as device
from ..flows.ping import Wait
from .held import BEGIN, answer_again, first_answer, first_look, last_event, stream
from .ping import Held
from .threads import in_pool, let_go

HEARTBEAT = 10.0  # seconds; proxies cut connections that are silent for longer
HEARTBEATS = 30
STILL_HERE = b": still here\n\n"


async def ping(request: HttpRequest) -> HttpResponseBase:
    """Answer a ping, and where it says "wait", once more when it is decided."""
    response, held = await in_pool(first_answer, request)
    if held is None or not held.seconds:
        return response
    let_go()
    with _bell(held) as bell:
        is_decided = await bell.rings_within(held.seconds)
    return await in_pool(answer_again, request) if is_decided else response


async def events(request: HttpRequest) -> HttpResponseBase:
    """Tell a device in Server-Sent Events what becomes of its attempt."""
    response, held = await in_pool(first_look, request)
    return stream(_events(request, held)) if response.status_code == 200 else response


async def _events(request: HttpRequest, held: Held | None) -> AsyncIterator[bytes]:
    yield BEGIN
    if held is not None:
        if not held.seconds:  # this site wants nobody to wait
            return
        let_go()
        with _bell(held) as bell:
            for _beat in range(HEARTBEATS):
                if await bell.rings_within(HEARTBEAT):
                    break
                if bell.wait.is_displaced:
                    return
                yield STILL_HERE
            else:
                return  # the client comes again, and what has broken silently is forgotten
    yield await in_pool(last_event, request)


class _Bell:
    """Rings in this event loop when an attempt is decided."""

    wait: Wait

    def __init__(self, held: Held) -> None:
        self._attempt_id = held.attempt_id
        self._rung = asyncio.Event()
        self._rung.set()  # something may have been decided just before we began to listen
        self.ring = partial(asyncio.get_running_loop().call_soon_threadsafe, self._rung.set)

    async def rings_within(self, seconds: float) -> bool:
        """Wait until the attempt is decided, and tell whether it was in time and this is still where to say so."""
        try:
            async with asyncio.timeout(seconds):
                while not self.wait.is_displaced:
                    await self._rung.wait()
                    if not await self._is_undecided():
                        return not self.wait.is_displaced
        except TimeoutError:
            pass
        return False

    async def _is_undecided(self) -> bool:
        self._rung.clear()
        try:
            return await in_pool(device.is_undecided, self._attempt_id)
        except asyncio.CancelledError:
            self._rung.set()  # we have not seen what we were rung for
            raise


@contextmanager
def _bell(held: Held) -> Iterator[_Bell]:
    bell = _Bell(held)
    with device.waiting_device(held.attempt_id, bell.ring) as bell.wait:
        yield bell
