"""What the generic SMS and voice backends share: one HTTP request as the site describes it, and its answer."""

import json
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.core.checks import CheckMessage, Error

from .base import SMS, Backend, Call, DeliveryFailed, Receipt
from .exchange import Answer, NoAnswer, exchange
from .filling import facts_of, fill, fill_all, percent_encoded
from .templated_options import problems

logger = logging.getLogger(__name__)

# What says that this very message will never do. Keys, addresses and limits can be mended while it waits.
REFUSED = (400, 410, 422)

# A provider's error code. Its prose is left out of reasons: that quotes the number or the text.
CODE = re.compile(r"[A-Za-z0-9_.:-]{1,40}", re.ASCII)
LONG_NUMBER = re.compile(r"\d{5,}")


class TemplatedHTTPBackend(Backend):
    """Sends what the site describes; with ``url`` alone it posts ``usual_body`` as JSON and reads ``{"id"}``.

    Args:
        url: where to send, with placeholders such as ``{to}`` in its path and query, which are percent-encoded.
        method: ``POST``, ``PUT``, or ``GET``, which has no body.
        headers: sent along, for instance ``{"Authorization": "Bearer …"}``; with ``{reference}`` and ``{kind}``.
        body: a dict whose texts have placeholders, on any level; the usual one where it is None.
        encoding: of the body, ``json`` or ``form``.
        auth: user and password for HTTP's basic authentication.
        sender: what ``{sender}`` stands for where the route names nobody.
        id_path: where the answer names its id, such as ``messages.0.id``.
        ok: for gateways that answer 200 with an error: ``{"path": "status", "values": ["0", "ok"]}``.
        error_path: where a refusal says why; the path of ``ok`` where it is empty.
        permanent: statuses (numbers) and errors (texts) for which no retry and no other provider can help.
        timeout: seconds to wait for the connection and for each part of the answer.
    """

    channel: ClassVar[str]
    message: ClassVar[type[SMS] | type[Call]]
    usual_body: ClassVar[dict[str, Any]]

    def __init__(
        self,
        *,
        url: str = "",
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        body: dict[str, Any] | None = None,
        encoding: str = "json",
        auth: Sequence[str] | None = None,
        sender: str = "",
        id_path: str = "id",
        ok: Mapping[str, Any] | None = None,
        error_path: str = "",
        permanent: Sequence[int | str] = REFUSED,
        timeout: float = 5,
    ) -> None:
        self.url, self.method, self.headers, self.auth, self.timeout = url, method, headers or {}, auth, timeout
        self.body, self.encoding, self.sender = body, encoding, sender
        self.id_path, self.ok, self.error_path, self.permanent = id_path, ok, error_path, permanent

    def hand_over(self, message: SMS | Call) -> Receipt:
        """Send one message. Raises ``DeliveryFailed`` unless the provider took it.

        2xx means taken, also when the body is not the JSON we expect: many gateways answer a bare "OK", and
        repeating those would send the same person nine messages. Where ``ok`` is given, the body decides.
        Redirects are not followed: the body holds a code.
        """
        facts = facts_of(message, self.channel, self.sender)
        try:
            answer = exchange(self.method, fill(self.url, facts, percent_encoded), **self._request(facts))
        except NoAnswer as error:
            raise DeliveryFailed(str(error), permanent=False, may_have_arrived=error.may_have_happened) from error
        found = _parsed(answer)
        if not answer.is_good or self.ok:
            self._insist_on_taken(answer, found, facts)
        return Receipt(self._id_in(found))

    def check(self) -> Iterable[CheckMessage]:
        for problem, hint in problems(self, self.message):
            yield Error(f"The HTTP backend has no usable {problem}.", hint=hint, id="loginradius_passwordless.E005")

    def _request(self, facts: Mapping[str, str]) -> dict[str, Any]:
        headers = {name: fill(value, facts, percent_encoded) for name, value in self.headers.items()}
        request: dict[str, Any] = {"headers": headers, "timeout": self.timeout}
        if self.auth:
            request["auth"] = tuple(part.encode() for part in self.auth)
        if self.method != "GET":
            body = self.usual_body if self.body is None else self.body
            request["json" if self.encoding == "json" else "data"] = fill_all(body, facts)
        return request

    def _insist_on_taken(self, answer: Answer, found: Any, facts: Mapping[str, str]) -> None:
        """Raise ``DeliveryFailed`` unless the status and, where the site says how, the body tell of success."""
        said = _at(found, self.ok["path"]) if self.ok else None
        error = _at(found, self.error_path) if self.error_path else said
        if answer.is_good and self.ok:
            if said in self.ok["values"]:
                return
            if said is None and error is None:
                reason = f"HTTP {answer.status} does not say whether it was taken"
                raise DeliveryFailed(reason, permanent=False, may_have_arrived=True)
        permanent = answer.status in self.permanent or error in self.permanent
        raise DeliveryFailed(
            f"HTTP {answer.status}{_quotable(error, facts)}",
            permanent=permanent,
            may_have_arrived=answer.is_doubtful and not permanent,
            retry_after=answer.retry_after,
        )

    def _id_in(self, found: Any) -> str:
        told = _at(found, self.id_path)
        if told is None:
            logger.warning("The provider took a message but its answer names no id.")
        return told or ""


def _parsed(answer: Answer) -> Any:
    """Return the JSON of the body, of any shape; None where there is none."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def _at(found: Any, path: str) -> str | None:
    """Return what is at a path such as ``messages.0.id``, as text; None where nothing is that a database keeps."""
    for part in path.split("."):
        if isinstance(found, dict):
            found = found.get(part)
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    if isinstance(found, bool):
        return str(found).lower()  # as JSON spells it
    text = str(found) if isinstance(found, str | int | float) else ""
    return text if text and text.isprintable() else None


def _quotable(error: str | None, facts: Mapping[str, str]) -> str:
    """Return an error for the reason; nothing of what is no code, or might be the code that was sent."""
    if not error or not CODE.fullmatch(error) or LONG_NUMBER.search(error) or error in facts["text"]:
        return ""
    return f": {error}"
