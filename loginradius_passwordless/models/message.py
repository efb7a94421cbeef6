"""The outbox: one row per e-mail, SMS or call, written in the same transaction as what it is about."""

import json
import uuid
from datetime import timedelta
from typing import Any

from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .. import crypto
from ..catalog import MessageChannel, MessageKind
from .application import Application
from .attempt import LoginAttempt
from .customer import Customer
from .database import Now, in_transaction

LEASE = timedelta(seconds=30)
RETRY_AFTER = [1, 2, 4, 8, 16, 32, 60, 120]
MAX_ERROR = 300
MAX_PROVIDER = 80

# How many messages another sender may take between our look and our lease before we look again.
TAKEN_MEANWHILE = 20


class Delivery(models.TextChoices):
    """How far a message got. Expired is read from the clock."""

    PENDING = "pending", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Refused by the provider")
    ABANDONED = "abandoned", _("Given up")
    DECOY = "decoy", _("Never meant to be sent")


class MessageQuerySet(models.QuerySet["Message"]):
    """Takes messages for sending, so that no two senders take the same."""

    def due(self) -> "MessageQuerySet":
        """Keep what is to be sent now and nobody else is sending."""
        free = Q(leased_until=None) | Q(leased_until__lte=Now())
        return self.filter(free, state=Delivery.PENDING, next_try_at__lte=Now(), expires_at__gt=Now())

    def lease(self, pk: int) -> "Message | None":
        """Take one message for half a minute; None when it is sent, taken, or not due."""
        taken = self.due().filter(pk=pk).update(leased_until=Now() + LEASE, tries=F("tries") + 1)
        return self.get(pk=pk) if taken else None

    def newest(self) -> int:
        """Return the id of the newest message."""
        return self.order_by("-pk").values_list("pk", flat=True).first() or 0

    @in_transaction
    def lease_next(self, after: int, until: int) -> "Message | None":
        """Take the next due message between two ids, stepping over what other senders hold; None when there is no more.

        One at a time, right before it is sent: a lease on a whole batch would run out while its first
        messages are being sent, and so would the messages.
        """
        rows = self.due().filter(pk__gt=after, pk__lte=until).order_by("pk")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        for row in rows[:TAKEN_MEANWHILE]:
            if message := self.lease(row.pk):
                return message
        return None

    def abandon_expired(self) -> int:
        """Give up what was not sent while it was of use, and erase its body."""
        free = Q(leased_until=None) | Q(leased_until__lte=Now())  # what a sender holds may be arriving
        late = self.filter(free, state=Delivery.PENDING, expires_at__lte=Now())
        return late.update(state=Delivery.ABANDONED, sealed=b"", error="expired before it could be sent")


class Message(models.Model):
    """One message. Its body is encrypted until it is sent and erased then (law 8)."""

    sid = models.UUIDField(_("message id"), unique=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, models.CASCADE, related_name="messages")
    attempt = models.ForeignKey(LoginAttempt, models.SET_NULL, null=True, related_name="messages")
    # Of messages that no attempt is about, as a notice.
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, related_name="messages")
    kind = models.CharField(_("kind"), max_length=32, choices=MessageKind.choices)
    channel = models.CharField(_("channel"), max_length=5, choices=MessageChannel.choices)
    identity = models.CharField(max_length=64, editable=False)
    recipient = models.CharField(_("recipient"), max_length=254, help_text=_("Masked."))
    sealed = models.BinaryField(editable=False)
    state = models.CharField(_("state"), max_length=10, choices=Delivery.choices, default=Delivery.PENDING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    error = models.CharField(_("last error"), max_length=MAX_ERROR, blank=True)
    provider = models.CharField(_("provider"), max_length=MAX_PROVIDER, blank=True)
    provider_id = models.CharField(_("provider's id"), max_length=200, blank=True)
    is_trial = models.BooleanField(
        _("test"), default=False, help_text=_("Staff sent it to themselves; its link and code work for nobody.")
    )
    created_at = models.DateTimeField(_("written"), db_default=Now())
    next_try_at = models.DateTimeField(_("next try"), db_default=Now())
    leased_until = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(_("of use until"))
    sent_at = models.DateTimeField(_("sent"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["state", "id"], name="lrp_message_due"),
            models.Index(fields=["identity"], name="lrp_message_of_identity"),
            models.Index(fields=["recipient", "id"], name="lrp_message_of_recipient"),
            models.Index(fields=["created_at"], name="lrp_message_purge"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    def write(self, body: dict[str, Any]) -> None:
        """Seal the body into the row; the caller saves it."""
        self.sealed = crypto.seal(json.dumps(body))

    def read(self) -> dict[str, Any]:
        """Unseal the body."""
        body: dict[str, Any] = json.loads(crypto.unseal(bytes(self.sealed)))
        return body

    def mark_sent(self, provider_id: str) -> None:
        """Note that the provider took it, and erase the body."""
        self._settle(state=Delivery.SENT, sealed=b"", provider_id=provider_id[:200], sent_at=Now(), error="")

    def mark_failed(self, error: str) -> None:
        """Note that the provider will never take it, and erase the body."""
        self._settle_own_try(state=Delivery.FAILED, sealed=b"", error=error[:MAX_ERROR])

    def try_again(self, error: str) -> None:
        """Put it back for a later try; after the last one give it up and erase the body."""
        if self.tries > len(RETRY_AFTER):
            self._settle_own_try(state=Delivery.ABANDONED, sealed=b"", error=error[:MAX_ERROR])
            return
        pause = timedelta(seconds=RETRY_AFTER[self.tries - 1])
        self._settle_own_try(leased_until=None, next_try_at=Now() + pause, error=error[:MAX_ERROR])

    def _settle_own_try(self, **facts: Any) -> None:
        """Settle unless another sender took it over: every lease counts a try."""
        Message.objects.filter(pk=self.pk, state=Delivery.PENDING, tries=self.tries).update(
            provider=self.provider, **facts
        )

    def _settle(self, **facts: Any) -> None:
        Message.objects.filter(pk=self.pk, state=Delivery.PENDING).update(provider=self.provider, **facts)
