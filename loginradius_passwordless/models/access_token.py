"""Access and refresh tokens, stored as digests. The texts are dashed GUIDs of 128 random bits, or another issuer's."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import crypto
from ..conf import conf
from .application import Application
from .customer import Customer
from .database import Now, in_transaction
from .session import Session

GUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.ASCII | re.IGNORECASE)


def new_guid() -> str:
    """Draw the text of an access token: 128 random bits as a dashed GUID."""
    return crypto.new_guid()


def digest_of(token: str) -> str:
    """Return what is stored of an access token. SDKs write a GUID in any case; the texts of other issuers have one."""
    return crypto.digest(token.lower() if GUID.fullmatch(token) else token)


@dataclass(frozen=True)
class IssuedTokens:
    """Both tokens in clear: seen once, by the caller they are made for."""

    access_token: str
    refresh_token: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"IssuedTokens(•••, expires_at={self.expires_at:%FT%TZ})"


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    """Issues, finds, refreshes and ends tokens."""

    def issue(self, session: Session, *, access_token: str, issuer: str, handle: str = "") -> IssuedTokens:
        """Give a session an access token and its refresh token, and return both in clear.

        Args:
            session: the sign-in that they belong to.
            access_token: the text, which ``issuer`` made: the dotted path of a class.
            handle: what that one needs to end it; empty where there is nothing to end.
        """
        refresh_token = crypto.new_guid()
        row = self.create(
            customer_id=session.customer_id,
            application_id=session.application_id,
            session=session,
            digest=digest_of(access_token),
            issuer=issuer,
            sealed_handle=crypto.seal(handle) if handle else None,
            refresh_digest=crypto.digest(refresh_token),
            expires_at=Now() + conf.ACCESS_TOKEN_LIFETIME,
            refresh_expires_at=Now() + conf.REFRESH_TOKEN_LIFETIME,
        )
        row.refresh_from_db(fields=["expires_at"])
        return IssuedTokens(access_token, refresh_token, row.expires_at)

    def with_access_token(self, application: Application, token: str) -> "AccessTokenQuerySet":
        """Keep the rows of this access token, if this application was given it, the newest first."""
        return self.with_text(token).filter(application=application)

    def with_text(self, token: str) -> "AccessTokenQuerySet":
        """Keep the rows of this access token, whichever application was given it, the newest first.

        There is one, but for an issuer that gives all sign-ins of a user the same text.
        """
        return self.filter(digest=digest_of(token)).order_by("-pk")

    def with_refresh_token(self, application: Application, token: str) -> "AccessTokenQuerySet":
        """Keep the row of this refresh token, if this application was given it."""
        return self.filter(application=application, refresh_digest=crypto.digest(token.lower()))

    def live(self) -> "AccessTokenQuerySet":
        """Keep the access tokens that open something now."""
        return self.filter(revoked_at=None, expires_at__gt=Now())

    def usable(self) -> "AccessTokenQuerySet":
        """Keep those of sessions that still do something: the access token works, or the refresh token does."""
        refreshable = models.Q(refreshed_at=None, refresh_expires_at__gt=Now())
        return self.filter(models.Q(expires_at__gt=Now()) | refreshable, revoked_at=None)

    def over(self) -> "AccessTokenQuerySet":
        """Keep the access tokens that open nothing any more."""
        return self.exclude(revoked_at=None, expires_at__gt=Now())

    def unended(self) -> "AccessTokenQuerySet":
        """Keep those that their issuer still has, and will have to end."""
        return self.exclude(sealed_handle=None)

    def sessions_sharing(self, session_ids: Collection[UUID]) -> set[UUID]:
        """Return these sessions, and those that hold the same text as one of them: none of them can end alone.

        Expired rows count: their device still knows the text, and the row of another one keeps it alive.
        """
        texts = self.filter(session__in=session_ids, revoked_at=None).order_by().values("digest")
        sharing = self.filter(digest__in=texts, revoked_at=None).order_by()
        return {*session_ids, *sharing.values_list("session_id", flat=True)}

    @in_transaction
    def revoke(self) -> int:
        """End these access tokens and the refresh tokens beside them, now.

        The rows are locked first, in order, by a statement of its own: it waits for a rotation in flight, and
        the update after it sees the row that the rotation made. One update alone would not.
        """
        list(self.filter(revoked_at=None).select_for_update().order_by("pk").values_list("pk"))
        return self.filter(revoked_at=None).update(revoked_at=Now())

    def expire(self) -> int:
        """End these access tokens now and leave their refresh tokens alone."""
        return self.live().update(expires_at=Now())

    def spend_refresh_token(self) -> bool:
        """Use the refresh token up: of two that try, the database lets one win."""
        unused = self.filter(revoked_at=None, refreshed_at=None, refresh_expires_at__gt=Now())
        return bool(unused.update(refreshed_at=Now()))


class AccessToken(models.Model):
    """What a signed-in client holds. Tokens of one sign-in share a session, however often they are refreshed.

    Customer and application are the session's, and stand here as well: MariaDB makes two statements of an update
    whose condition reaches into another table, and then it is no longer the database that decides.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="access_tokens")
    application = models.ForeignKey(Application, models.CASCADE, related_name="access_tokens")
    session = models.ForeignKey(Session, models.CASCADE, related_name="access_tokens")
    # Not unique: an issuer may give the same text to every sign-in of a user.
    digest = models.CharField(max_length=64, db_index=True, editable=False)
    # Who made the text, and what it needs to end it: sealed, as that may be the text itself, and erased when it has
    # ended. Whoever made it ends it, also after the site has changed to another issuer.
    issuer = models.CharField(max_length=200, editable=False)
    sealed_handle = models.BinaryField(null=True, editable=False)
    refresh_digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("issued"), db_default=Now())
    expires_at = models.DateTimeField(_("expires"))
    refresh_expires_at = models.DateTimeField(_("refreshable until"))
    refreshed_at = models.DateTimeField(_("refreshed"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("access token")
        verbose_name_plural = _("access tokens")
        indexes = [models.Index(fields=["refresh_expires_at"], name="lrp_access_token_purge")]

    def __str__(self) -> str:
        return f"{self.customer} #{self.pk}"

    @property
    def handle(self) -> str:
        """What the issuer needs to end the token; empty where there is nothing, or nothing that a key of ours opens."""
        try:
            return crypto.unseal(bytes(self.sealed_handle)) if self.sealed_handle else ""
        except crypto.InvalidToken:
            return ""
