"""What Amazon tells in a notification became of a text.

https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html
https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html
"""

import json
import re
from decimal import Decimal
from typing import Any, Literal

from .base import Receipt, Report

State = Literal["sent", "delivered", "failed"]

# Taken by a carrier is not yet on the phone: the word for that may follow, or never.
STATES: dict[str, State] = {
    "TEXT_QUEUED": "sent",
    "TEXT_PENDING": "sent",
    "TEXT_SENT": "sent",
    "TEXT_SUCCESSFUL": "sent",
    "TEXT_UNKNOWN": "sent",
    "TEXT_DELIVERED": "delivered",
    "TEXT_INVALID": "failed",
    "TEXT_INVALID_MESSAGE": "failed",
    "TEXT_UNREACHABLE": "failed",
    "TEXT_CARRIER_UNREACHABLE": "failed",
    "TEXT_BLOCKED": "failed",
    "TEXT_CARRIER_BLOCKED": "failed",
    "TEXT_SPAM": "failed",
    "TEXT_TTL_EXPIRED": "failed",
    "TEXT_PROTECT_BLOCKED": "failed",
}
BY_CARRIER = "Message has been accepted by phone carrier"
# Amazon's sentences, such as "Phone is currently unreachable/unavailable"; none of them has a digit, as numbers have.
SENTENCE = re.compile(r"[A-Za-z ,./'-]{1,120}", re.ASCII)


def reports_in(message: str) -> list[Report]:
    """Return the report in a notification's message; none where it is about something else.

    It is an event of AWS End User Messaging, as it is or as EventBridge wraps it, or a line of SNS's delivery log.
    """
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        return []
    if not isinstance(found, dict):
        return []
    event = _part(found, "detail") or found
    report = _from_event(event) if "eventType" in event else _from_log(found)
    return [report] if report and report.id else []


def _from_event(event: dict[str, Any]) -> Report | None:
    kind = str(event["eventType"])
    if kind not in STATES:
        return None
    state = STATES[kind]
    if state == "failed" and event.get("isFinal") is False:
        state = "sent"  # Amazon goes on trying
    prices = [_price(event.get(name)) for name in ("totalMessagePrice", "totalCarrierFee")]
    return Report(
        state,
        id=_id(event.get("messageId")),
        error=kind if state == "failed" else "",
        receipt=_receipt(event.get("totalMessageParts"), [price for price in prices if price is not None]),
    )


def _from_log(line: dict[str, Any]) -> Report | None:
    delivery, status = _part(line, "delivery"), line.get("status")
    if status not in ("SUCCESS", "FAILURE"):
        return None
    said = str(delivery.get("providerResponse") or "")
    state: State = "failed" if status == "FAILURE" else "sent" if said == BY_CARRIER else "delivered"
    price = _price(delivery.get("priceInUSD"))
    return Report(
        state,
        id=_id(_part(line, "notification").get("messageId")),
        error=(said if SENTENCE.fullmatch(said) else "FAILURE") if state == "failed" else "",
        receipt=_receipt(delivery.get("numberOfMessageParts"), [] if price is None else [price]),
    )


def _receipt(parts: Any, prices: list[Decimal]) -> Receipt:
    segments = parts if isinstance(parts, int) and not isinstance(parts, bool) else None
    return Receipt(segments=segments, price=sum(prices, Decimal()), currency="USD") if prices else Receipt("", segments)


def _price(value: Any) -> Decimal | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else None


def _id(value: Any) -> str:
    return value if isinstance(value, str) and value.isprintable() else ""


def _part(found: dict[str, Any], name: str) -> dict[str, Any]:
    part = found.get(name)
    return part if isinstance(part, dict) else {}
