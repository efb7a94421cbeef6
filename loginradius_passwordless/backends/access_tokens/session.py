"""Django's own sessions as access tokens: the text is the key of a session, which the client sends as the cookie."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends import cached_db, db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, SessionBase
from django.db import transaction
from django.utils.crypto import get_random_string

from ...models import Session
from .. import browsers
from .base import BaseAccessTokenBackend, Issued

KEY_LENGTH = 32  # as Django's: 165 bits


class AccessTokenBackend(BaseAccessTokenBackend):
    """Begins a session of Django's for each token, in the engine that the site has.

    It knows the sign-in that it belongs to, so that Django's own log-out ends that as well.
    """

    @property
    def is_in_database(self) -> bool:
        """Not where a copy is in a cache: emptied before the commit, that is filled again with what goes."""
        store = browsers.store()
        return issubclass(store, db.SessionStore) and not issubclass(store, cached_db.SessionStore)

    def issue(self, user: AbstractBaseUser, session_id: UUID, lifetime: timedelta) -> Issued:
        key = get_random_string(KEY_LENGTH, VALID_KEY_CHARS)
        session = browsers.store()(key)
        session.clear()
        session[SESSION_KEY] = user._meta.pk.value_to_string(user)
        session[BACKEND_SESSION_KEY] = browsers.authentication_backend()
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session[browsers.SESSIONS] = [str(session_id)]
        session.set_expiry(lifetime)
        self._save(session, session_id)
        return Issued(key, handle=key)

    def _save(self, session: SessionBase, session_id: UUID) -> None:
        """Save it here where that is one more row; a cache is asked after the commit, as nothing may wait for it."""
        if self.is_in_database:
            session.save(must_create=True)
        else:
            transaction.on_commit(lambda: _save_if_live(session, session_id), robust=True)

    def end(self, handle: str) -> None:
        browsers.end(handle)

    def knows(self, token: str) -> bool:
        return browsers.store()().exists(token)

    def problems(self) -> Iterable[str]:
        if not browsers.can_end():
            yield "SESSION_ENGINE keeps sessions in cookies, where none can be begun or ended from here."


def _save_if_live(session: SessionBase, session_id: UUID) -> None:
    """Save it, and then look: whoever ended the sign-in since its commit has found nothing to delete."""
    session.save(must_create=True)
    if not Session.objects.live().filter(pk=session_id).exists():
        session.delete()
