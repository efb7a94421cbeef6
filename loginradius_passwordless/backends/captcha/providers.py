"""Which CAPTCHA providers this site has.

"CAPTCHA_PROVIDERS": {
    "turnstile": {
        "BACKEND": "loginradius_passwordless.backends.captcha.turnstile.CaptchaBackend",
        "OPTIONS": {"site_key": "0x4…", "secret": "0x4…"},
    },
}

An application may name one of them, and then no other counts for it; else each does, in this order.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from ...conf import conf
from .base import BaseCaptchaBackend

ENTRY = {"BACKEND", "OPTIONS"}


def providers_for(chosen: str = "") -> list[BaseCaptchaBackend]:
    """Return the providers whose solutions count, in order.

    Args:
        chosen: the name of the one that counts alone. None does where the settings have it no more: what they have
            instead may be weaker than what somebody chose.
    """
    names = [chosen] if chosen else list(conf.CAPTCHA_PROVIDERS)
    return [provider(name) for name in names if name in conf.CAPTCHA_PROVIDERS]


def provider(name: str) -> BaseCaptchaBackend:
    """Return the provider of this name.

    Raises ``ImportError``, ``ImproperlyConfigured``, ``TypeError`` or ``ValueError`` where it cannot be made.
    """
    entry: dict[str, Any] = conf.CAPTCHA_PROVIDERS[name]
    made = import_string(entry["BACKEND"])(**entry.get("OPTIONS", {}))
    if not isinstance(made, BaseCaptchaBackend):
        raise ImproperlyConfigured(f"{entry['BACKEND']} does not inherit from BaseCaptchaBackend")
    return made


def problem_with(entry: Any) -> str:
    """Say what is wrong with the description of a provider; nothing where it can be read."""
    if not isinstance(entry, dict) or not isinstance(entry.get("BACKEND"), str):
        return 'needs a "BACKEND", the dotted path of its class'
    if unknown := set(entry) - ENTRY:
        return f"has an unknown {', '.join(sorted(map(repr, unknown)))}"
    return "" if isinstance(entry.get("OPTIONS", {}), dict) else "needs a dict as OPTIONS"
