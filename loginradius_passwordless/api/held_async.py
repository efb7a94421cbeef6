"""Waiting under ASGI: a coroutine and some kilobytes each; what touches the database does so in a pool of threads."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse

from ..flows import ping
from .held import BEGIN, View, ask, ask_again, held_by, last_event
from .threads import in_pool, let_go

HEARTBEAT = 10.0  # seconds; proxies cut connections that are silent for longer
HEARTBEATS = 30
STILL_HERE = b": still here\n\n"


async def answer(view: View, request: HttpRequest) -> HttpResponse:
    """Answer as a view does, and where that says "wait", once more when it is decided."""
    response = await in_pool(ask, view, request)
    held = held_by(request)
    if held is None or not held.seconds:
        return response
    let_go()
    with _device(held.attempt_id) as device:
        is_decided = await device.is_decided_within(held.seconds)
    return await in_pool(ask_again, view, request) if is_decided else response


async def events(claim: View, request: HttpRequest) -> AsyncIterator[bytes]:
    """Tell what a request waits for, and then what ``claim`` answers."""
    yield BEGIN
    held = held_by(request)
    if held is not None:
        if not held.seconds:  # this site wants nobody to wait
            return
        let_go()
        with _device(held.attempt_id) as device:
            for _beat in range(HEARTBEATS):
                if await device.is_decided_within(HEARTBEAT):
                    break
                if device.is_displaced:
                    return
                yield STILL_HERE
            else:
                return  # the client comes again, and what has broken silently is forgotten
    yield await in_pool(last_event, claim, request)


class _Device:
    """One device that waits in this event loop."""

    def __init__(self, attempt_id: int) -> None:
        self.attempt_id = attempt_id
        self.is_displaced = False
        self._rung = asyncio.Event()
        self._rung.set()  # something may have been decided just before we began to listen
        self.wake = partial(asyncio.get_running_loop().call_soon_threadsafe, self._rung.set)

    async def is_decided_within(self, seconds: float) -> bool:
        """Wait until the attempt is decided, and tell whether it was in time and this is still where to say so."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self._rung.wait()
                    self._rung.clear()
                    if self._wait.is_displaced:
                        self.is_displaced = True
                        return False
                    if not await in_pool(ping.is_undecided, self.attempt_id):
                        return True
        except TimeoutError:
            return False

    @contextmanager
    def listening(self) -> Iterator["_Device"]:
        with ping.waiting_device(self.attempt_id, self.wake) as self._wait:
            yield self


def _device(attempt_id: int) -> Any:
    return _Device(attempt_id).listening()
