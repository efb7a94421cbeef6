"""The outbox: one row per e-mail, SMS or call, written in the same transaction as what it is about."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import crypto, journal
from ..catalog import MessageChannel, MessageKind
from .application import Application
from .attempt import LoginAttempt
from .customer import Customer
from .database import Now, in_transaction
from .told import MAX_PROVIDER_ID as MAX_PROVIDER_ID
from .told import Told as Told

LEASE = timedelta(seconds=30)
RETRY_AFTER = [1, 2, 4, 8, 16, 32, 60, 120]
MAX_ERROR = 300
MAX_PROVIDER = 80
MAX_PAUSE = 300.0  # seconds

# How many messages another sender may take between our look and our lease before we look again.
TAKEN_MEANWHILE = 20


class Delivery(models.TextChoices):
    """How far a message got. Expired is read from the clock."""

    PENDING = "pending", _("Waiting")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    UNDELIVERED = "undelivered", _("Did not arrive")
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

    def waiting_until(self, pk: int) -> datetime | None:
        """Return when the next try of a message is due; None where there is none to come."""
        waiting = self.filter(pk=pk, state=Delivery.PENDING, expires_at__gt=F("next_try_at"))
        return waiting.values_list("next_try_at", flat=True).first()

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

    def report(self, *, arrived: bool | None, error: str = "", told: Told) -> int:
        """Note what a provider says became of these messages; the first final word counts, whatever comes after it.

        Args:
            arrived: whether it reached the phone or mailbox; None while it is under way.

        Returns how many messages changed.
        """
        if told.facts:
            self.update(**told.facts)
        if arrived is None:
            return 0
        if arrived:  # also of what we believe to wait: it did arrive, and is not sent again
            facts: dict[str, Any] = {"state": Delivery.DELIVERED, "sealed": b"", "error": ""}
            # And of what was given up as it may have arrived: it has.
            given_up = [Delivery.ABANDONED, Delivery.FAILED]
            doubted = self.filter(state__in=given_up).exclude(doubted=[])
            return doubted._settle_each("message_delivered", given_up, **facts) + self._settle_each(
                "message_delivered", [Delivery.PENDING, Delivery.SENT], **facts
            )
        facts = {"state": Delivery.UNDELIVERED, "error": error[:MAX_ERROR]}
        return self._settle_each("message_undelivered", [Delivery.SENT], **facts)

    def abandon_expired(self) -> int:
        """Give up what was not sent while it was of use, and erase its body."""
        free = Q(leased_until=None) | Q(leased_until__lte=Now())  # what a sender holds may be arriving
        late = self.filter(free, state=Delivery.PENDING, expires_at__lte=Now())
        given_up = 0
        for channel in map(str, MessageChannel):
            facts: dict[str, Any] = {"sealed": b"", "error": "expired before it could be sent"}
            count = late.filter(channel=channel).update(state=Delivery.ABANDONED, **facts)
            given_up += count
            if count:
                journal.tell("message_abandoned", channel=channel, count=count, reason="expired")
        return given_up

    def _settle_each(self, event: str, states: list[Delivery], **facts: Any) -> int:
        """Settle these messages one by one, so that of each it is told whether this call did it."""
        settled = 0
        for message in self.filter(state__in=states).defer("sealed"):
            if Message.objects.filter(pk=message.pk, state__in=states).update(reported_at=Now(), **facts):
                settled += 1
                message.tell(event)
        return settled


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
    state = models.CharField(_("state"), max_length=11, choices=Delivery.choices, default=Delivery.PENDING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    error = models.CharField(_("last error"), max_length=MAX_ERROR, blank=True)
    provider = models.CharField(_("provider"), max_length=MAX_PROVIDER, blank=True)
    provider_id = models.CharField(_("provider's id"), max_length=MAX_PROVIDER_ID, blank=True)
    # Providers that may have delivered it and never said so.
    doubted = models.JSONField(default=list, editable=False)
    segments = models.PositiveSmallIntegerField(_("parts"), null=True)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=6, null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    is_trial = models.BooleanField(
        _("test"), default=False, help_text=_("Staff sent it to themselves; its link and code work for nobody.")
    )
    created_at = models.DateTimeField(_("written"), db_default=Now())
    next_try_at = models.DateTimeField(_("next try"), db_default=Now())
    leased_until = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(_("of use until"))
    sent_at = models.DateTimeField(_("sent"), null=True)
    reported_at = models.DateTimeField(_("reported"), null=True, help_text=_("When the provider said so."))

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["state", "id"], name="lrp_message_due"),
            models.Index(fields=["identity"], name="lrp_message_of_identity"),
            models.Index(fields=["recipient", "id"], name="lrp_message_of_recipient"),
            models.Index(fields=["created_at"], name="lrp_message_purge"),
            models.Index(fields=["provider_id"], name="lrp_message_of_provider"),
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

    def mark_sent(self, told: Told) -> None:
        """Note that the provider took it and what it told, and erase the body."""
        facts = {**told.facts, "provider": self.provider, "sent_at": Now()}
        if not self._settle(state=Delivery.SENT, sealed=b"", error="", **facts):
            # Its report was faster than its answer.
            reported = Message.objects.filter(pk=self.pk, state=Delivery.DELIVERED, sent_at=None)
            if not reported.update(**facts):
                return
        # By this host's clock: good enough to count with, and no reason for one more query.
        self.tell("message_sent", seconds=max(0.0, (timezone.now() - self.created_at).total_seconds()))

    def mark_failed(self, error: str) -> None:
        """Note that the provider will never take it, and erase the body."""
        self._settle_own_try("message_failed", state=Delivery.FAILED, sealed=b"", error=error[:MAX_ERROR])

    def give_up(self, error: str) -> None:
        """Stop trying, and erase the body."""
        self._settle_own_try("message_abandoned", state=Delivery.ABANDONED, sealed=b"", error=error[:MAX_ERROR])

    def try_again(self, error: str, *, after: float = 0) -> None:
        """Put it back for a later try, in so many seconds at least; after the last one give it up."""
        if self.tries > len(RETRY_AFTER):
            self.give_up(error)
            return
        pause = timedelta(seconds=max(RETRY_AFTER[self.tries - 1], min(after, MAX_PAUSE)))
        self._settle_own_try("message_delayed", leased_until=None, next_try_at=Now() + pause, error=error[:MAX_ERROR])

    def renew_lease(self) -> bool:
        """Keep it for as long again; tell whether it is still ours, and waits: a report may have settled it."""
        mine = Message.objects.filter(pk=self.pk, state=Delivery.PENDING, tries=self.tries)
        return bool(mine.update(leased_until=Now() + LEASE))

    def doubt(self, provider: str) -> None:
        """Remember, before anybody else is asked, that a provider may have delivered it; each time that it may have."""
        self.doubted = [*self.doubted, provider]
        Message.objects.filter(pk=self.pk).update(doubted=self.doubted)

    def tell(self, event: str, **facts: Any) -> None:
        """Tell the journal what became of it."""
        known = {"application": self.application_id, "channel": str(self.channel), "kind": str(self.kind)}
        rows = {"attempt": self.attempt_id, "customer": self.customer_id, "message_id": self.pk}
        journal.tell(event, **known, provider=self.provider, **rows, tries=self.tries, **facts)

    def _settle_own_try(self, event: str, **facts: Any) -> None:
        """Settle unless another sender took it over: every lease counts a try."""
        own_try = Message.objects.filter(pk=self.pk, state=Delivery.PENDING, tries=self.tries)
        if own_try.update(provider=self.provider, **facts):
            self.tell(event)

    def _settle(self, **facts: Any) -> bool:
        return bool(Message.objects.filter(pk=self.pk, state=Delivery.PENDING).update(**facts))
