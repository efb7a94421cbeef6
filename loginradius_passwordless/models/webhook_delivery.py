"""The outbox of webhooks: a row for each event and endpoint, written in the transaction of what it tells of."""

import json
import secrets
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from .. import crypto
from ..catalog import HookName
from .customer import Customer
from .database import Now
from .webhook import WebhookEndpoint

# Seconds after each try. Each is up to a fifth longer, or all that failed came at once; none is shorter: together they
# last a day at least, after which an endpoint that has failed all the time is paused, and staff are told.
RETRY_AFTER = [5, 30, 120, 600, 1800, 3600, 7200, 14400, 21600, 37800]
MOST_TRIES = len(RETRY_AFTER) + 1
JITTER = 0.2
# A try lasts some seconds. Whoever dies in one leaves the row to the next after this.
TRY_LASTS = timedelta(seconds=60)
MAX_ERROR = 200
MAX_WAIT = 3600.0  # seconds that a receiver may ask for


class DeliveryState(models.TextChoices):
    """How far a webhook got."""

    PENDING = "pending", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    DEAD = "dead", _("Given up")


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    """Takes deliveries for sending."""

    def due(self) -> "WebhookDeliveryQuerySet":
        """Keep what is to be sent now."""
        return self.filter(state=DeliveryState.PENDING, next_try_at__lte=Now())

    def due_endpoints(self) -> list[int]:
        """Return the endpoints that can be called now and have something to be told, the longest waiting first."""
        free = WebhookEndpoint.objects.free().values("pk")
        waiting = self.due().filter(endpoint__in=free).values("endpoint_id").annotate(since=models.Min("next_try_at"))
        return [row["endpoint_id"] for row in waiting.order_by("since")]

    def has_due(self, endpoint_id: int) -> bool:
        """Tell whether an endpoint can be called now and has something to be told."""
        free = WebhookEndpoint.objects.free().filter(pk=endpoint_id)
        return free.exists() and self.due().filter(endpoint=endpoint_id).exists()

    def take_next(self, endpoint: WebhookEndpoint) -> "WebhookDelivery | None":
        """Count a try of what has waited longest for this endpoint, and return it; None where nothing is due.

        None as well where it went that moment with its customer: whoever looks again finds the next.
        """
        for row in self.due().filter(endpoint=endpoint).order_by("next_try_at", "pk")[:1]:
            taken = self.filter(pk=row.pk, state=DeliveryState.PENDING, tries=row.tries).update(
                tries=F("tries") + 1, next_try_at=Now() + TRY_LASTS
            )
            return self.filter(pk=row.pk).first() if taken else None
        return None

    def replay(self) -> int:
        """Send these once more, with all their tries."""
        return self.exclude(sealed=b"").update(state=DeliveryState.PENDING, tries=0, next_try_at=Now(), error="")


class WebhookDelivery(models.Model):
    """One event for one endpoint. It goes with the customer whom it tells of."""

    event_id = models.CharField(_("event id"), max_length=40, unique=True, editable=False)
    # Not held by the database: a login that is under way while a webhook is removed would fail. What it writes then has
    # no endpoint, is sent nowhere, and goes with the purge. To lock the endpoint would let logins wait for each other.
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries", db_constraint=False)
    customer = models.ForeignKey(Customer, models.CASCADE, null=True, related_name="+")
    hook = models.CharField(_("event"), max_length=40, choices=[(name.value, name.value) for name in HookName])
    sealed = models.BinaryField(editable=False)
    state = models.CharField(_("state"), max_length=9, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    status = models.PositiveSmallIntegerField(_("last answer"), null=True, help_text=_("HTTP status."))
    error = models.CharField(_("last error"), max_length=MAX_ERROR, blank=True)
    created_at = models.DateTimeField(_("happened"), db_default=Now())
    next_try_at = models.DateTimeField(_("next try"), db_default=Now())
    settled_at = models.DateTimeField(_("settled"), null=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        indexes = [
            models.Index(fields=["state", "next_try_at"], name="lrp_webhook_due"),
            models.Index(fields=["endpoint", "state", "next_try_at"], name="lrp_webhook_of_endpoint"),
            models.Index(fields=["created_at"], name="lrp_webhook_purge"),
        ]

    def __str__(self) -> str:
        return f"{self.hook} #{self.pk}"

    def write(self, body: dict[str, Any]) -> None:
        """Seal the body into the row; the caller saves it."""
        self.sealed = crypto.seal(json.dumps(body))

    def read(self) -> bytes:
        """Unseal the body, as it is sent; nothing where no key of this site opens it."""
        try:
            return crypto.unseal(bytes(self.sealed)).encode()
        except crypto.InvalidToken:
            return b""

    def mark_delivered(self, status: int) -> None:
        """Note that the receiver has it."""
        self._settle(state=DeliveryState.DELIVERED, status=status, error="", settled_at=Now())

    def try_again(self, error: str, *, status: int | None, after: float = 0) -> None:
        """Put it back for a later try, in so many seconds at least; after the last one give it up."""
        facts: dict[str, Any] = {"error": error[:MAX_ERROR], "status": status}
        if self.tries >= MOST_TRIES:
            self._settle(state=DeliveryState.DEAD, settled_at=Now(), **facts)
            return
        pause = RETRY_AFTER[self.tries - 1] * secrets.SystemRandom().uniform(1, 1 + JITTER)
        self._settle(next_try_at=Now() + timedelta(seconds=max(pause, min(after, MAX_WAIT))), **facts)

    def _settle(self, **facts: Any) -> None:
        """Settle the own try: every take counts one."""
        mine = WebhookDelivery.objects.filter(pk=self.pk, state=DeliveryState.PENDING, tries=self.tries)
        mine.update(**facts)
