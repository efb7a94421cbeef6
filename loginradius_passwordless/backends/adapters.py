"""What the adapters of all vendors do alike: ask, say what their options lack, and read what may hold anything."""

import hmac
import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.core.checks import CheckMessage, Error

from .base import Backend, DeliveryFailed, NotFromProvider
from .exchange import Answer, NoAnswer, exchange

LONGEST_TIMEOUT = 10  # seconds
TIMEOUT_HINT = "Give seconds, ten at most: a message is held for half a minute."


class VendorBackend(Backend):
    """A vendor with an address.

    Args:
        base_url: the scheme and host of the vendor's API.
        timeout: seconds to wait for the connection and for each part of the answer.
    """

    vendor: ClassVar[str]

    def __init__(self, *, base_url: str, timeout: float) -> None:
        self.base_url, self.timeout = base_url.rstrip("/"), timeout

    def ask(self, path: str, **request: Any) -> Answer:
        """Post to a path, with the arguments of ``exchange``. Raises ``DeliveryFailed`` where no answer came."""
        try:
            return exchange("POST", self.base_url + path, timeout=self.timeout, **request)
        except NoAnswer as error:
            raise DeliveryFailed(str(error), permanent=False, may_have_arrived=error.may_have_happened) from error

    def check(self) -> list[CheckMessage]:
        """Say which options are missing or contradict each other."""
        return [
            Error(f"The {self.vendor} backend {problem}.", hint=hint, id="loginradius_passwordless.E005")
            for problem, hint in self.problems()
        ]

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with the options, each with what to do about it."""
        if not self.base_url.startswith(("https://", "http://")):
            yield "has no usable base_url", "Leave it out, or give the https address of one of its regions."
        if not is_timeout(self.timeout):
            yield "has no usable timeout", TIMEOUT_HINT


def is_timeout(value: object) -> bool:
    """Tell whether this is a number of seconds that a provider may take while a message is held."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= LONGEST_TIMEOUT


def whole_number(value: object) -> int | None:
    """Return a number below a million that was sent as one or as its digits; nothing for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 <= value < 1_000_000 else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 6:
        return int(value)
    return None


def amount(value: object) -> Decimal | None:
    """Return a price, whatever its sign: Twilio writes what it takes as negative. Nothing for anything else."""
    if not isinstance(value, str) or len(value) > 30:
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return abs(found) if found.is_finite() else None


def short_text(value: object) -> str:
    """Return a text that can be an id, a state or a currency; an empty one for anything else."""
    return value if isinstance(value, str) and len(value) <= 100 and value.isprintable() else ""


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in the body of a callback. Raises ``NotFromProvider`` where there is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotFromProvider("the body cannot be read") from error
    if not isinstance(found, dict):
        raise NotFromProvider("the body is no object")
    return found


def octets(text: str) -> bytes:
    """Return the octets of any text, also of one with half a character, as JSON may hold it."""
    return text.encode(errors="surrogatepass")


def same(given: str, expected: str) -> bool:
    """Compare two signatures in a time that tells nothing of them."""
    return hmac.compare_digest(octets(given), octets(expected))
