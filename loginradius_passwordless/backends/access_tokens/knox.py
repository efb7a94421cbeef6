"""Access tokens of django-rest-knox, for a site whose API has Knox' authentication. Needs the extra ``[knox]``."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser

from .base import BaseAccessTokenBackend, Issued

LEAST_CHARACTERS = 32  # hexadecimal: 128 bits


class AccessTokenBackend(BaseAccessTokenBackend):
    """Makes Knox tokens, in the model that the site has for them, with our lifetime in place of ``TOKEN_TTL``.

    ``TOKEN_LIMIT_PER_USER`` is asked by Knox' own login view only: it refuses nobody here, though our tokens count
    there. ``TOKEN_PREFIX`` is part of the token.
    """

    def issue(self, user: AbstractBaseUser, session_id: UUID, lifetime: timedelta) -> Issued:
        row, token = _tokens().create(user=user, expiry=lifetime)
        return Issued(token, handle=row.digest)

    def end(self, handle: str) -> None:
        _tokens().filter(digest=handle).delete()

    def end_all(self, user: AbstractBaseUser) -> None:
        _tokens().filter(user=user).delete()

    def knows(self, token: str) -> bool:
        from knox.crypto import hash_token

        return bool(_tokens().filter(digest=hash_token(token)).exists())

    def problems(self) -> Iterable[str]:
        if not apps.is_installed("knox"):
            yield 'install the extra [knox], and add "knox" to INSTALLED_APPS.'
            return
        from knox.settings import knox_settings

        if knox_settings.AUTO_REFRESH:
            yield "REST_KNOX has AUTO_REFRESH: Knox would take tokens for longer than they last here. Switch it off."
        if knox_settings.AUTH_TOKEN_CHARACTER_LENGTH < LEAST_CHARACTERS:
            yield f"AUTH_TOKEN_CHARACTER_LENGTH in REST_KNOX is below {LEAST_CHARACTERS}: such tokens can be guessed."


def _tokens() -> Any:
    from knox.models import get_token_model  # the extra [knox] brings it

    return get_token_model().objects
