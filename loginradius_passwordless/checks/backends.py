"""Backends, the database of places, the account policy and the phone guard: each can be loaded and used."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from ..backends.accounts import AccountPolicy, get_account_policy
from ..backends.base import BaseSMSBackend, BaseVoiceBackend
from ..backends.phone_guard import get_phone_guard
from ..backends.places import geoip_problem
from ..conf import NAME, conf

APP = "loginradius_passwordless"


@register(Tags.security)
def check_backends(app_configs: Sequence[AppConfig] | None, **options: Any) -> Iterable[CheckMessage]:
    """The SMS and voice backends can be made, and are content with their options."""
    for setting, path, arguments in named_backends():
        try:
            backend = import_string(path)(**arguments)
        except (ImportError, ImproperlyConfigured, TypeError, ValueError) as error:
            yield Error(
                f'{NAME}["{setting}"] cannot be used: {error}',
                hint="Give the dotted path of a backend class and its options.",
                id=f"{APP}.E004",
            )
            continue
        port = BaseSMSBackend if setting == "SMS_BACKEND" else BaseVoiceBackend
        if isinstance(backend, port):
            yield from backend.check()
        else:
            yield Error(f'{NAME}["{setting}"] is no {port.__name__}.', hint="Inherit from it.", id=f"{APP}.E004")


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


def named_backends() -> list[tuple[str, str, dict[str, Any]]]:
    """Return the setting, the dotted path and the options of every backend of the site."""
    named = [
        ("SMS_BACKEND", conf.SMS_BACKEND, conf.SMS_OPTIONS),
        ("VOICE_BACKEND", conf.VOICE_BACKEND, conf.VOICE_OPTIONS),
    ]
    return [(setting, path, arguments) for setting, path, arguments in named if path and isinstance(path, str)]
