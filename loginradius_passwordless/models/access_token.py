"""Access and refresh tokens: dashed GUIDs of 128 random bits, stored as digests."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import crypto
from ..conf import conf
from .application import Application
from .customer import Customer
from .database import Now, in_transaction
from .session import Session


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

    def issue(self, session: Session) -> IssuedTokens:
        """Make an access token and its refresh token for a session, and return both in clear."""
        access_token, refresh_token = crypto.new_guid(), crypto.new_guid()
        row = self.create(
            customer_id=session.customer_id,
            application_id=session.application_id,
            session=session,
            digest=crypto.digest(access_token),
            refresh_digest=crypto.digest(refresh_token),
            expires_at=Now() + conf.ACCESS_TOKEN_LIFETIME,
            refresh_expires_at=Now() + conf.REFRESH_TOKEN_LIFETIME,
        )
        row.refresh_from_db(fields=["expires_at"])
        return IssuedTokens(access_token, refresh_token, row.expires_at)

    def with_access_token(self, application: Application, token: str) -> "AccessTokenQuerySet":
        """Keep the row of this access token, if this application was given it."""
        return self.filter(application=application, digest=crypto.digest(token.lower()))

    def with_refresh_token(self, application: Application, token: str) -> "AccessTokenQuerySet":
        """Keep the row of this refresh token, if this application was given it."""
        return self.filter(application=application, refresh_digest=crypto.digest(token.lower()))

    def live(self) -> "AccessTokenQuerySet":
        """Keep the access tokens that open something now."""
        return self.filter(revoked_at=None, expires_at__gt=Now())

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
    digest = models.CharField(max_length=64, unique=True, editable=False)
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
