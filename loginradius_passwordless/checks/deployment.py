"""What ``check --deploy`` adds: nothing that is meant for development is left on."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.utils.module_loading import import_string

from ..backends import browsers
from ..backends.base import Backend
from ..backends.captcha.base import BaseCaptchaBackend
from ..conf import CORS_MIDDLEWARE, NAME, conf
from .backends import CHANNELS, named_backends
from .captcha import readable_captcha_providers

APP = "loginradius_passwordless"
API_HEADERS = {"x-loginradius-apikey", "x-loginradius-sott", "x-preventwebhook"}
MAIL_FOR_DEVELOPMENT = {f"django.core.mail.backends.{name}" for name in ("console", "locmem", "dummy", "filebased")}
CACHES_OF_ONE_PROCESS = {f"django.core.cache.backends.{name}" for name in ("locmem", "dummy")}


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
    for channel in CHANNELS:
        for name, path in named_backends(channel).items():
            backend = _imported(path)
            if isinstance(backend, type) and issubclass(backend, Backend) and backend.for_development:
                yield Error(
                    f"{channel.upper()}_PROVIDERS: {name!r} is for development: it shows codes to others.",
                    id=f"{APP}.E007",
                )
    for name, entry in readable_captcha_providers().items():
        backend = _imported(entry["BACKEND"])
        if isinstance(backend, type) and issubclass(backend, BaseCaptchaBackend) and backend.for_development:
            yield Error(f"CAPTCHA_PROVIDERS: {name!r} is for development: it tells nobody apart.", id=f"{APP}.E007")
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


@register(Tags.security, deploy=True)
def check_sessions(app_configs: Sequence[AppConfig] | None, **options: Any) -> Iterable[CheckMessage]:
    """The browsers that the sign-in page signs in can be signed out."""
    if not browsers.can_end():
        yield Caution(
            "Sessions are kept in cookies: a browser that was signed in cannot be signed out from here.",
            hint="Use another SESSION_ENGINE, or tell people that ending a session ends its tokens only.",
            id=f"{APP}.W005",
        )


@register(Tags.security, deploy=True)
def check_hosts_inside(app_configs: Sequence[AppConfig] | None, **options: Any) -> Iterable[CheckMessage]:
    """No host inside is open to webhooks."""
    if conf.WEBHOOK_PRIVATE_HOSTS:
        yield Caution(
            "Webhooks may call hosts inside: whoever may enter an address for them can send requests there.",
            hint=f'Leave {NAME}["WEBHOOK_PRIVATE_HOSTS"] out, or name services that expect nothing but webhooks.',
            id=f"{APP}.W006",
        )


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
