"""The tokens of ``rest_framework.authtoken``: one for each user, in clear, and without an expiry of their own."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser

from .base import BaseAccessTokenBackend, Issued


class AccessTokenBackend(BaseAccessTokenBackend):
    """Hands out the user's one token, as REST framework's own view does; every sign-in has the same.

    Therefore a refresh gives it again, and whatever ends one sign-in deletes the token and ends all of them. A new
    token with each refresh was rejected: the devices of one person would sign each other out.
    """

    is_shared = True

    def issue(self, user: AbstractBaseUser, session_id: UUID, lifetime: timedelta) -> Issued:
        token, _is_new = _tokens().get_or_create(user=user)
        return Issued(token.key, handle=token.key)

    def end(self, handle: str) -> None:
        _tokens().filter(key=handle).delete()

    def end_all(self, user: AbstractBaseUser) -> None:
        _tokens().filter(user=user).delete()

    def knows(self, token: str) -> bool:
        return bool(_tokens().filter(key=token).exists())

    def problems(self) -> Iterable[str]:
        if not apps.is_installed("rest_framework.authtoken"):
            yield 'add "rest_framework.authtoken" to INSTALLED_APPS.'


def _tokens() -> Any:
    return apps.get_model("authtoken", "Token")._default_manager
