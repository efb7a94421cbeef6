"""The issuer of access tokens can be loaded and is content with the site's configuration."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from ..backends.access_tokens.base import BaseAccessTokenBackend, access_token_backend
from ..conf import NAME

APP = "loginradius_passwordless"


@register(Tags.security)
def check_access_tokens(app_configs: Sequence[AppConfig] | None, **options: Any) -> Iterable[CheckMessage]:
    """The setting names an issuer, and that one finds what it needs."""
    try:
        backend = access_token_backend()
    except (ImportError, ImproperlyConfigured, TypeError, ValueError) as error:
        problems: Iterable[str] = [f"it cannot be used: {error}"]
    else:
        is_issuer = isinstance(backend, BaseAccessTokenBackend)
        problems = backend.problems() if is_issuer else ["it does not inherit from BaseAccessTokenBackend."]
    for problem in problems:
        yield Error(
            f'{NAME}["ACCESS_TOKEN_BACKEND"]: {problem}',
            hint="docs/howto/access-tokens.md shows the issuers.",
            id=f"{APP}.E014",
        )
