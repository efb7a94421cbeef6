"""Login attempts: who asked, what was sent and whether it arrived, and what became of it."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..conf import conf
from ..models import Event, LoginAttempt, Message, State, VerificationToken
from ..models.attempt import MOVES
from ..models.database import Now
from ..models.message import Delivery
from . import searching
from .diagnosis import diagnose
from .evidence import (
    EXPIRED,
    LOCKED,
    READ_FROM_CLOCK_AND_TRIES,
    ChannelFilter,
    CountryFilter,
    EvidenceAdmin,
    ShownStateFilter,
)
from .funnel import funnels, period
from .generic import TabularInline
from .template_pages import FOLDER

# No attempt lives longer, so what is live is among the newest.
LONGEST = timedelta(hours=25)


class EvidenceInline(TabularInline[Any, Any]):
    """Rows of evidence in the page of another."""

    extra = 0
    can_delete = False
    max_num = 0

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TokenInline(EvidenceInline):
    """What was sent for an attempt: a link, a code, or both."""

    model = VerificationToken
    fields = ["kind", "purpose", "created_at", "expires_at"]


class MessageInline(EvidenceInline):
    """The messages of an attempt, and how far each got."""

    model = Message
    fields = ["sid", "kind", "channel", "state", "provider", "provider_id", "tries", "error", "created_at", "sent_at"]
    ordering = ["pk"]


class EventInline(EvidenceInline):
    """What happened; the first says why nothing was sent, if nothing was."""

    model = Event
    fields = ["name", "detail", "address", "created_at"]
    ordering = ["pk"]


@admin.register(LoginAttempt)
class LoginAttemptAdmin(EvidenceAdmin[LoginAttempt]):
    """Who asked for a login, from where, and what became of it."""

    states = dict(State.choices) | READ_FROM_CLOCK_AND_TRIES
    found_by = {"identity": "keys", "recipient": "recipients", "customer": "customers", "pk": "attempts"}
    change_list_template = f"{FOLDER}/attempts.html"
    list_display = [
        "flow", "shown_state", "delivery", "application", "masked_recipient", "country", "asked_address", "created_at",
    ]  # fmt: skip
    list_filter = ["flow", ShownStateFilter, "application", ChannelFilter, CountryFilter]
    list_select_related = ["application"]
    fieldsets = [
        (None, {"fields": ["flow", "shown_state", "channel", "masked_recipient", "application", "customer"]}),
        (
            gettext_lazy("Asked"),
            {"fields": ["created_at", "asked_address", "country", "asked_agent", "name", "language"]},
        ),
        (
            gettext_lazy("Confirmed"),
            {"fields": ["opened_at", "verified_at", "approved_address", "approved_agent", "tries"]},
        ),
        (gettext_lazy("Ended"), {"fields": ["consumed_at", "denied_at", "expires_at", "is_decoy", "redirect_url"]}),
    ]
    inlines = [MessageInline, TokenInline, EventInline]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.funnel_view)
        return [path("funnel/", view, name="loginradius_passwordless_loginattempt_funnel"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LoginAttempt]:
        """Add the state as the protocols see it, from the database's clock and the tries, and how the message fared."""
        expired = When(self.in_state(EXPIRED), then=Value(EXPIRED))
        locked = When(state=State.REQUESTED, tries__gte=conf.ATTEMPT_TRIES, then=Value(LOCKED))
        shown = Case(expired, locked, default=F("state"), output_field=CharField())
        messages = Message.objects.filter(attempt=OuterRef("pk")).order_by("-pk").values("state")
        rows = super().get_queryset(request).annotate(shown_state=shown, delivery_state=Subquery(messages[:1]))
        return rows.defer("application__logo")

    def in_state(self, shown: str) -> Q:
        """Return the condition of a state that is shown; by columns, so that an index finds it."""
        live = Q(expires_at__gt=Now(), created_at__gt=Now() - LONGEST)
        tried = Q(tries__gte=conf.ATTEMPT_TRIES)
        return {
            EXPIRED: Q(state__in=list(MOVES), expires_at__lte=Now()),
            LOCKED: live & tried & Q(state=State.REQUESTED),
            State.REQUESTED: live & ~tried & Q(state=State.REQUESTED),
            State.VERIFIED: live & Q(state=State.VERIFIED),
        }.get(shown, Q(state=shown))

    @admin.display(description=gettext_lazy("state"))
    def shown_state(self, attempt: Any) -> str:
        """Name the state."""
        return str(self.states[attempt.shown_state])

    @admin.display(description=gettext_lazy("message"))
    def delivery(self, attempt: Any) -> str:
        """Name how far its newest message got."""
        return str(Delivery(attempt.delivery_state).label) if attempt.delivery_state else "–"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """List attempts; where somebody is looked for, say also what keeps messages from them now."""
        text = request.GET.get("q", "")
        found = diagnose(searching.find(text)) if text and self.has_view_permission(request) else []
        return super().changelist_view(request, {**(extra_context or {}), "diagnosis": found})

    def funnel_view(self, request: HttpRequest) -> HttpResponse:
        """Show how many started, and how far they got, by flow and day."""
        self._must_see(request)
        days = period(request.GET.get("days", ""))
        context = {
            **self.admin_site.each_context(request),
            "title": _("From the start to the sign-in"),
            "opts": self.opts,
            "days": days,
            "funnels": funnels(days),
        }
        return TemplateResponse(request, f"{FOLDER}/funnel.html", context)
