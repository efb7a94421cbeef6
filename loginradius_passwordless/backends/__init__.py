"""What this app speaks to and does not own: providers, the cache, the site's users.

A site's own backend needs the names below.
"""

from .base import (
    SMS,
    BaseSMSBackend,
    BaseVoiceBackend,
    Call,
    Callback,
    DeliveryFailed,
    NotFromProvider,
    Receipt,
    Report,
)

__all__ = [
    "SMS",
    "BaseSMSBackend",
    "BaseVoiceBackend",
    "Call",
    "Callback",
    "DeliveryFailed",
    "NotFromProvider",
    "Receipt",
    "Report",
]
