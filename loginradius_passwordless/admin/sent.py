"""Messages and events: what was sent, and what happened."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import Event, Message
from ..models.database import Now
from ..models.message import Delivery
from .evidence import EXPIRED, READ_FROM_CLOCK_AND_TRIES, EvidenceAdmin, ShownStateFilter


@admin.register(Message)
class MessageAdmin(EvidenceAdmin[Message]):
    """What was sent, or was not, and why. What it said is not kept."""

    states = dict(Delivery.choices) | {EXPIRED: READ_FROM_CLOCK_AND_TRIES[EXPIRED]}
    found_by = {
        "identity": "keys", "sid": "guids", "recipient": "masked", "customer": "customers", "attempt": "attempts",
    }  # fmt: skip
    list_display = [
        "kind", "channel", "masked_recipient", "shown_state", "tries", "error", "created_at", "sent_at", "provider",
        "provider_id",
    ]  # fmt: skip
    list_filter = ["kind", "channel", ShownStateFilter, "application", "is_trial"]
    fieldsets = [
        (None, {"fields": ["sid", "kind", "channel", "masked_recipient", "application", "attempt", "is_trial"]}),
        (
            _("Delivery"),
            {
                "fields": [
                    "shown_state",
                    "tries",
                    "error",
                    "provider",
                    "provider_id",
                    "sent_at",
                    "reported_at",
                    "next_try_at",
                    "segments",
                    "price",
                    "currency",
                ]
            },
        ),
        (_("Dates"), {"fields": ["created_at", "expires_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """Add the state that is shown: what still waits when it is of no use any more has expired."""
        shown = Case(
            When(self.in_state(EXPIRED), then=Value(EXPIRED)), default=F("state"), output_field=CharField()
        )  # fmt: skip
        return super().get_queryset(request).annotate(shown_state=shown)

    def in_state(self, shown: str) -> Q:
        """Return the condition of a state that is shown."""
        return {
            EXPIRED: Q(state=Delivery.PENDING, expires_at__lte=Now()),
            Delivery.PENDING: Q(state=Delivery.PENDING, expires_at__gt=Now()),
        }.get(shown, Q(state=shown))

    @admin.display(description=_("state"))
    def shown_state(self, message: Any) -> str:
        """Name the state."""
        return str(self.states[message.shown_state])


@admin.register(Event)
class EventAdmin(EvidenceAdmin[Event]):
    """The event log."""

    found_by = {"identity": "keys", "customer": "customers", "attempt": "attempts"}
    fields = ["name", "created_at", "application", "customer", "attempt", "address", "agent", "detail"]
    list_display = ["name", "application", "customer", "address", "detail", "created_at"]
    list_filter = ["name", "application"]
    list_select_related = ["application", "customer"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """Leave pictures where they are: a list shows none."""
        return super().get_queryset(request).defer("application__logo")
