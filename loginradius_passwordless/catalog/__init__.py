"""Every message this app can send: its kind, its channels, its placeholders and its shipped text."""

from .hooks import HookName
from .kinds import BY_ITSELF, SENT_WHEN, MessageChannel, MessageKind
from .placeholders import MESSAGES, PLACEHOLDER, SAMPLES, Placeholders, fill, kinds, names_in, samples, spelling
from .segments import Segments, segments
from .shipped import FALLBACK_LANGUAGE, Text, fallbacks, languages, shipped, shipped_language

__all__ = [
    "BY_ITSELF",
    "FALLBACK_LANGUAGE",
    "MESSAGES",
    "PLACEHOLDER",
    "SAMPLES",
    "SENT_WHEN",
    "HookName",
    "MessageChannel",
    "MessageKind",
    "Placeholders",
    "Segments",
    "Text",
    "fallbacks",
    "fill",
    "kinds",
    "languages",
    "names_in",
    "samples",
    "segments",
    "shipped",
    "shipped_language",
    "spelling",
]
