"""A session of requests whose answers have their headers in time, all of them together.

The timeout of requests bounds one wait. A server that sends a byte of a header each second keeps a caller for hours.
"""

import io
import socket
from http.client import HTTPResponse
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from .deadlines import Deadline


class _Reads(io.RawIOBase):
    """Reads from a socket; until the headers are there, before a deadline."""

    def __init__(self, raw: Any, connected: socket.socket) -> None:
        self.raw, self.socket, self.timeout = raw, connected, connected.gettimeout()
        self.deadline = Deadline(self.timeout) if self.timeout else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Any:
        if self.deadline:
            self.socket.settimeout(self.deadline.left())
        return self.raw.readinto(buffer)

    def headers_are_there(self) -> None:
        """Leave what comes now to whoever reads it."""
        self.deadline = None
        if self.timeout:
            self.socket.settimeout(self.timeout)

    def close(self) -> None:
        self.raw.close()
        super().close()


class _Answer(HTTPResponse):
    """An answer whose status line and headers take no longer than the socket's timeout."""

    def __init__(self, connected: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(connected, *arguments, **options)
        self.reads = _Reads(self.fp.detach(), connected)
        self.fp = io.BufferedReader(self.reads)

    def begin(self) -> None:
        super().begin()
        self.reads.headers_are_there()


class BoundedSession(requests.Session):
    """A session for one exchange, to be closed.

    ``was_connected`` says whether the other side may have read something: it stays false where the fault came before
    there was a connection, with its TLS. The names of faults do not tell that: the same ones come while an answer is
    read.
    """

    def __init__(self) -> None:
        super().__init__()  # which reads proxies from the environment, as requests.request does
        self.was_connected = False
        self.mount("https://", _Adapter(self))
        self.mount("http://", _Adapter(self))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Know of no redirect: requests reads the whole body of one, however long, also where none is followed."""
        return


class _Bounded:
    """What is added to whatever class of urllib3's makes the connection, that of a SOCKS proxy included."""

    response_class = _Answer
    session: BoundedSession

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]  # of the class beside this one
        self.session.was_connected = True


class _Adapter(HTTPAdapter):
    def __init__(self, session: BoundedSession) -> None:
        super().__init__()
        self.session = session

    def get_connection_with_tls_context(self, *arguments: Any, **options: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*arguments, **options)
        if not issubclass(pool.ConnectionCls, _Bounded):
            pool.ConnectionCls = type("Bounded", (_Bounded, pool.ConnectionCls), {"session": self.session})
        return pool


def bounded_session() -> BoundedSession:
    """Return a session for one exchange."""
    return BoundedSession()
