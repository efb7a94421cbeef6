"""What Amazon SNS posts to this site: whether it is from the site's own topic, and what it says.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import json
import logging
import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import Certificate, load_pem_x509_certificate

from .base import NotFromProvider
from .exchange import NoAnswer, exchange

logger = logging.getLogger(__name__)

TOPIC = re.compile(r"arn:(?P<partition>aws[a-z-]*):sns:(?P<region>[a-z0-9-]{3,}):\d{12}:[A-Za-z0-9_-]{1,256}", re.ASCII)
CERTIFICATE = re.compile(r"[A-Za-z0-9_-]{1,100}\.pem", re.ASCII)

# What is signed, by the type of message and in this order; a notification may be without a subject.
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
# Version 1 is what a topic has until somebody sets it to 2: a second preimage is needed to forge, and SHA-1 has none.
HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303
TOO_MANY = 429  # HTTP
# SNS tries for an hour at most, and a copy of what is younger says what is known already.
OLDEST, YOUNGEST = timedelta(hours=1), timedelta(minutes=-5)


def receive(body: bytes, topic: str, *, timeout: float) -> str:
    """Return the message of a notification; nothing where it is about the subscription, which is confirmed here.

    Args:
        body: as it was posted.
        topic: the ARN of the only topic that is listened to.
        timeout: seconds to wait for the certificate, and for the confirmation.

    Raises ``NotFromProvider``, and ``NoAnswer`` where the certificate cannot be had now: SNS posts again.
    """
    fields = _fields(body)
    if fields.get("TopicArn") != topic:
        raise NotFromProvider("it is not of the topic")
    kind = fields.get("Type", "")
    if kind not in SIGNED:
        raise NotFromProvider("it is of no known type")
    _insist_on_age(fields.get("Timestamp", ""))
    _insist_on_signature(fields, SIGNED[kind], timeout)
    if kind == "Notification":
        return fields["Message"]
    if kind == "SubscriptionConfirmation":
        _confirm(fields["SubscribeURL"], topic, timeout)
    else:
        logger.warning("The subscription to the topic of delivery reports was ended.")
    return ""


def _fields(body: bytes) -> dict[str, str]:
    """Return the texts of the JSON object in the body."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotFromProvider("it is no JSON") from error
    if not isinstance(found, dict):
        raise NotFromProvider("it is no JSON object")
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _insist_on_age(timestamp: str) -> None:
    try:
        age = datetime.now(UTC) - datetime.fromisoformat(timestamp)
    except (ValueError, TypeError, OverflowError) as error:  # no moment, none with a time zone, none of this age
        raise NotFromProvider("it has no time") from error
    if not YOUNGEST <= age <= OLDEST:
        raise NotFromProvider("it is too old, or from the future")


def _insist_on_signature(fields: dict[str, str], names: tuple[str, ...], timeout: float) -> None:
    if missing := {*names, "Signature", "SigningCertURL"} - {*fields, "Subject"}:
        raise NotFromProvider(f"it has no {', '.join(sorted(missing))}")
    if (algorithm := HASHES.get(fields.get("SignatureVersion", ""))) is None:
        raise NotFromProvider("its signature is of no known version")
    signed = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
    # Compared as text and not taken apart: what two readers of addresses read apart cannot slip in.
    home, url = _home_of(fields["TopicArn"]), fields["SigningCertURL"]
    if not url.startswith(home) or not CERTIFICATE.fullmatch(url.removeprefix(home)):
        raise NotFromProvider("its certificate is elsewhere")
    certificate = _certificate(url, timeout)
    key = certificate.public_key()
    if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
        raise NotFromProvider("its certificate is not valid now")
    try:
        if not isinstance(key, RSAPublicKey):
            raise NotFromProvider("its certificate has another kind of key")
        key.verify(b64decode(fields["Signature"], validate=True), signed.encode(), PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError) as error:
        raise NotFromProvider("its signature is wrong") from error


def _home_of(topic: str) -> str:
    """Return where SNS keeps what belongs to a topic: on its host in the topic's region."""
    arn = TOPIC.fullmatch(topic)
    if arn is None:
        raise NotFromProvider("the topic is none")
    return f"https://sns.{arn['region']}.amazonaws.com{'.cn' if arn['partition'] == 'aws-cn' else ''}/"


@lru_cache(maxsize=8)
def _certificate(url: str, timeout: float) -> Certificate:
    """Fetch a certificate. Only what could be had is kept, so that nobody fills this with inventions."""
    answer = exchange("GET", url, timeout=timeout)
    try:
        if answer.is_good:
            return load_pem_x509_certificate(answer.body)
    except ValueError as error:
        raise NotFromProvider("its certificate cannot be read") from error
    if answer.status >= 500 or answer.status == TOO_MANY:
        raise NoAnswer(f"HTTP {answer.status}", may_have_happened=True)
    raise NotFromProvider("its certificate is not there")


def _confirm(url: str, topic: str, timeout: float) -> None:
    """Confirm the subscription of this site; where that fails, somebody has to ask for it once more."""
    start = f"{_home_of(topic)}?"
    asked = parse_qs(url.removeprefix(start))
    if not url.startswith(start) or asked.get("Action") != ["ConfirmSubscription"] or asked.get("TopicArn") != [topic]:
        raise NotFromProvider("it confirms something else")
    try:
        status = str(exchange("GET", url, timeout=timeout).status)
    except NoAnswer as error:
        status = str(error)
    logger.warning("The subscription to the topic of delivery reports was answered: %s.", status)
