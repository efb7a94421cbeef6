"""Sends texts by Vonage's SMS API, and reads what it reports of them."""

import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal

from ...catalog import segments
from ..adapters import amount, json_object, short_text, whole_number
from ..base import SMS, BaseSMSBackend, Callback, DeliveryFailed, NotFromProvider, Receipt, Report
from ..exchange import Answer
from ..vonage import CURRENCY, METHODS, VonageBackend, bare, check_parameters, signature

# What Vonage takes as a reference, and as an address for reports. A longer address costs the reports, not the text.
LONGEST = 100

# The status of a part that was taken. The HTTP status is 200 in any case.
TAKEN = "0"

# What nobody can deliver. Vonage, API Errors, SMS API.
FINAL: dict[str, str] = {
    "7": "the number is barred",  # its owner wants no messages, or nobody should send it any
    "33": "the number is no longer in use",
}

# What another provider, another sender or a later try may deliver.
FOR_NOW: dict[str, str] = {
    "1": "too many messages at once",
    "2": "a parameter is missing",  # ours to mend
    "3": "a parameter is invalid",  # Vonage does not say which: the sender as likely as the number
    "4": "the credentials are wrong",  # ours to mend
    "5": "Vonage had a fault of its own",
    "6": "Vonage has no route to the number",  # another may know its prefix
    "8": "the account is barred",
    "9": "the account has run out of credit",
    "10": "too many connections at once",
    "11": "the account may not use this API",
    "12": "the text is too long",  # the limit is Vonage's
    "13": "Vonage could not submit it",
    "14": "the signature is wrong",  # ours to mend
    "15": "the sender is not allowed there",  # another provider has another sender
    "16": "the lifetime is invalid",  # ours to mend
    "19": "the account lacks a facility",
    "20": "the message class is invalid",  # ours to mend
    "22": "the network code is invalid",  # ours to mend
    "23": "the report address is invalid",  # ours to mend
    "29": "a trial account sends to listed numbers only",  # ours to mend
    "32": "both a secret and a signature were sent",  # ours to mend
}

# Why a message was not delivered. Vonage, SMS Delivery Error Codes.
UNDELIVERED: dict[str, str] = {
    "1": "nobody knows why",
    "2": "the phone cannot be reached now",
    "3": "the number is no longer in use",
    "4": "the owner barred messages",
    "5": "the number was ported, and not everybody knows",
    "6": "the carrier takes it for spam",
    "7": "the phone is busy",
    "8": "the network failed",
    "9": "the owner wants no messages of this service",
    "10": "the message is invalid",
    "11": "Vonage has no route to the number",
    "12": "there is no route to the number",
    "13": "the owner is too young",
    "14": "the carrier blocks the number",
    "15": "the owner's credit is used up",
    "99": "a general fault",
}

STATES: dict[str, Literal["sent", "delivered", "failed"]] = {
    "accepted": "sent",
    "buffered": "sent",
    "delivered": "delivered",
    "expired": "failed",
    "failed": "failed",
    "rejected": "failed",
}


class SMSBackend(VonageBackend, BaseSMSBackend):
    """Texts by Vonage.

    Args:
        api_key: the account.
        api_secret: signs in. Where there is none, requests are signed with ``signature_secret``.
        signature_method: how the dashboard says that messages are signed: ``md5hash``, its default, or an HMAC by
            ``md5``, ``sha1``, ``sha256`` or ``sha512``.
    """

    def __init__(
        self,
        *,
        api_key: str = "",
        api_secret: str = "",
        signature_secret: str = "",
        signature_method: str = "md5hash",
        sender: str = "",
        base_url: str = "https://rest.nexmo.com",
        timeout: float = 5,
    ) -> None:
        super().__init__(sender=sender, signature_secret=signature_secret, base_url=base_url, timeout=timeout)
        self.api_key, self.api_secret, self.signature_method = api_key, api_secret, signature_method

    def send(self, sms: SMS) -> Receipt:
        address = self.report_address(sms.report_url)
        fields = {
            "from": bare(sms.sender or self.sender),
            "to": bare(sms.to),
            "text": sms.text,
            "type": "unicode" if segments(sms.text).foreign else "text",
            "client-ref": sms.reference[:LONGEST],
            "callback": address if len(address) <= LONGEST else "",
            "entity-id": sms.entity_id,
            "content-id": sms.template_id,
        }
        fields = self._with_key({name: value for name, value in fields.items() if value})
        return _receipt(self.ask("/sms/json", data=fields))

    def read(self, callback: Callback) -> list[Report]:
        fields = _parameters(callback)
        check_parameters(fields, self.signature_secret, self.signature_method)
        message, state = short_text(fields.get("messageId")), STATES.get(fields.get("status", ""))
        if not message:
            raise NotFromProvider("there is no messageId")
        if state is None:
            return []
        code = short_text(fields.get("err-code"))[:3] or "?"
        error = f"Vonage {code}: {UNDELIVERED.get(code, fields['status'])}" if state == "failed" else ""
        return [Report(state, id=message, reference=short_text(fields.get("client-ref")), error=error)]

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from super().problems()
        if not self.api_key or not (self.api_secret or self.signature_secret):
            yield "cannot sign in", "Give it api_key, and api_secret or signature_secret, as the dashboard shows them."
        if self.signature_method not in METHODS:
            yield f"knows no signature_method {self.signature_method!r}", f"It is one of {', '.join(METHODS)}."

    def _with_key(self, fields: dict[str, str]) -> dict[str, str]:
        if self.api_secret:
            return {**fields, "api_key": self.api_key, "api_secret": self.api_secret}
        signed = {**fields, "api_key": self.api_key, "timestamp": str(int(time.time()))}
        return {**signed, "sig": signature(signed, self.signature_secret, self.signature_method)}


def _receipt(answer: Answer) -> Receipt:
    """Return what Vonage says of the parts of a text. Raises ``DeliveryFailed`` unless it took them all."""
    if not answer.is_good:
        raise DeliveryFailed(
            f"HTTP {answer.status}",
            permanent=False,
            may_have_arrived=answer.is_doubtful,
            retry_after=answer.retry_after,
        )
    parts = _parts(answer)
    refused = [status for status, _part in parts if status != TAKEN]
    if not refused:
        prices = [price for _status, part in parts if (price := amount(part.get("message-price"))) is not None]
        price = sum(prices, Decimal()) if len(prices) == len(parts) else None
        count = whole_number(answer.json().get("message-count")) or len(parts)
        return Receipt(short_text(parts[0][1].get("message-id")), count, price, CURRENCY if price is not None else "")
    meaning = FINAL.get(refused[0]) or FOR_NOW.get(refused[0], "refused")
    raise DeliveryFailed(
        f"Vonage {refused[0]}: {meaning}",
        permanent=refused[0] in FINAL,
        may_have_arrived=len(refused) < len(parts),  # half a text may well hold the whole code
        retry_after=answer.retry_after,
    )


def _parts(answer: Answer) -> list[tuple[str, dict[str, Any]]]:
    """Return the parts of a text, each with its status.

    Raises ``DeliveryFailed`` where they cannot be read: a 200 says nothing, the text may be on its way or not.
    """
    parts = answer.json().get("messages")
    found = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    statuses = [whole_number(part.get("status")) for part in found]
    if not found or None in statuses or not isinstance(parts, list) or len(found) != len(parts):
        raise DeliveryFailed("the answer cannot be read", permanent=False, may_have_arrived=True)
    return [(str(status), part) for status, part in zip(statuses, found, strict=True)]


def _parameters(callback: Callback) -> Mapping[str, str]:
    """Return what a report says: it comes as the account says, by GET, as a form, or as JSON."""
    if callback.method == "GET":
        return callback.query
    if callback.form:
        return callback.form
    found = {name: str(value) if type(value) is int else value for name, value in json_object(callback.body).items()}
    if not all(isinstance(value, str) for value in found.values()):
        raise NotFromProvider("a parameter is no text")
    return found
