"""One moment at which an exchange is over, whatever the other side does: sockets none of whose waits goes beyond it.

A timeout of a socket bounds one wait. A server that sends a byte each second, in its headers or its handshake, lets no
wait grow long and never ends. A watchdog thread for each exchange would end it, too, at the price of the thread.
"""

import socket
import ssl
import time
from typing import Any


class Deadline:
    """A moment.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left. Raises ``TimeoutError`` when there are none."""
        seconds = self._ends_at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


class BoundedSocket(socket.socket):
    """A socket that gives up at its deadline."""

    deadline: Deadline

    def hurry(self) -> None:
        """Give the next wait what is left. Raises ``TimeoutError``."""
        self.settimeout(self.deadline.left())

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        """As that of a socket. Everything that ``makefile`` reads comes through here."""
        self.hurry()
        return super().recv_into(*arguments, **options)

    def send(self, *arguments: Any, **options: Any) -> int:
        """As that of a socket. A TLS socket's ``sendall`` comes through here, piece by piece."""
        self.hurry()
        return super().send(*arguments, **options)

    def sendall(self, *arguments: Any, **options: Any) -> None:
        """As that of a socket, whose timeout is for the whole of it."""
        self.hurry()
        super().sendall(*arguments, **options)


class BoundedTLSSocket(BoundedSocket, ssl.SSLSocket):
    """The same over TLS. Python's own timeout of a handshake, or of a read, is for the whole of it."""


def connect(address: str, port: int, *, seconds: float, deadline: Deadline) -> BoundedSocket:
    """Return a socket that is connected to an IP address; no name is resolved.

    Args:
        address: IPv4 or IPv6.
        seconds: to wait for the connection, which may be less than the deadline leaves.
        deadline: of everything after that.

    Raises ``OSError``.
    """
    made = BoundedSocket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.deadline = deadline
        made.settimeout(seconds)
        made.connect((address, port))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # headers and body leave together
    except OSError:
        made.close()
        raise
    return made


def secured(plain: BoundedSocket, context: ssl.SSLContext, host: str) -> BoundedSocket:
    """Return the socket with TLS on it, to a server that has proven to be this host.

    Args:
        plain: is used up, also by a failure.
        context: of which ``sslsocket_class`` is ``BoundedTLSSocket``.
        host: a name, which is asked for (SNI), or an IP address, which is not.

    Raises ``OSError``, of which ``ssl.SSLError`` is one.
    """
    made = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    if not isinstance(made, BoundedTLSSocket):
        raise TypeError("The context makes sockets without a deadline.")
    try:
        made.deadline = plain.deadline
        made.hurry()
        made.do_handshake()
    except OSError:
        made.close()
        raise
    return made
