"""A session: one sign-in of a customer on one device, and what ends with it."""

import uuid
from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import crypto
from .application import Application
from .attempt import LoginAttempt
from .customer import Customer
from .database import Now

MAX_DEVICE = 100


class SessionQuerySet(models.QuerySet["Session"]):
    """Finds what a customer has signed in with."""

    def live(self) -> "SessionQuerySet":
        """Keep the sessions that nobody has ended; their tokens may have expired all the same."""
        return self.filter(ended_at=None)

    def newest_of(self, session_ids: Sequence[str]) -> "SessionQuerySet":
        """Keep the live ones among these, newest first."""
        live = self.live().filter(pk__in=list(session_ids))
        return live.select_related("application", "customer__user").order_by("-created_at")

    def bind(self, session_id: str, browser_key: str) -> bool:
        """Remember which session of Django's a sign-in opened; tell whether the sign-in still lives."""
        sealed = crypto.seal(browser_key) if browser_key else None
        return bool(self.live().filter(pk=session_id).update(sealed_browser_key=sealed))

    def are_unlike(self, device: str, country: str) -> bool:
        """Tell whether none of these sessions was on such a device in such a country.

        Where either country is not known, only the devices are compared.
        """
        same = models.Q(device=device)
        if country:
            same &= models.Q(country__in=["", country])
        return not self.filter(same).exists()


class Session(models.Model):
    """One sign-in on one device. Its access tokens, and the browser that it signed in, end with it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="sessions")
    application = models.ForeignKey(Application, models.CASCADE, related_name="sessions")
    attempt = models.ForeignKey(LoginAttempt, models.SET_NULL, null=True, related_name="sessions")
    device = models.CharField(_("device"), max_length=MAX_DEVICE, blank=True)
    agent = models.CharField(_("browser"), max_length=300, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    # The key of Django's own session where a hosted page signed a browser in: sealed, as it opens that session, and
    # erased when that has ended.
    sealed_browser_key = models.BinaryField(null=True, editable=False)
    created_at = models.DateTimeField(_("signed in"), db_default=Now())
    ended_at = models.DateTimeField(_("ended"), null=True)
    is_disowned = models.BooleanField(_("somebody else"), default=False)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = [models.Index(fields=["created_at"], name="lrp_session_purge")]

    def __str__(self) -> str:
        return f"{self.customer}: {self.device}"

    @property
    def browser_key(self) -> str:
        """The key of the browser's session; empty where there is none, or none that a key of this site opens."""
        try:
            return crypto.unseal(bytes(self.sealed_browser_key)) if self.sealed_browser_key else ""
        except crypto.InvalidToken:
            return ""
