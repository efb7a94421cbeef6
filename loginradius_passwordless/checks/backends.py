"""Backends, the database of places, the account policy and the phone guard: each can be loaded and used."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from ..backends.accounts import AccountPolicy, get_account_policy
from ..backends.phone_guard import get_phone_guard
from ..backends.places import geoip_problem
from ..backends.providers import Channel, problems, provider
from ..conf import NAME, conf

APP = "loginradius_passwordless"
CHANNELS: tuple[Channel, ...] = ("sms", "voice")
HINT = "docs/howto/providers.md shows how to describe providers and routes."


@register(Tags.security)
def check_backends(app_configs: Sequence[AppConfig] | None, **options: Any) -> Iterable[CheckMessage]:
    """The providers of texts and calls can be made and are content with their options, and the routes lead to them."""
    for channel in CHANNELS:
        setting = f"{channel.upper()}_PROVIDERS"
        found = problems(channel)
        yield from (Error(f'{NAME}["{setting}"]: {problem}.', hint=HINT, id=f"{APP}.E004") for problem in found)
        if found:
            continue
        for name in named_backends(channel):
            try:
                backend = provider(channel, name).backend
            except (ImportError, ImproperlyConfigured, TypeError, ValueError) as error:
                yield Error(f'{NAME}["{setting}"]: {name!r} cannot be used: {error}', hint=HINT, id=f"{APP}.E004")
                continue
            for message in backend.check():
                message.msg = f'{NAME}["{setting}"]["{name}"]: {message.msg}'
                yield message


@register(Tags.security)
def check_geoip(app_configs: Sequence[AppConfig] | None, **options: Any) -> Iterable[CheckMessage]:
    """The GeoIP database, where one is named, can be read."""
    if problem := geoip_problem():
        yield Error(
            f'{NAME}["GEOIP_DATABASE"] cannot be used: {problem}',
            hint="Install the extra [geoip], and give the path of a City or Country database in MaxMind's format.",
            id=f"{APP}.E009",
        )


@register(Tags.security)
def check_account_policy(app_configs: Sequence[AppConfig] | None, **options: Any) -> Iterable[CheckMessage]:
    """The site's rules for accounts can be loaded, and are rules for accounts."""
    try:
        policy, problem = get_account_policy(), "it does not inherit from AccountPolicy"
    except (ImportError, ImproperlyConfigured, TypeError, ValueError) as error:
        policy, problem = None, str(error)
    if not isinstance(policy, AccountPolicy):
        yield Error(
            f'{NAME}["ACCOUNT_POLICY"] cannot be used: {problem}',
            hint="Give the dotted path of a class that inherits from backends.accounts.AccountPolicy.",
            id=f"{APP}.E010",
        )


@register(Tags.security)
def check_phone_guard(app_configs: Sequence[AppConfig] | None, **options: Any) -> Iterable[CheckMessage]:
    """The function that is asked before a phone gets a message can be loaded: without it, no phone gets one."""
    try:
        problem = "" if not conf.PHONE_GUARD or callable(get_phone_guard()) else "it is no function"
    except (ImportError, ValueError) as error:
        problem = str(error)
    if problem:
        yield Error(
            f'{NAME}["PHONE_GUARD"] cannot be used: {problem}',
            hint="Give the dotted path of a function that takes a number and the kind of a message.",
            id=f"{APP}.E011",
        )


def named_backends(channel: Channel) -> dict[str, str]:
    """Return the names of a channel's providers with the dotted paths of their backends."""
    entries = conf.SMS_PROVIDERS if channel == "sms" else conf.VOICE_PROVIDERS
    if not isinstance(entries, dict):  # told by the check of the values
        return {}
    return {name: entry["BACKEND"] for name, entry in entries.items() if isinstance(entry, dict) and "BACKEND" in entry}
