"""Access tokens of djangorestframework-simplejwt, which carry what they say. Needs the extra ``[simplejwt]``."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import FieldDoesNotExist

from .base import BaseAccessTokenBackend, Issued

SESSION_CLAIM = "sid"  # OpenID Connect Front-Channel Logout 1.0, section 3

# RFC 7518, section 3.2: a key of at least the size of the hash, in bytes.
LEAST_KEY = {"HS256": 32, "HS384": 48, "HS512": 64}


class AccessTokenBackend(BaseAccessTokenBackend):
    """Signs a JWT of the type "access" with the site's own ``SIMPLE_JWT`` settings, our lifetime, and the session's id.

    Nothing keeps it: Simple JWT's own authentication takes one that was revoked until it expires. Ours does not.
    """

    def issue(self, user: AbstractBaseUser, session_id: UUID, lifetime: timedelta) -> Issued:
        token = import_module("rest_framework_simplejwt.tokens").AccessToken.for_user(user)
        token.set_exp(from_time=token.current_time, lifetime=lifetime)
        token[SESSION_CLAIM] = str(session_id)
        return Issued(str(token))

    def problems(self) -> Iterable[str]:
        try:
            settings = import_module("rest_framework_simplejwt.settings").api_settings
            classes = [each.token_type for each in settings.AUTH_TOKEN_CLASSES]
        except ImportError as error:
            yield f"install the extra [simplejwt], or look into SIMPLE_JWT: {error}."
            return
        yield from _problems_with_key(settings)
        yield from _problems_with_claims(settings)
        if "access" not in classes:
            yield 'AUTH_TOKEN_CLASSES in SIMPLE_JWT has no class for tokens of the type "access": none would be taken.'


def _problems_with_key(settings: Any) -> Iterator[str]:
    least = LEAST_KEY.get(settings.ALGORITHM, 1)
    key = settings.SIGNING_KEY or ""
    if len(key.encode() if isinstance(key, str) else key) < least:
        yield f"SIGNING_KEY in SIMPLE_JWT is shorter than {least} bytes, which {settings.ALGORITHM} needs."


def _problems_with_claims(settings: Any) -> Iterator[str]:
    names = [settings.USER_ID_CLAIM, settings.JTI_CLAIM, settings.TOKEN_TYPE_CLAIM, SESSION_CLAIM, "exp", "iat"]
    if len({*names}) < len(names):
        yield f"two claims in SIMPLE_JWT have one name, or that of another: {', '.join(map(str, names))}."
    try:
        field: Any = get_user_model()._meta.get_field(settings.USER_ID_FIELD)
    except FieldDoesNotExist:
        yield f"USER_ID_FIELD in SIMPLE_JWT is {settings.USER_ID_FIELD!r}, which the user model does not have."
        return
    if not field.unique:
        yield f"USER_ID_FIELD in SIMPLE_JWT is {settings.USER_ID_FIELD!r}, which two users may share."
