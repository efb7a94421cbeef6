"""Access tokens of our own: dashed GUIDs, as LoginRadius has them, and the only ones that all its SDKs can read."""

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser

from ...models.access_token import new_guid
from .base import BaseAccessTokenBackend, Issued


class AccessTokenBackend(BaseAccessTokenBackend):
    """Draws 128 random bits. Our rows are all there is of them, so there is nothing else to end."""

    def issue(self, user: AbstractBaseUser, session_id: UUID, lifetime: timedelta) -> Issued:
        return Issued(new_guid())
