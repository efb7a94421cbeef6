"""What ``manage.py check`` says about the settings: unknown names, wrong types, unsafe values."""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from phonenumbers import SUPPORTED_REGIONS

from .backends.base import Backend, BaseSMSBackend, BaseVoiceBackend
from .backends.places import geoip_problem
from .conf import CORS_MIDDLEWARE, NAME, Settings, conf

APP = "loginradius_passwordless"
API_HEADERS = {"x-loginradius-apikey", "x-loginradius-sott", "x-preventwebhook"}

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

SENDERS = ("thread", "inline", "worker")
MAIL_FOR_DEVELOPMENT = {f"django.core.mail.backends.{name}" for name in ("console", "locmem", "dummy", "filebased")}
CACHES_OF_ONE_PROCESS = {f"django.core.cache.backends.{name}" for name in ("locmem", "dummy")}

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
    "RESEND_GAP": (timedelta(0), timedelta(hours=1)),
    "SENDS_PER_TEN_MINUTES": (1, None),
    "SENDS_PER_DAY": (1, None),
    "STARTS_PER_HOUR_PER_ADDRESS": (1, None),
    "PINGS_PER_MINUTE": (12, None),
    "MAX_WAIT": (timedelta(0), timedelta(seconds=25)),
    "WAITING_THREADS": (0, 1000),
    "ACCESS_TOKEN_LIFETIME": (timedelta(seconds=1), timedelta(days=1)),
    "REFRESH_TOKEN_LIFETIME": (timedelta(seconds=1), timedelta(days=365)),
    "TRUSTED_PROXY_COUNT": (0, 10),
    "KEEP_ATTEMPTS": (timedelta(days=1), None),
    "KEEP_MESSAGES": (timedelta(days=1), None),
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
    if not _is_address(conf.PUBLIC_URL):
        yield Error(
            f'{NAME}["PUBLIC_URL"] is not set, and links in messages need it.',
            hint='Set it to the address under which people reach this site, such as "https://login.example.com".',
            id=f"{APP}.E003",
        )


@register(Tags.security)
def check_backends(app_configs: Sequence[AppConfig] | None, **options: Any) -> Iterable[CheckMessage]:
    """The SMS and voice backends can be made, and are content with their options."""
    for setting, path, arguments in _backends():
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


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Sequence[AppConfig] | None, **options: Any) -> Iterable[CheckMessage]:
    """Nothing that is meant for development is left on."""
    if conf.SMS_COUNTRIES == "all":
        yield Caution(
            "Codes may be sent to phones of every country.",
            hint=f'List yours: {NAME}["SMS_COUNTRIES"] = ["DE", "AT"]. Fraud sends to the expensive ones.',
            id=f"{APP}.W001",
        )
    if conf.SENDING != "worker" and _mail_timeout() is None:
        yield Caution(
            "Whatever sends a mail waits for the mail server without end.",
            hint='Set EMAIL_TIMEOUT = 5 (timeout in MAILERS), or let only the worker send: SENDING = "worker".',
            id=f"{APP}.W003",
        )
    if not str(conf.PUBLIC_URL).startswith("https://"):
        yield Error(
            "PUBLIC_URL is not https: links would travel readable.",
            hint="Serve the site by https.",
            id=f"{APP}.E006",
        )
    for setting, path, _arguments in _backends():
        backend = _imported(path)
        if isinstance(backend, type) and issubclass(backend, Backend) and backend.for_development:
            yield Error(
                f"{setting} is a backend for development: it shows codes to whoever reads its output.",
                id=f"{APP}.E007",
            )
    if _mail_backend().rpartition(".")[0] in MAIL_FOR_DEVELOPMENT:
        yield Error("The e-mail backend sends nothing: it is for development.", id=f"{APP}.E008")
    if django_settings.CACHES["default"]["BACKEND"].rpartition(".")[0] in CACHES_OF_ONE_PROCESS:
        yield Caution(
            "The cache is each process's own, or none: rates by address are counted per process, or not at all.",
            hint="Use a shared cache, such as django-redis.",
            id=f"{APP}.W004",
        )
    if CORS_MIDDLEWARE in django_settings.MIDDLEWARE and not _cors_headers() >= API_HEADERS:
        yield Caution(
            "Browsers of other origins may not send the API's headers.",
            hint="Add them to CORS_ALLOW_HEADERS: " + ", ".join(sorted(API_HEADERS)) + ".",
            id=f"{APP}.W002",
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
    if name == "SENDING" and value not in SENDERS:
        return "must be one of " + ", ".join(map(repr, SENDERS))
    if name == "FROM_EMAIL" and not value.isprintable():
        return "must be one line"
    if name == "SMS_COUNTRIES" and value != "all" and not all(country in SUPPORTED_REGIONS for country in value):
        return 'must be "all" or a list of country codes such as ["DE", "AT"]'
    return ""


def _expected_types(name: str, default: Any) -> tuple[type, ...]:
    if name == "SMS_COUNTRIES":
        return (str, list, tuple)
    if name in {"SMS_BACKEND", "VOICE_BACKEND"}:
        return (str, type(None))
    return (type(default),)


def _backends() -> list[tuple[str, str, dict[str, Any]]]:
    named = [
        ("SMS_BACKEND", conf.SMS_BACKEND, conf.SMS_OPTIONS),
        ("VOICE_BACKEND", conf.VOICE_BACKEND, conf.VOICE_OPTIONS),
    ]
    return [(setting, path, arguments) for setting, path, arguments in named if path and isinstance(path, str)]


def _is_address(url: Any) -> bool:
    """Whether links can begin with this: http or https, a host, perhaps a path, and nothing after it."""
    if not isinstance(url, str) or not re.fullmatch(r"https?://[^\s?#@\\]+", url, re.ASCII):
        return False
    try:
        return bool(urlsplit(url).hostname) and urlsplit(url).port != 0
    except ValueError:
        return False


def _imported(path: str) -> Any:
    try:
        return import_string(path)
    except ImportError:
        return None  # check_backends says so


def _mail_backend() -> str:
    mailers = getattr(django_settings, "MAILERS", None)
    if mailers is None:
        return str(django_settings.EMAIL_BACKEND)
    return str(mailers.get("default", {}).get("BACKEND", ""))


def _mail_timeout() -> Any:
    """How long Django waits for the mail server: in MAILERS since Django 6.1, in a setting of its own before."""
    mailers = getattr(django_settings, "MAILERS", None)
    if mailers is None:
        return getattr(django_settings, "EMAIL_TIMEOUT", None)
    return mailers.get("default", {}).get("OPTIONS", {}).get("timeout")


def _cors_headers() -> set[str]:
    return {header.lower() for header in getattr(django_settings, "CORS_ALLOW_HEADERS", ())}
