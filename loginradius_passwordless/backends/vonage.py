"""What texts and calls by Vonage have in common: two kinds of signatures, one for parameters and one for bodies."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from .adapters import VendorBackend, json_object, octets, same
from .base import NotFromProvider

# Seconds for which a signature is good, either way.
FRESH = 300

# In which a signature of parameters may be made, as the dashboard calls them: a bare hash, or an HMAC.
METHODS = ("md5hash", "md5", "sha1", "sha256", "sha512")

# Vonage bills in euros, whatever the account is topped up with. Voice API, Webhooks Reference.
CURRENCY = "EUR"


class VonageBackend(VendorBackend):
    """What both of Vonage's APIs need.

    Args:
        sender: the number to send from, with or without ``+``; for texts a name as well.
        signature_secret: what Vonage signs its reports with. Without it none are asked for.
        base_url: another region, such as ``https://api-us-1.nexmo.com`` for calls.
        timeout: seconds to wait for the connection and for each part of the answer.
    """

    vendor = "Vonage"

    def __init__(self, *, sender: str, signature_secret: str, base_url: str, timeout: float) -> None:
        super().__init__(base_url=base_url, timeout=timeout)
        self.sender, self.signature_secret = sender, signature_secret

    def report_address(self, report_url: str) -> str:
        """Return where Vonage may report; nothing where it could not reach it or we could not check the signature.

        The query is left out. What is in it would be among the signed parameters of a report by GET, is signed by
        nothing in one by POST, and makes the address longer than Vonage takes.
        """
        return report_url.partition("?")[0] if self.signature_secret and report_url.startswith("https://") else ""

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from super().problems()
        if not self.sender:
            yield "has no sender", "Give it the number, or for texts the name, that messages come from, as sender."


def bare(number: str) -> str:
    """Return a number as Vonage writes it, without ``+``; a name as it is."""
    return number.removeprefix("+")


def signature(parameters: Mapping[str, str], secret: str, method: str) -> str:
    """Return the signature of parameters, in lower case. Vonage, Signing Messages.

    Args:
        parameters: all but ``sig``, with a ``timestamp``.
        method: one of ``METHODS``.
    """
    plain = {name: value.replace("&", "_").replace("=", "_") for name, value in parameters.items()}
    text = octets("".join(f"&{name}={value}" for name, value in sorted(plain.items())))
    if method == "md5hash":  # Vonage's default, and no choice of ours
        return hashlib.md5(text + secret.encode(), usedforsecurity=False).hexdigest()
    return hmac.digest(secret.encode(), text, method).hex()


def check_parameters(parameters: Mapping[str, str], secret: str, method: str) -> None:
    """Raise ``NotFromProvider`` unless parameters are signed, and were just now."""
    if not secret:
        raise NotFromProvider("without a signature_secret nothing can be checked")
    if any("&" in name or "=" in name for name in parameters):  # it would be signed as two others are
        raise NotFromProvider("there is a name that Vonage does not use")
    unsigned = {name: value for name, value in parameters.items() if name != "sig"}
    given = parameters.get("sig", "").lower()
    if not same(given, signature(unsigned, secret, method)):
        raise NotFromProvider("the signature is wrong")
    moment = parameters.get("timestamp", "")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12 and _is_fresh(int(moment))):
        raise NotFromProvider("the signature is too old")


def check_body(authorization: str, body: bytes, secret: str) -> None:
    """Raise ``NotFromProvider`` unless a token says that Vonage sent this body just now. Vonage, Webhooks.

    Args:
        authorization: the header of that name: ``Bearer`` and a JSON Web Token, signed by HS256.
        body: JSON. Vonage hashes it as it is; its examples, as it is once more written without spaces.
    """
    if not secret:
        raise NotFromProvider("without a signature_secret nothing can be checked")
    head, _dot, given = authorization.partition(" ")[2].rpartition(".")
    header, _dot, payload = head.partition(".")
    # The expected text is compared and not what it decodes to: base64 has several spellings of the same bytes.
    expected = _base64(hmac.digest(secret.encode(), octets(head), "sha256"))
    if not same(given, expected) or _part(header).get("alg") != "HS256":
        raise NotFromProvider("the signature is wrong")
    claims = _part(payload)
    if not _is_fresh(claims.get("iat")) or _is_past(claims.get("exp")):
        raise NotFromProvider("the signature is too old")
    hashed = claims.get("payload_hash")
    if not isinstance(hashed, str) or not any(same(hashed.lower(), expected) for expected in _hashes(body)):
        raise NotFromProvider("the body is not what was signed")


def token(application_id: str, private_key: str) -> str:
    """Return a JSON Web Token with which an application may do one thing, within a minute. Vonage, JWT.

    Raises ``ValueError`` for a key that is none.
    """
    now = int(time.time())
    claims = {"application_id": application_id, "iat": now, "exp": now + 60, "jti": str(uuid.uuid4())}
    parts = [_base64(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
    head = ".".join(parts)
    return f"{head}.{_base64(_rsa_key(private_key).sign(head.encode(), PKCS1v15(), SHA256()))}"


def is_key(private_key: str) -> bool:
    """Whether a text is a private key that applications sign with."""
    try:
        _rsa_key(private_key)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4)
def _rsa_key(text: str) -> RSAPrivateKey:
    """Read a key in PEM, also where its lines were joined by ``\\n`` to fit into an environment variable."""
    try:
        key = load_pem_private_key(text.replace("\\n", "\n").encode(), password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("the key is encrypted, or of another kind") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the key is no RSA key")
    return key


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _part(text: str) -> dict[str, Any]:
    """Read a part of a token."""
    try:
        return json_object(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError as error:
        raise NotFromProvider("the token cannot be read") from error


def _hashes(body: bytes) -> list[str]:
    try:
        rewritten = json.dumps(json_object(body), separators=(",", ":"), ensure_ascii=False)
    except RecursionError as error:
        raise NotFromProvider("the body cannot be read") from error
    return [hashlib.sha256(one).hexdigest() for one in (body, octets(rewritten))]


def _is_fresh(moment: object) -> bool:
    now = time.time()
    return isinstance(moment, int | float) and now - FRESH <= moment <= now + FRESH


def _is_past(moment: object) -> bool:
    return moment is not None and not (isinstance(moment, int | float) and moment >= time.time())
