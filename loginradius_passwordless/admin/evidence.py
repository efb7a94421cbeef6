"""Evidence: attempts, messages and events. Read by staff; written, changed and deleted by nobody."""

from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.paginator import Paginator
from django.db.models import Case, CharField, F, Model, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..catalog import MessageChannel
from ..conf import conf
from ..identifiers import mask_email, mask_phone
from ..models import Event, LoginAttempt, Message, State, VerificationToken
from ..models.attempt import MOVES
from ..models.database import Now
from ..models.message import Delivery
from . import searching
from .generic import ModelAdmin, TabularInline

AnyModel = TypeVar("AnyModel", bound=Model)

EXPIRED, LOCKED = "expired", "locked"
READ_FROM_CLOCK_AND_TRIES = {EXPIRED: _("Expired"), LOCKED: _("Locked")}


def masked(recipient: str) -> str:
    """Show an address or a number in a form that its owner recognises and nobody else can use."""
    return mask_email(recipient) if "@" in recipient else mask_phone(recipient)


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # pages of any table
    """Counts as far as anybody pages: counting millions of rows takes longer than showing them."""

    most = 10_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[: self.most].count())


class EvidenceAdmin(ModelAdmin[AnyModel]):
    """Pages to look at. Only the columns named in a subclass are shown, and none of them is a secret."""

    # By which lookup a fact from the search box finds rows: ``identity`` keys, a customer's ``uid``, a ``sid``.
    found_by: ClassVar[dict[str, str]] = {}

    search_fields = ["pk"]  # any name: it makes Django show the box
    search_help_text = searching.HELP
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = []  # only the newest first is indexed
    ordering = ["-pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AnyModel | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AnyModel | None = None) -> bool:
        """Refuse here, and leave it to Django's permissions elsewhere: evidence goes with whom it is about.

        Django asks this of every row that the deletion of a user, a customer or an application takes along.
        """
        match = request.resolver_match
        here = f"{self.opts.app_label}_{self.opts.model_name}_"
        elsewhere = match is not None and not (match.url_name or "").startswith(here)
        return elsewhere and super().has_delete_permission(request, obj)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Filter by what the page offers; by any other column staff could guess what is masked, letter by letter."""
        offered = {getattr(each, "parameter_name", each) for each in self.list_filter}
        return lookup.partition("__")[0] in offered

    def get_readonly_fields(self, request: HttpRequest, obj: AnyModel | None = None) -> list[Any]:
        return flatten_fieldsets(self.get_fieldsets(request, obj))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[AnyModel], bool]:
        """Find exactly what was typed, by digest and by key; see ``searching``."""
        if not search_term.strip():
            return queryset, False
        wanted = Q(pk__in=[])
        for fact, value in searching.read(search_term).items():
            if fact in self.found_by:
                wanted |= Q(**{self.found_by[fact]: value})
        return queryset.filter(wanted), True

    @admin.display(description=_("recipient"))
    def masked_recipient(self, row: Any) -> str:
        """Show to whom it went, as far as staff need to know."""
        return masked(row.recipient) if row.recipient else ""


class ShownStateFilter(admin.SimpleListFilter):
    """Filters by the state that is shown, expired and locked included."""

    title = _("state")
    parameter_name = "shown_state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(model_admin.states.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(shown_state=self.value()) if self.value() else queryset


class ChannelFilter(admin.SimpleListFilter):
    """Filters by channel, without asking the table which channels it has."""

    title = _("channel")
    parameter_name = "channel"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return MessageChannel.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(channel=self.value()) if self.value() else queryset


class TokenInline(TabularInline[VerificationToken, LoginAttempt]):
    """What was sent for an attempt: a link, a code, or both."""

    model = VerificationToken
    fields = ["kind", "purpose", "created_at"]
    readonly_fields = ["kind", "purpose", "created_at"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(LoginAttempt)
class LoginAttemptAdmin(EvidenceAdmin[LoginAttempt]):
    """Who asked for a login, from where, and what became of it."""

    states = dict(State.choices) | READ_FROM_CLOCK_AND_TRIES
    found_by = {"identity": "identity__in", "uid": "customer__uid", "sid": "messages__sid"}
    list_display = ["flow", "shown_state", "application", "masked_recipient", "asked_address", "created_at"]
    list_filter = ["flow", ShownStateFilter, "application", ChannelFilter]
    list_select_related = ["application"]
    fieldsets = [
        (None, {"fields": ["flow", "shown_state", "channel", "masked_recipient", "application", "customer"]}),
        (_("Asked"), {"fields": ["created_at", "asked_address", "asked_agent", "name", "language"]}),
        (_("Confirmed"), {"fields": ["verified_at", "approved_address", "approved_agent", "tries"]}),
        (_("Ended"), {"fields": ["consumed_at", "denied_at", "expires_at", "is_decoy", "redirect_url"]}),
    ]
    inlines = [TokenInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LoginAttempt]:
        """Add the state as the protocols see it, read from the database's clock and the tries."""
        expired = When(state__in=list(MOVES), expires_at__lte=Now(), then=Value(EXPIRED))
        locked = When(state=State.REQUESTED, tries__gte=conf.ATTEMPT_TRIES, then=Value(LOCKED))
        shown = Case(expired, locked, default=F("state"), output_field=CharField())
        return super().get_queryset(request).annotate(shown_state=shown)

    @admin.display(description=_("state"))
    def shown_state(self, attempt: Any) -> str:
        """Name the state."""
        return str(self.states[attempt.shown_state])


@admin.register(Message)
class MessageAdmin(EvidenceAdmin[Message]):
    """What was sent, or was not, and why. What it said is not kept."""

    states = dict(Delivery.choices) | {EXPIRED: READ_FROM_CLOCK_AND_TRIES[EXPIRED]}
    found_by = {"identity": "identity__in", "uid": "attempt__customer__uid", "sid": "sid"}
    list_display = [
        "kind", "channel", "masked_recipient", "shown_state", "tries", "error", "created_at", "sent_at", "provider_id",
    ]  # fmt: skip
    list_filter = ["kind", "channel", ShownStateFilter, "application"]
    fieldsets = [
        (None, {"fields": ["sid", "kind", "channel", "masked_recipient", "application", "attempt"]}),
        (_("Delivery"), {"fields": ["shown_state", "tries", "error", "provider_id", "sent_at", "next_try_at"]}),
        (_("Dates"), {"fields": ["created_at", "expires_at"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """Add the state that is shown: what still waits when it is of no use any more has expired."""
        expired = When(state=Delivery.PENDING, expires_at__lte=Now(), then=Value(EXPIRED))
        shown = Case(expired, default=F("state"), output_field=CharField())
        return super().get_queryset(request).annotate(shown_state=shown)

    @admin.display(description=_("state"))
    def shown_state(self, message: Any) -> str:
        """Name the state."""
        return str(self.states[message.shown_state])


@admin.register(Event)
class EventAdmin(EvidenceAdmin[Event]):
    """The event log."""

    found_by = {"identity": "identity__in", "uid": "customer__uid", "sid": "attempt__messages__sid"}
    fields = ["name", "created_at", "application", "customer", "attempt", "address", "agent", "detail"]
    list_display = ["name", "application", "customer", "address", "detail", "created_at"]
    list_filter = ["name", "application"]
    list_select_related = ["application", "customer"]
