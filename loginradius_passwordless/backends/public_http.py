"""Posts to an address that a stranger may have chosen, and reaches nothing inside by it.

The name is resolved once, each of its addresses is judged, and the connection goes to one that was judged: a name that
leads elsewhere when it is asked again (DNS rebinding) is not asked again. Host, SNI and certificate are those of the
name. Redirects are answers; proxies, ``.netrc`` and cookies are not looked at. All of it ends at one deadline.

Built on ``http.client``, and not on requests as ``exchange`` is: its ``connect`` may be replaced as a whole, while
requests and urllib3 resolve names, choose proxies and read ``.netrc`` in more places than one.
"""

import os
import re
import ssl
from collections.abc import Mapping
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPResponse

import certifi

from .deadlines import BoundedSocket, BoundedTLSSocket, Deadline, connect, secured
from .exchange import CHUNK, MAX_ANSWER, Answer, NoAnswer
from .public_addresses import Address, addresses_of, is_public
from .public_urls import NotAllowed as NotAllowed
from .public_urls import Target, target_of
from .public_urls import check_url as check_url

AGENT = "loginradius-passwordless"
MOST_TRIED = 4  # addresses of one name; all of them are judged

HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+", re.ASCII)  # RFC 9110, 5.1
HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
# They say whose request it is and where it ends. Two opinions of that are how a request is smuggled into another.
OWN_HEADERS = {
    "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization", "proxy-connection", "te",
    "trailer", "transfer-encoding", "upgrade", "user-agent",
}  # fmt: skip


class _Connection(HTTPConnection):
    """A connection to addresses that were judged, whatever name stands in its requests."""

    def __init__(self, target: Target, deadline: Deadline) -> None:
        super().__init__(target.host, target.port)
        self.target, self.deadline = target, deadline

    def connect(self) -> None:
        """Connect. Raises ``NotAllowed``, ``OSError``."""
        context = _context()  # before there is a socket to close: its file may be missing
        plain = _connected(_judged(self.target, self.deadline), self.target.port, self.deadline)
        self.sock = plain if self.target.scheme == "http" else secured(plain, context, self.target.host)


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise ``NotAllowed`` where a header cannot be written, or is not the caller's to write: for forms."""
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
            raise NotAllowed("A header has a name or a value with characters that no header may have.")
        if name.lower() in OWN_HEADERS:
            raise NotAllowed("A header is one of those that belong to the connection, such as Host.")


def post(url: str, *, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
    """Post a body and read the answer.

    Args:
        url: as ``check_url`` allows.
        body: the bytes to send.
        headers: as ``check_headers`` allows. Host, and what belongs to the connection, are added.
        timeout: seconds for everything together: names, connection, TLS, request, and the answer to its last byte.

    Raises ``NoAnswer``; of these ``NotAllowed`` where the address leads, or could lead, inside. An answer is cut after
    ``MAX_ANSWER`` bytes, and once its headers have come also where it breaks off or the time is over.
    """
    deadline = Deadline(timeout)
    target = target_of(url)
    check_headers(headers)
    connection = _Connection(target, deadline)
    own = {"Host": target.authority, "User-Agent": AGENT, "Connection": "close"}
    was_sent = False
    try:
        connection.connect()
        was_sent = True
        connection.request("POST", target.path, body=body, headers={**headers, **own})
        with connection.getresponse() as response:
            return Answer(response.status, response.headers, _body(response))
    except (OSError, HTTPException) as error:
        raise NoAnswer(type(error).__name__, may_have_happened=was_sent) from error
    finally:
        connection.close()


def _judged(target: Target, deadline: Deadline) -> list[Address]:
    """Return the addresses to connect to. Raises ``NotAllowed``, ``TimeoutError``."""
    if target.address:
        return [target.address]  # judged with the spelling
    # With its dot at the end a name is whole: no resolver tries it below the domains of this machine's network.
    addresses = addresses_of(target.host if target.may_be_inside else f"{target.host}.", deadline)
    if not addresses or not (target.may_be_inside or all(map(is_public, addresses))):
        # One sentence for both: whether there is such a name inside is nobody's business outside.
        raise NotAllowed("The host has no address, or one that is not of the public internet.")
    return addresses[:MOST_TRIED]


def _connected(addresses: list[Address], port: int, deadline: Deadline) -> BoundedSocket:
    """Connect to the first address that answers. Raises ``OSError``."""
    fault: OSError = TimeoutError()
    for tried, address in enumerate(addresses):
        seconds = deadline.left() / (len(addresses) - tried)  # none of them may use up the time of all
        try:
            return connect(str(address), port, seconds=seconds, deadline=deadline)
        except OSError as error:
            fault = error
    raise fault


def _context() -> ssl.SSLContext:
    """Return what verifies certificates, always: by the file in ``SSL_CERT_FILE``, as OpenSSL, else by certifi."""
    return _context_of(os.environ.get("SSL_CERT_FILE") or certifi.where())


@lru_cache(maxsize=4)
def _context_of(authorities: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authorities)
    context.sslsocket_class = BoundedTLSSocket
    context.set_alpn_protocols(["http/1.1"])
    return context


def _body(response: HTTPResponse) -> bytes:
    """Return the body, or as much of it as came: the status was read, and says what was done."""
    body = b""
    try:
        while len(body) < MAX_ANSWER and (chunk := response.read1(min(CHUNK, MAX_ANSWER - len(body)))):
            body += chunk
    except (OSError, HTTPException):
        return body
    return body
