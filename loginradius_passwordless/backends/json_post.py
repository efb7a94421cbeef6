"""The generic HTTP exchange of the SMS and voice backends: one JSON object out, one back."""

import logging
from collections.abc import Iterable
from typing import ClassVar
from urllib.parse import urlsplit

import requests
from django.core.checks import CheckMessage, Error

from .base import Backend, DeliveryFailed, Receipt

logger = logging.getLogger(__name__)

# What says that this very message will never do. Keys, addresses and limits can be mended while it waits.
REFUSED = {400, 410, 422}


class JSONPostBackend(Backend):
    """Posts ``{"to", "text", "channel", "id"}`` and reads ``{"id"}``.

    Args:
        url: where to post.
        headers: sent along, for instance ``{"Authorization": "Bearer …"}``.
        timeout: seconds to wait for the connection and for each part of the answer.
    """

    channel: ClassVar[str]
    options_setting: ClassVar[str]

    def __init__(self, *, url: str = "", headers: dict[str, str] | None = None, timeout: float = 5) -> None:
        self.url, self.headers, self.timeout = url, headers or {}, timeout

    def post(self, to: str, text: str, reference: str, **more: str) -> Receipt:
        """Post one message, with what only its channel has; raise ``DeliveryFailed`` unless the provider took it.

        2xx means taken, also when the body is not the JSON we expect: many gateways answer a bare "OK", and
        repeating those would send the same person nine messages. Redirects are not followed: the body holds a
        code.
        """
        body = {"to": to, "text": text, "channel": self.channel, "id": reference, **more}
        try:
            answer = requests.post(
                self.url, json=body, headers=self.headers, timeout=self.timeout, allow_redirects=False
            )
        except requests.RequestException as error:
            raise DeliveryFailed(type(error).__name__, permanent=False) from error
        if not 200 <= answer.status_code < 300:
            raise DeliveryFailed(f"HTTP {answer.status_code}", permanent=answer.status_code in REFUSED)
        return Receipt(_id_in(answer))

    def check(self) -> Iterable[CheckMessage]:
        if urlsplit(self.url).scheme not in {"http", "https"}:
            yield Error(
                f"{self.options_setting} has no usable url.",
                hint=f'Set LOGINRADIUS_PASSWORDLESS["{self.options_setting}"] = {{"url": "https://…"}}.',
                id="loginradius_passwordless.E005",
            )


def _id_in(answer: requests.Response) -> str:
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("id"), str | int):
        logger.warning("The provider took a message but its answer names no id.")
        return ""
    return str(body["id"])
