"""The port to whoever makes access tokens. It makes the text and ends it; what the text opens stands in our rows."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.module_loading import import_string

from ...conf import conf


@dataclass(frozen=True)
class Issued:
    """An access token as its issuer made it.

    There is no expiry in it: our row has one, by the clock of the database, and the issuer is told how long.

    Args:
        token: the text that the client gets.
        handle: what the issuer needs to end it; empty where it cannot. It is kept encrypted.
    """

    token: str = field(repr=False)
    handle: str = field(default="", repr=False)


class BaseAccessTokenBackend(ABC):
    """Makes the texts of access tokens. A site's own issuer inherits from this, or from one beside it."""

    # Whether several sign-ins of one user get the same text, so that none of them can end alone.
    is_shared = False

    @property
    def is_in_database(self) -> bool:
        """Whether the issuer keeps its tokens in the site's database: then one is made, and ends, in our transaction.

        Where it keeps them elsewhere, ``end`` is called after the commit, and again by the purge until it worked.
        """
        return True

    @abstractmethod
    def issue(self, user: AbstractBaseUser, session_id: UUID, lifetime: timedelta) -> Issued:
        """Make a token for a user. Called inside the transaction of the sign-in, or of the refresh.

        Args:
            user: the site's own.
            session_id: of the sign-in that the token belongs to.
            lifetime: how long it is to work.
        """

    def end(self, handle: str) -> None:
        """End a token; one that has ended already stays so."""
        return

    def end_all(self, user: AbstractBaseUser) -> None:
        """End every token that the issuer has for a user, whoever asked for it.

        Called when a mailbox or number opens an account whose password somebody else may have chosen.
        """
        return

    def knows(self, token: str) -> bool:
        """Tell whether the issuer still takes a token, one that a row of ours says is live.

        Somebody may have ended it with the issuer and past us, by a sign-out of the issuer's own.
        """
        return True

    def problems(self) -> Iterable[str]:
        """Say what is wrong with the site's configuration, a sentence each, without secrets."""
        return []


def access_token_backend(path: str = "") -> BaseAccessTokenBackend:
    """Return the issuer of this dotted path, or of the setting ``ACCESS_TOKEN_BACKEND``.

    Raises ``ImportError`` where there is none.
    """
    backend: BaseAccessTokenBackend = import_string(path or conf.ACCESS_TOKEN_BACKEND)()
    return backend
