"""What texts and calls by Twilio have in common: the account, how a request is refused, how a callback is signed."""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from .adapters import VendorBackend, json_object, octets, same, short_text, whole_number
from .base import Callback, DeliveryFailed, NotFromProvider
from .exchange import Answer

API = "/2010-04-01/Accounts"
PORTS = {"https": 443, "http": 80}

# A 201 that holds one of these was not taken after all.
NOT_TAKEN = {"failed", "undelivered", "canceled"}

FAULT = 20500  # which says as little as a status whether it was taken

# What stops the whole account, or everybody at Twilio, stops no other provider. Twilio, Error and Warning Dictionary.
ACCOUNT: dict[int, str] = {
    10001: "the account is not active",
    10002: "a trial account cannot do this",
    20003: "the credentials are wrong or may not do this",
    20005: "the account is not active",
    20006: "access was denied",
    20008: "these are test credentials",
    20010: "this is disabled for the account",
    20403: "access was forbidden",
    20404: "there is no such account, number or service",
    20429: "too many requests at once",
    FAULT: "Twilio had a fault of its own",
    21603: "there is no sender",
    30001: "the queue is full",
    30002: "the account is suspended",
}


class TwilioBackend(VendorBackend):
    """The account and its keys.

    Args:
        account_sid: the account, ``AC…``.
        auth_token: signs in, and is what Twilio signs its callbacks with. Without it no reports are asked for.
        api_key, api_secret: a key ``SK…`` of the account, which then signs in instead of the token.
        sender: the number to send from, in E.164; for texts a name as well.
        base_url: another edge or region, such as ``https://api.dublin.ie1.twilio.com``.
        timeout: seconds to wait for the connection and for each part of the answer.
    """

    vendor = "Twilio"

    # What nobody can deliver, and what another provider or a later try may; by Twilio's code, with a word for staff.
    final: ClassVar[Mapping[int, str]]
    for_now: ClassVar[Mapping[int, str]]

    def __init__(
        self,
        *,
        account_sid: str = "",
        auth_token: str = "",
        api_key: str = "",
        api_secret: str = "",
        sender: str = "",
        base_url: str = "https://api.twilio.com",
        timeout: float = 5,
    ) -> None:
        super().__init__(base_url=base_url, timeout=timeout)
        self.account_sid, self.auth_token = account_sid, auth_token
        self.api_key, self.api_secret, self.sender = api_key, api_secret, sender

    def post(self, resource: str, fields: Mapping[str, str], report_url: str) -> dict[str, Any]:
        """Create a resource of the account and return what Twilio says of it; nothing where that cannot be read.

        Args:
            resource: such as ``Messages``.
            fields: its parameters.
            report_url: where Twilio may report; it takes no address that it could not reach, such as localhost.

        Raises ``DeliveryFailed``. A 2xx with half a body was taken: Twilio says with the status whether it does.
        """
        if report_url.startswith("https://") and self.auth_token:
            fields = {**fields, "StatusCallback": report_url, "StatusCallbackMethod": "POST"}
        answer = self.ask(
            f"{API}/{quote(self.account_sid, safe='')}/{resource}.json",
            data=fields,
            auth=(self.api_key, self.api_secret) if self.api_key else (self.account_sid, self.auth_token),
        )
        found = answer.json()
        if not answer.is_good:
            raise self._refused(answer, found.get("code"))
        if short_text(found.get("status")) in NOT_TAKEN:
            raise self._refused(answer, found.get("error_code"))
        return found

    def reason(self, code: object) -> str:
        """Return a code of Twilio's with a word for staff; its own texts are left out: they quote the number."""
        number = whole_number(code)
        if number is None:
            return ""
        meaning = self.final.get(number) or self.for_now.get(number) or ACCOUNT.get(number)
        return f"Twilio {number}: {meaning}" if meaning else f"Twilio {number}"

    def verified(self, callback: Callback) -> Mapping[str, Any]:
        """Return the parameters of a callback.

        Raises ``NotFromProvider`` unless it is signed with the token of the account. Twilio, Webhooks Security: the
        address with all parameters of the form, in order; or the address alone where it holds the hash of a body
        that is JSON.
        """
        if not self.auth_token:
            raise NotFromProvider("without an auth_token nothing can be checked")
        hashed = callback.query.get("bodySHA256", "")
        signed = "" if hashed else "".join(name + callback.form[name] for name in sorted(callback.form))
        given = callback.headers.get("X-Twilio-Signature", "")
        if not any(same(given, self._signature(url + signed)) for url in _spellings(callback.url)):
            raise NotFromProvider("the signature is wrong")
        if not hashed:
            return callback.form
        if not same(hashed, hashlib.sha256(callback.body).hexdigest()):
            raise NotFromProvider("the body is not what was signed")
        return json_object(callback.body)

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from super().problems()
        if not self.account_sid.startswith("AC"):
            yield "has no usable account_sid", 'Give it OPTIONS: {"account_sid": "AC…"}, as the console shows it.'
        if bool(self.api_key) != bool(self.api_secret):
            yield "has half a key", "Give it both api_key (SK…) and api_secret, or neither."
        if not self.auth_token and not self.api_key:
            yield "cannot sign in", "Give it the auth_token of the account, or api_key and api_secret."

    def _refused(self, answer: Answer, code: object) -> DeliveryFailed:
        reason = self.reason(code) or f"HTTP {answer.status}"
        number = whole_number(code)
        return DeliveryFailed(
            reason,
            permanent=number in self.final,
            may_have_arrived=answer.is_doubtful and number in {None, FAULT},
            retry_after=answer.retry_after,
        )

    def _signature(self, text: str) -> str:
        digest = hmac.digest(self.auth_token.encode(), octets(text), "sha1")
        return base64.b64encode(digest).decode()


def id_in(fields: Mapping[str, Any], name: str) -> str:
    """Return the id in a callback's parameters. Raises ``NotFromProvider`` where there is none."""
    if found := short_text(fields.get(name)):
        return found
    raise NotFromProvider(f"there is no {name}")


def _spellings(url: str) -> list[str]:
    """Return an address as it is, and without and with its port: Twilio's own libraries try both as well."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise NotFromProvider("the address cannot be read") from error
    host = f"[{host}]" if ":" in host else host
    return [url, parts._replace(netloc=host).geturl(), parts._replace(netloc=f"{host}:{port}").geturl()]
