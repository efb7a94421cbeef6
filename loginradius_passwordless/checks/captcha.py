"""CAPTCHA: its providers can be made, are content with their options, and can be shown on our pages."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.core.exceptions import ImproperlyConfigured

from ..backends.captcha.base import Unavailable
from ..backends.captcha.providers import problem_with, provider
from ..conf import NAME, conf

APP = "loginradius_passwordless"
SETTING = f'{NAME}["CAPTCHA_PROVIDERS"]'
HINT = "docs/howto/captcha.md shows how to describe providers."


@register(Tags.security)
def check_captcha(app_configs: Sequence[AppConfig] | None, **options: Any) -> Iterable[CheckMessage]:
    """Every provider works as far as that can be told without asking it."""
    if not isinstance(conf.CAPTCHA_PROVIDERS, dict):  # told by the check of the values
        return
    for name, entry in conf.CAPTCHA_PROVIDERS.items():
        if problem := problem_with(entry):
            yield Error(f"{SETTING}: {name!r} {problem}.", hint=HINT, id=f"{APP}.E013")
    backends = {}
    for name in readable_captcha_providers():
        try:
            backends[name] = provider(name)
        except (ImportError, ImproperlyConfigured, TypeError, ValueError) as error:
            yield Error(f"{SETTING}: {name!r} cannot be used: {error}", hint=HINT, id=f"{APP}.E013")
    for name, backend in backends.items():
        for message in backend.check():
            message.msg = f'{SETTING}["{name}"]: {message.msg}'
            yield message
    read = Counter(backend.parameter for backend in backends.values())
    if shared := sorted(parameter for parameter, count in read.items() if count > 1):
        yield Caution(
            f"Several CAPTCHA providers read one parameter ({', '.join(shared)}): only the first of them is asked.",
            hint="Let each application name its own, or use providers of two vendors.",
            id=f"{APP}.W009",
        )
    if backends and not any(_can_be_shown(backend) for backend in backends.values()):
        yield Caution(
            "None of the CAPTCHA providers can be shown on the sign-in page, so that nobody gets in there.",
            hint=f"Add one that can, as Turnstile, after it to {SETTING}; the API takes solutions of both.",
            id=f"{APP}.W007",
        )


def readable_captcha_providers() -> dict[str, dict[str, Any]]:
    """Return the descriptions of providers that can be read."""
    entries = conf.CAPTCHA_PROVIDERS if isinstance(conf.CAPTCHA_PROVIDERS, dict) else {}
    return {name: entry for name, entry in entries.items() if not problem_with(entry)}


def _can_be_shown(backend: Any) -> bool:
    try:
        return backend.widget("login", "en") is not None
    except Unavailable:  # an option is missing: told above
        return True
