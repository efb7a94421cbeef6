"""Speaks texts by Vonage's Voice API, and reads what it reports of them."""

import re
from collections.abc import Iterator
from typing import Any, Literal

from ..adapters import amount, json_object, short_text
from ..base import BaseVoiceBackend, Call, Callback, DeliveryFailed, NotFromProvider, Receipt, Report
from ..exchange import Answer
from ..languages import closest
from ..vonage import CURRENCY, VonageBackend, bare, check_body, is_key, token

# Vonage, Text to Speech, Supported Languages; of each language the usual one first.
LANGUAGES = (
    "af-ZA", "ar", "bn-IN", "ca-ES", "cmn-CN", "cmn-TW", "cs-CZ", "cy-GB", "da-DK", "de-DE", "el-GR", "en-US", "en-AU",
    "en-GB", "en-IN", "en-ZA", "es-ES", "es-MX", "es-US", "eu-ES", "fi-FI", "fil-PH", "fr-FR", "fr-CA", "he-IL",
    "hi-IN", "hu-HU", "id-ID", "is-IS", "it-IT", "ja-JP", "ko-KR", "ml-IN", "nb-NO", "nl-NL", "no-NO", "pl-PL",
    "pt-PT", "pt-BR", "ro-RO", "ru-RU", "sk-SK", "sv-SE", "ta-IN", "te-IN", "th-TH", "tr-TR", "uk-UA", "vi-VN",
    "yue-CN",
)  # fmt: skip

# Why a call was not made, by the last word of the problem's type. Vonage, API Errors. All of it is about the account
# or the request, so that another provider may call; only of a number that is none, nobody can make one.
REFUSED: dict[str, str] = {
    "account-suspended": "the account is suspended",
    "forbidden": "the account may not call this number",
    "internal-error": "Vonage had a fault of its own",
    "invalid-api-key": "there is no such account",
    "invalid-json": "the request is invalid",
    "invalid-params": "a parameter is invalid",
    "invalid-signature": "the signature is wrong",
    "jwt-expired": "the token is too old: is the clock right?",
    "jwt-revoked": "the key was revoked",
    "low-balance": "the account has run out of credit",
    "not-found": "there is no such application",
    "rate-limit": "too many calls at once",
    "throttled": "too many calls at once",
    "unauthorized": "the credentials are wrong",
    "unprovisioned": "the account may not use this API",
}
NO_NUMBER = "the number does not exist"

# Why nobody was reached. Vonage, Voice API Webhooks Reference.
UNREACHED: dict[str, str] = {
    "cannot_route": "there is no route to the number",
    "carrier_timeout": "the carrier did not answer",
    "declined": "the call was declined",
    "internal_error": "Vonage had a fault of its own",
    "invalid_number": NO_NUMBER,
    "number_out_of_service": "the number is out of service",
    "restricted": "the carrier refused the call",
    "timeout": "nobody answered",
    "unavailable": "the phone cannot be reached now",
}

# What becomes of a call. It is delivered when somebody has listened to its end.
STATES: dict[str, Literal["sent", "delivered", "failed"]] = {
    "started": "sent",
    "ringing": "sent",
    "answered": "sent",
    "completed": "delivered",
    "busy": "failed",
    "cancelled": "failed",
    "failed": "failed",
    "rejected": "failed",
    "timeout": "failed",
    "unanswered": "failed",
}


class VoiceBackend(VonageBackend, BaseVoiceBackend):
    """Calls by Vonage.

    Args:
        application_id: the application, with the capability Voice.
        private_key: its key, in PEM.
        styles: the number of a voice, by language: ``{"de-DE": 1}``. Vonage has samples of all, and does not tell
            which are women's and which are men's. Where nothing is said it is the first, 0.
        premium: whether to take the voices that cost more, where a style has one.
    """

    def __init__(
        self,
        *,
        application_id: str = "",
        private_key: str = "",
        signature_secret: str = "",
        sender: str = "",
        styles: dict[str, int] | None = None,
        premium: bool = False,
        base_url: str = "https://api.nexmo.com",
        timeout: float = 5,
    ) -> None:
        super().__init__(sender=sender, signature_secret=signature_secret, base_url=base_url, timeout=timeout)
        self.application_id, self.private_key = application_id, private_key
        self.styles, self.premium = styles or {}, premium

    def call(self, call: Call) -> Receipt:
        body: dict[str, Any] = {
            "to": [{"type": "phone", "number": bare(call.to)}],
            "from": {"type": "phone", "number": bare(call.sender or self.sender)},
            "ncco": [self._talk(call)],
        }
        if address := self.report_address(call.report_url):
            body |= {"event_url": [address], "event_method": "POST"}
        headers = {"Authorization": f"Bearer {self._token()}"}
        answer = self.ask("/v1/calls", json=body, headers=headers)
        if not answer.is_good:
            raise _refused(answer)
        return Receipt(short_text(answer.json().get("uuid")))

    def read(self, callback: Callback) -> list[Report]:
        """Return what an event says of a call. Events hold no reference of ours, and their address is not signed."""
        check_body(callback.headers.get("Authorization", ""), callback.body, self.signature_secret)
        event = json_object(callback.body)
        status, call = short_text(event.get("status")), short_text(event.get("uuid"))
        state = STATES.get(status)
        if state is None:
            return []
        if not call:
            raise NotFromProvider("there is no uuid")
        error = UNREACHED.get(short_text(event.get("detail")), status) if state == "failed" else ""
        price = amount(event.get("price"))
        receipt = Receipt(call, price=price, currency=CURRENCY) if price is not None else Receipt()
        return [Report(state, id=call, error=error, receipt=receipt)]

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from super().problems()
        if not self.application_id:
            yield "has no application_id", "Give it the id of an application with the capability Voice."
        if not is_key(self.private_key):
            yield "has no usable private_key", "Give it the text of the application's private key, in PEM."

    def _talk(self, call: Call) -> dict[str, Any]:
        """Return what Vonage is to say; a language that it does not list is left to it."""
        language = closest(call.language, LANGUAGES) or call.language
        style = self.styles.get(closest(language, self.styles), 0)
        talk: dict[str, Any] = {"action": "talk", "text": call.spoken, "language": language, "style": style}
        return {**talk, "premium": True} if self.premium else talk

    def _token(self) -> str:
        try:
            return token(self.application_id, self.private_key)
        except ValueError as error:
            raise DeliveryFailed("the private key cannot be read", permanent=False) from error


def _refused(answer: Answer) -> DeliveryFailed:
    """Say why Vonage did not call; its own texts are left out: they quote what was asked."""
    found = answer.json()
    problem = re.split("[#:]", short_text(found.get("type")))[-1].lower()
    reason = f"Vonage {problem}: {REFUSED[problem]}" if problem in REFUSED else f"HTTP {answer.status}"
    if permanent := _blames_number(found.get("invalid_parameters")):
        reason = NO_NUMBER
    is_doubtful = answer.is_doubtful and not permanent and problem not in REFUSED
    return DeliveryFailed(reason, permanent=permanent, may_have_arrived=is_doubtful, retry_after=answer.retry_after)


def _blames_number(invalid: object) -> bool:
    """Whether the number is what is wrong with a request, and nothing else is."""
    names = [one.get("name") for one in invalid if isinstance(one, dict)] if isinstance(invalid, list) else []
    return bool(names) and all(isinstance(name, str) and re.match(r"to\b", name) for name in names)
