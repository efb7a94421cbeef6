"""What mail providers report through django-anymail: delivered, came back, complained about."""

import uuid
from collections.abc import Mapping
from typing import Any

from ..catalog import MessageChannel
from ..models import Message, PausedAddress
from ..models.message import MAX_PROVIDER_ID, MessageQuerySet, Told

# Reasons by which an address is nobody's. Others, as a full mailbox or a blocked sender, may be over tomorrow.
HARD = {"invalid", "bounced"}
# What some providers call a bounce that may be over tomorrow; django-anymail gives those the same reason.
SOFT = {"soft", "softbounce", "soft_bounce", "softbounced", "transient", "temporary"}


def note_event(sender: Any, event: Any, esp_name: str, **more: Any) -> None:
    """Receive ``anymail.signals.tracking``: mark the message, and pause an address from which it came back for good.

    Whoever complains is not paused: one wrong press in a mail program would lock a customer out of the account.
    """
    if event.event_type == "delivered":
        _messages(event).report(arrived=True, told=Told())
    elif event.event_type == "complained":
        _messages(event).update(error=f"{esp_name}: complained about")
    elif event.event_type in {"bounced", "rejected", "failed"}:
        _note_failure(event, f"{esp_name}: {event.event_type} ({event.reject_reason or 'no reason given'})")


def _note_failure(event: Any, reason: str) -> None:
    messages = _messages(event)
    if event.event_type == "bounced" and event.reject_reason in HARD and not _is_soft(event.esp_event):
        for message in messages.exclude(identity=""):  # that of an erased customer
            PausedAddress.objects.pause(message.identity, message.recipient, reason)
    messages.report(arrived=False, error=reason, told=Told())


def _is_soft(told: Any) -> bool:
    """Whether the provider's own words, wherever it keeps them, say that this is not for good."""
    words = told.values() if isinstance(told, Mapping) else []
    return any(isinstance(word, str) and word.lower() in SOFT for word in words)


def _messages(event: Any) -> MessageQuerySet:
    """Find the message by our own id, which providers hand back, or else by theirs."""
    mails = Message.objects.filter(channel=MessageChannel.EMAIL)
    try:
        return mails.filter(sid=uuid.UUID(str((event.metadata or {}).get("message", ""))))
    except ValueError:
        provider_id = str(event.message_id or "")[:MAX_PROVIDER_ID]
        return mails.filter(provider_id=provider_id) if provider_id else mails.none()
