"""Loads the configured backends by their dotted path."""

from django.utils.module_loading import import_string

from ..conf import conf
from .base import BaseSMSBackend, BaseVoiceBackend, DeliveryFailed, Receipt

__all__ = [
    "BaseSMSBackend",
    "BaseVoiceBackend",
    "DeliveryFailed",
    "Receipt",
    "get_sms_backend",
    "get_voice_backend",
]


def get_sms_backend() -> BaseSMSBackend | None:
    """Return the backend of the setting ``SMS_BACKEND``, or None when the site sends no SMS."""
    if not conf.SMS_BACKEND:
        return None
    backend: BaseSMSBackend = import_string(conf.SMS_BACKEND)(**conf.SMS_OPTIONS)
    return backend


def get_voice_backend() -> BaseVoiceBackend | None:
    """Return the backend of the setting ``VOICE_BACKEND``, or None when the site makes no calls."""
    if not conf.VOICE_BACKEND:
        return None
    backend: BaseVoiceBackend = import_string(conf.VOICE_BACKEND)(**conf.VOICE_OPTIONS)
    return backend
