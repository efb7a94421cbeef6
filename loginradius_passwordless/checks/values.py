"""Settings: unknown names, wrong types, unsafe values."""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from phonenumbers import SUPPORTED_REGIONS

from ..backends.public_urls import read_inside_host
from ..conf import NAME, Settings, conf

APP = "loginradius_passwordless"
TYPE_NAMES: dict[type, str] = {
    bool: "True or False",
    int: "a whole number",
    str: "a text",
    list: "a list",
    tuple: "a tuple",
    dict: "a dict",
    type(None): "None",
    timedelta: "a timedelta or a number of seconds",
}

CHOICES = {
    "SENDING": ("thread", "inline", "task", "worker"),
    "ON_ACCOUNT_DELETION": ("delete", "deactivate"),
    "CAPTCHA_WHEN": ("always", "after", "never"),
    "API_DOCS": ("debug", "always", "never"),
}

# The least and the most that is safe. Beyond these a value is a mistake, not a taste.
BOUNDS: dict[str, tuple[Any, Any]] = {
    "CODE_LENGTH": (6, 10),
    "CODE_LIFETIME": (timedelta(seconds=1), timedelta(seconds=600)),
    "LINK_LIFETIME": (timedelta(seconds=1), timedelta(hours=24)),
    "PICKUP_LIFETIME": (timedelta(seconds=30), timedelta(minutes=10)),
    "MAX_LIVE_ATTEMPTS": (1, 3),
    "ATTEMPT_TRIES": (1, 10),
    "IDENTITY_FAILURES": (1, 100),
    "FAILURES_PER_MINUTE_PER_ADDRESS": (1, None),
    "REGISTRATION_LIFETIME": (timedelta(minutes=5), timedelta(days=1)),
    "FRESH_AUTHENTICATION": (timedelta(minutes=1), timedelta(days=1)),
    "LOOKUPS_PER_MINUTE_PER_ADDRESS": (1, None),
    "LOOKUPS_PER_MINUTE_PER_APPLICATION": (1, None),
    "PHONES_IDLE_AFTER": (timedelta(days=30), None),
    "RESEND_GAP": (timedelta(0), timedelta(hours=1)),
    "SENDS_PER_TEN_MINUTES": (1, None),
    "SENDS_PER_DAY": (1, None),
    "STARTS_PER_HOUR_PER_ADDRESS": (1, None),
    "CAPTCHA_AFTER_STARTS": (1, None),
    "PINGS_PER_MINUTE": (12, None),
    "MAX_WAIT": (timedelta(0), timedelta(seconds=25)),
    "WAITING_THREADS": (0, 1000),
    "ACCESS_TOKEN_LIFETIME": (timedelta(seconds=1), timedelta(days=1)),
    "REFRESH_TOKEN_LIFETIME": (timedelta(seconds=1), timedelta(days=365)),
    "TRUSTED_PROXY_COUNT": (0, 10),
    "PAUSE_AFTER_BOUNCE": (timedelta(0), None),
    "KEEP_ATTEMPTS": (timedelta(days=7), None),
    "KEEP_MESSAGES": (timedelta(days=2), None),  # longer than a webhook is tried
    "KEEP_EVENTS": (timedelta(days=1), None),
    "KEEP_ADDRESSES": (timedelta(hours=1), None),
}


@register(Tags.security)
def check_settings(app_configs: Sequence[AppConfig] | None, **options: Any) -> Iterable[CheckMessage]:
    """Every name is known, every value has its type and lies within its bounds."""
    known, given = Settings.__annotations__, getattr(django_settings, NAME, {})
    if not isinstance(given, dict):
        yield Error(f"{NAME} is not a dict.", hint="docs/reference/settings.md shows one.", id=f"{APP}.E002")
        return
    for name, value in given.items():
        if name not in known:
            yield Error(
                f"{NAME} has no setting {name!r}.",
                hint=f"The settings are: {', '.join(known)}.",
                id=f"{APP}.E001",
            )
        elif problem := _problem_with(name, value):
            yield Error(
                f'{NAME}["{name}"] {problem}.',
                hint="docs/reference/settings.md explains it.",
                id=f"{APP}.E002",
            )
    if conf.API_DOCS == "always" and find_spec("drf_spectacular") is None:
        yield Caution(
            f'{NAME}["API_DOCS"] is "always", and the API is described nowhere: drf-spectacular is not installed.',
            hint="Install the extra loginradius-passwordless[openapi].",
            id=f"{APP}.W008",
        )
    if not _is_address(conf.PUBLIC_URL):
        yield Error(
            f'{NAME}["PUBLIC_URL"] is not set, and links in messages need it.',
            hint='Set it to the address under which people reach this site, such as "https://login.example.com".',
            id=f"{APP}.E003",
        )


def _problem_with(name: str, given: Any) -> str:
    default: Any = object.__getattribute__(conf, name)
    is_seconds = isinstance(default, timedelta) and isinstance(given, int | float) and not isinstance(given, bool)
    try:
        value: Any = timedelta(seconds=given) if is_seconds else given
    except (OverflowError, ValueError):
        return "is no duration"
    expected = _expected_types(name, default)
    if type(value) not in expected:
        return "must be " + " or ".join(TYPE_NAMES[one] for one in expected)
    least, most = BOUNDS.get(name, (None, None))
    if (least is not None and value < least) or (most is not None and value > most):
        return f"must lie between {least} and {most}" if most is not None else f"must be at least {least}"
    if name == "CODE_ALPHABET" and not re.fullmatch(r"(?:([0-9A-Z])(?!.*\1)){10,}", value, re.ASCII):
        return "must be ten or more different digits and capital letters"
    if name == "METRICS_TOKEN" and not re.fullmatch(r"|[\x21-\x7e]{16,}", value, re.ASCII):
        return "must be 16 or more visible characters"
    if name in CHOICES and value not in CHOICES[name]:
        return "must be one of " + ", ".join(map(repr, CHOICES[name]))
    if name == "FROM_EMAIL" and not value.isprintable():
        return "must be one line"
    if name == "SMS_COUNTRIES" and value != "all" and not all(country in SUPPORTED_REGIONS for country in value):
        return 'must be "all" or a list of country codes such as ["DE", "AT"]'
    if name == "WEBHOOK_PRIVATE_HOSTS" and not all(isinstance(one, str) and read_inside_host(one) for one in value):
        return 'must name hosts as "host", "host:port" or "http://host:port"'
    return ""


def _expected_types(name: str, default: Any) -> tuple[type, ...]:
    if name == "SMS_COUNTRIES":
        return (str, list, tuple)
    if name == "WEBHOOK_PRIVATE_HOSTS":
        return (list, tuple)
    return (type(default),)


def _is_address(url: Any) -> bool:
    """Whether links can begin with this: http or https, a host, perhaps a path, and nothing after it."""
    if not isinstance(url, str) or not re.fullmatch(r"https?://[^\s?#@\\]+", url, re.ASCII):
        return False
    try:
        return bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        return False
