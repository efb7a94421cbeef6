"""What the tests of vendors' adapters need: a server that misbehaves as no library lets it, and callbacks."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

from django.utils.datastructures import CaseInsensitiveMapping

from loginradius_passwordless.backends import SMS, Call
from loginradius_passwordless.backends.base import Callback

TO = "+14155550123"
CODE = "493817"
TEXT = f"Your code is {CODE}. Give it to nobody."
SPOKEN = "Your code is 4, 9, 3, 8, 1, 7."
REFERENCE = "0b9f2c1e-7d54-4c7a-9b61-2f3a4c5d6e7f"
PUBLIC = "https://shop.example/delivery/sms/here/"
REPORT_URL = f"{PUBLIC}?message={REFERENCE}"
SECRETS = ("4155550123", CODE, SPOKEN, "the token of the account", "the secret of the key", "what they sign with")

# Bodies that no adapter has to understand, and that none may stumble over.
ODD_BODIES = ["", "null", "[]", "7", '"sid"', "{", "\xff", '{"sid": null}', "[" * 100_000, "<html>Bad Gateway</html>"]


def a_text(text: str = TEXT, **other: str) -> SMS:
    return SMS(**{"to": TO, "text": text, "reference": REFERENCE, "report_url": REPORT_URL, **other})


def a_call(spoken: str = SPOKEN, **other: str) -> Call:
    facts = {"to": TO, "text": TEXT, "spoken": spoken, "reference": REFERENCE, "report_url": REPORT_URL, **other}
    return Call(**facts)


def a_callback(
    url: str = REPORT_URL,
    form: dict[str, str] | None = None,
    body: bytes = b"",
    method: str = "POST",
    **headers: str,
) -> Callback:
    """A request as the view hands it over; of header names, ``_`` stands for ``-``."""
    query = dict(parse_qsl(urlsplit(url).query))
    named = CaseInsensitiveMapping({name.replace("_", "-"): value for name, value in headers.items()})
    return Callback(method, url, query, form or {}, named, body)


@contextmanager
def a_server_that_sends(answer: bytes) -> Iterator[str]:
    """Answer one request with these bytes, and hang up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _address = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(timeout=5)


@contextmanager
def a_server_that_says_nothing() -> Iterator[str]:
    """Take every connection, and never read from it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def an_address_where_nobody_listens() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"
