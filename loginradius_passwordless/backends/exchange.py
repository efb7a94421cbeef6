"""One HTTP request to somebody else's server: bounded in time and size, without redirects, without surprises."""

import json
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from urllib3.exceptions import HTTPError, LocationParseError

from .bounded_requests import bounded_session
from .hushed import hushed

logger = logging.getLogger(__name__)

MAX_ANSWER = 64 * 1024
CHUNK = 8 * 1024
LONGEST_PAUSE = 86_400.0  # seconds

# What says that nothing was done. Other faults of a server may come before it was, or after.
NOTHING_DONE = (501, 503)


class NoAnswer(Exception):
    """The other side did not answer, or not in time.

    Args:
        reason: the name of the fault; nothing that was sent.
        may_have_happened: False when the request cannot have reached it.
    """

    def __init__(self, reason: str, *, may_have_happened: bool) -> None:
        super().__init__(reason)
        self.may_have_happened = may_have_happened


@dataclass(frozen=True)
class Answer:
    """What the other side answered; of a body that broke off, what came."""

    status: int
    headers: Any
    body: bytes

    @property
    def is_good(self) -> bool:
        """Whether the status says that it was done."""
        return 200 <= self.status < 300

    @property
    def is_doubtful(self) -> bool:
        """Whether nobody can tell if it was done: a fault of the server's, or a status that is no final one."""
        return self.status < 200 or (self.status >= 500 and self.status not in NOTHING_DONE)

    def json(self) -> dict[str, Any]:
        """Return the JSON object in the body; an empty one where there is something else."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, where the answer says so as seconds or as a date (RFC 9110, 10.2.3)."""
        text = self.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit() and len(text) < 7:
            return min(float(text), LONGEST_PAUSE)
        try:
            moment = parsedate_to_datetime(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            seconds = (moment - datetime.now(UTC)).total_seconds()
        except (ValueError, OverflowError):
            return None
        return min(max(0.0, seconds), LONGEST_PAUSE)


def exchange(method: str, url: str, *, timeout: float = 5, **request: Any) -> Answer:
    """Send one request and read the answer.

    Args:
        method: such as ``POST``.
        url: with http or https.
        timeout: seconds to wait for a connection, then for the headers of the answer, then for its body.
        request: as ``requests.request`` takes it: ``json``, ``data``, ``headers``, ``auth``.

    Raises ``NoAnswer``. A redirect is an answer like any other and is not followed: what is sent holds secrets.
    """
    session = bounded_session()
    if "@" not in url:  # else a .netrc of the machine would take the place of an Authorization header
        request.setdefault("auth", lambda prepared: prepared)
    try:
        with (
            hushed(),
            session,
            session.request(method, url, timeout=timeout, allow_redirects=False, stream=True, **request) as response,
        ):
            return Answer(response.status_code, response.headers, _body(response, timeout))
    except requests.RequestException as error:
        raise NoAnswer(type(error).__name__, may_have_happened=session.was_connected) from error
    except (LocationParseError, UnicodeError) as error:  # an address, or a header, that cannot be written
        raise NoAnswer(type(error).__name__, may_have_happened=False) from error


def _body(response: requests.Response, timeout: float) -> bytes:
    """Return the body, or as much of it as came: the status was read, and says what was done."""
    ends_at, body = time.monotonic() + timeout, b""
    try:
        while chunk := response.raw.read1(CHUNK, decode_content=True):  # what is there, not when CHUNK is full
            body += chunk
            if len(body) > MAX_ANSWER or time.monotonic() > ends_at:
                break
    except (requests.RequestException, HTTPError):
        logger.debug("An answer broke off after %s bytes.", len(body))
    return body[:MAX_ANSWER]
