"""Addresses to which mail came back for good: nothing more is sent there until staff say so, or time has passed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..conf import conf
from .database import Now


class PausedAddressQuerySet(models.QuerySet["PausedAddress"]):
    """Asks for, and adds, paused addresses."""

    def pausing(self) -> "PausedAddressQuerySet":
        """Keep those to which nothing is sent now."""
        return self.filter(paused_at__gt=Now() - conf.PAUSE_AFTER_BOUNCE)

    def pauses(self, identity: str) -> bool:
        """Tell whether nothing is to be sent to the address of this key."""
        return self.pausing().filter(identity=identity).exists()

    def pause(self, identity: str, recipient: str, reason: str) -> None:
        """Pause an address, or begin its pause anew."""
        facts = {"recipient": recipient, "reason": reason[:MAX_REASON], "paused_at": Now()}
        self.update_or_create(identity=identity, defaults=facts)


MAX_REASON = 200


class PausedAddress(models.Model):
    """An address that does not exist, or whose owner called our mail unwanted."""

    identity = models.CharField(max_length=64, unique=True, editable=False)
    recipient = models.CharField(_("recipient"), max_length=254, help_text=_("Masked."))
    reason = models.CharField(_("reason"), max_length=MAX_REASON)
    paused_at = models.DateTimeField(_("paused"), db_default=Now())

    objects = PausedAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("paused address")
        verbose_name_plural = _("paused addresses")
        indexes = [models.Index(fields=["paused_at"], name="lrp_paused_address_purge")]

    def __str__(self) -> str:
        return self.recipient
