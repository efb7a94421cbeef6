"""Which providers this site has for texts and calls, and in which order they are asked for a country.

"SMS_PROVIDERS": {
    "twilio": {
        "BACKEND": "loginradius_passwordless.backends.sms.twilio.SMSBackend",
        "OPTIONS": {"account_sid": "AC…", "auth_token": "…", "sender": "+14155550100"},
        "SENDERS": {"DE": "Shop", "IN": {"sender": "SHOPIN", "entity_id": "11…", "template_ids": {"welcome": "11…"}}},
    },
    "vonage": {"BACKEND": "loginradius_passwordless.backends.sms.vonage.SMSBackend", "OPTIONS": {…}},
},
"SMS_ROUTES": {"DE": ["vonage", "twilio"], "*": ["twilio", "vonage"]},
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import phonenumbers
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from ..conf import conf
from .base import Backend, BaseSMSBackend, BaseVoiceBackend

Channel = Literal["sms", "voice"]
PORTS: dict[str, type[Backend]] = {"sms": BaseSMSBackend, "voice": BaseVoiceBackend}
ENTRY = {"BACKEND", "OPTIONS", "SENDERS"}
SENDER = {"sender", "entity_id", "template_ids"}
ELSEWHERE = "*"
NAME = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)


@dataclass(frozen=True)
class Sender:
    """From whom a message comes in one country, and as what it is registered there."""

    sender: str = ""
    entity_id: str = ""
    template_id: str = ""


@dataclass(frozen=True)
class Provider:
    """One provider, as the settings describe it."""

    channel: Channel
    name: str
    backend: Backend
    senders: Mapping[str, Any]

    def sender(self, country: str, kind: str) -> Sender:
        """Return the sender for a country, and what a text of this kind is registered as there."""
        entry = self.senders.get(country, self.senders.get(ELSEWHERE, ""))
        if isinstance(entry, str):
            return Sender(entry)
        return Sender(entry.get("sender", ""), entry.get("entity_id", ""), entry.get("template_ids", {}).get(kind, ""))


def can_reach(channel: Channel) -> bool:
    """Tell whether this site has any provider for texts, or for calls."""
    return bool(_entries(channel))


def names_of(channel: Channel) -> list[str]:
    """Return the names of all providers of a channel, in the order of the settings."""
    return list(_entries(channel))


def route(channel: Channel, country: str) -> list[str]:
    """Return the names of the providers for a country, such as ``DE``, in the order in which they are to be asked."""
    routes = conf.SMS_ROUTES if channel == "sms" else conf.VOICE_ROUTES
    return list(routes.get(country, routes.get(ELSEWHERE, list(_entries(channel)))))


def provider(channel: Channel, name: str) -> Provider:
    """Return a provider by its name in the settings.

    Raises ``KeyError`` for a name that is not there, and what making its backend raises: ``ImportError``,
    ``TypeError`` and ``ValueError`` for options, ``ImproperlyConfigured`` for a class that is no backend.
    """
    entry = _entries(channel)[name]
    backend = import_string(entry["BACKEND"])(**entry.get("OPTIONS", {}))
    if not isinstance(backend, PORTS[channel]):
        raise ImproperlyConfigured(f"{entry['BACKEND']} does not inherit from {PORTS[channel].__name__}")
    return Provider(channel, name, backend, entry.get("SENDERS", {}))


def problems(channel: Channel) -> list[str]:
    """Say what is wrong with the providers and routes of a channel, apart from what their backends say."""
    entries, routes = _entries(channel), conf.SMS_ROUTES if channel == "sms" else conf.VOICE_ROUTES
    if not isinstance(entries, dict) or not isinstance(routes, dict):
        return []  # the check of the values says so
    found = [f"{name!r} {problem}" for name, entry in entries.items() for problem in _problems_with_entry(name, entry)]
    for country, names in routes.items():
        if country != ELSEWHERE and country not in phonenumbers.SUPPORTED_REGIONS:
            found.append(f"the route of {country!r} is of no country: give a code such as 'DE', or '*'")
        if not isinstance(names, list | tuple) or not names or not set(names) <= set(entries):
            found.append(f"the route of {country!r} must be a list of the providers {', '.join(entries)}")
    return found


def _problems_with_entry(name: Any, entry: Any) -> list[str]:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return ["is no name: up to 40 letters, digits, - and _"]
    if not isinstance(entry, dict) or not isinstance(entry.get("BACKEND"), str):
        return ['needs a "BACKEND", the dotted path of its class']
    if unknown := set(entry) - ENTRY:
        return [f"has an unknown {', '.join(sorted(map(repr, unknown)))}"]
    if not isinstance(entry.get("OPTIONS", {}), dict) or not isinstance(entry.get("SENDERS", {}), dict):
        return ["needs dicts as OPTIONS and SENDERS"]
    return [
        f"has no usable sender for {country!r}"
        for country, sender in entry.get("SENDERS", {}).items()
        if not _is_sender(country, sender)
    ]


def _is_sender(country: Any, sender: Any) -> bool:
    if country != ELSEWHERE and country not in phonenumbers.SUPPORTED_REGIONS:
        return False
    return isinstance(sender, str) or (isinstance(sender, dict) and set(sender) <= SENDER)


def _entries(channel: Channel) -> dict[str, Any]:
    entries: dict[str, Any] = conf.SMS_PROVIDERS if channel == "sms" else conf.VOICE_PROVIDERS
    return entries
