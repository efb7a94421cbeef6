"""A server on this machine that takes webhooks over TLS, and can be bad in every way that a stranger's server is."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import trustme

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Receiver:
    """Counts its connections, keeps what it is sent, and answers as ``answers`` does with the connection.

    Args:
        authority: signs its certificate; without one it speaks plain HTTP.
        names: that stand in the certificate.
        port: a free one unless given. Whoever else has it is waited for.
    """

    def __init__(
        self, authority: trustme.CA | None = None, *names: str, port: int = 0, host: str = "127.0.0.1"
    ) -> None:
        self.connections = 0
        self.server_names: list[str | None] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: Callable[[Any], None] = lambda connection: connection.sendall(OK)
        self.shakes_hands = True
        self.over = threading.Event()
        self.context = self._context(authority, names) if authority else None
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._bind(host, port)
        self.socket.listen(64)
        self.port = int(self.socket.getsockname()[1])
        self.threads = [threading.Thread(target=self._accept, daemon=True)]
        self.threads[0].start()

    def _bind(self, host: str, port: int) -> None:
        ends_at = time.monotonic() + 30
        while True:
            try:
                return self.socket.bind((host, port))
            except OSError:
                if time.monotonic() > ends_at:
                    raise
                time.sleep(0.02)

    def _context(self, authority: trustme.CA, names: tuple[str, ...]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        context.sni_callback = lambda _socket, name, _context: self.server_names.append(name)
        return context

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            self.threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
            self.threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        with closing(connection), suppress(OSError):
            if not self.shakes_hands:
                self.over.wait(20)
                return
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with closing(connection):
                self._read(connection)
                self.answers(connection)

    def _read(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            line = stream.readline().decode().rstrip()
            headers: dict[str, str] = {}
            while header := stream.readline().decode().rstrip():
                name, _, value = header.partition(": ")
                assert name not in headers
                headers[name] = value
            self.requests.append((line, headers, stream.read(int(headers["Content-Length"]))))

    def drips(self, beginning: bytes, drop: bytes) -> None:
        """Answer so, and then a drop each tenth of a second, for ever."""

        def drip(connection: Any) -> None:
            connection.sendall(beginning)
            while not self.over.wait(0.1):
                connection.sendall(drop)

        self.answers = drip

    def redirects(self, status: int, location: str) -> None:
        """Answer so."""
        answer = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
        self.answers = lambda connection: connection.sendall(answer)

    def close(self) -> None:
        self.over.set()
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for thread in self.threads:
            thread.join(5)
