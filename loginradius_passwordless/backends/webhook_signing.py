"""Signs webhooks in two ways at once: a receiver checks the one that it knows.

*Standard Webhooks* (https://www.standardwebhooks.com) signs identifier, time and body with a secret of this webhook:
what was copied on the way cannot be sent again later, or changed. *LoginRadius* signs the body alone with the
application's API secret, so that a receiver written for it goes on working; its signature holds for ever, and tells no
repeat.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime

from django.views.decorators.debug import sensitive_variables
from standardwebhooks import Webhook

PREFIX = "whsec_"
SHORTEST = 24  # bytes, as the standard says


@sensitive_variables()
def sign(body: bytes, *, event_id: str, sent_at: datetime, secrets: Sequence[str], api_secret: str) -> dict[str, str]:
    """Return the headers that prove who sends this.

    Args:
        body: UTF-8, exactly as it is sent.
        event_id: the same with each try. A full stop in it would let what is signed be read in two ways.
        sent_at: when this try is made; with a time zone. Receivers refuse what is five minutes old.
        secrets: ``whsec_`` and base64. Two while one replaces the other: the receiver needs to know only one of them.
        api_secret: of the application; where it has none, LoginRadius' signature is left out.

    Raises ``ValueError`` where one of these is not so.
    """
    if not secrets or not event_id or "." in event_id or sent_at.tzinfo is None:
        raise ValueError("A webhook cannot be signed without secrets, an identifier and a time with its zone.")
    text, moment = body.decode(), sent_at.astimezone(UTC)  # the library takes any time for one in UTC
    signatures: list[str] = []
    for secret in secrets:
        signatures.append(_signature(secret, event_id, moment, text))  # noqa: PERF401 - that frame would show the secret
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
        **({"signature": loginradius_signature(body, api_secret)} if api_secret else {}),
    }


@sensitive_variables()
def _signature(secret: str, event_id: str, moment: datetime, text: str) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if len(key) < SHORTEST:
        raise ValueError("The secret of a webhook is no base64, or too short.")
    return Webhook(key).sign(event_id, moment, text)


@sensitive_variables()
def loginradius_signature(body: bytes, api_secret: str) -> str:
    """Return LoginRadius' own header ``signature``: HMAC-SHA-256 of the body in capital hexadecimal digits."""
    return hmac.new(api_secret.encode(), body, hashlib.sha256).hexdigest().upper()
