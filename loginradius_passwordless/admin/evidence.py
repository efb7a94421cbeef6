"""Evidence: attempts, messages and events. Read by staff; written, changed and deleted by nobody."""

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ..catalog import MessageChannel
from ..identifiers import mask_email, mask_phone
from . import searching
from .generic import ModelAdmin

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

    # Which column finds rows by what a text from the search box leads to; see ``searching.Found``.
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

    def log_changes(self, request: HttpRequest, rows: Iterable[AnyModel], message: str) -> None:
        """Log the same change of many rows; row by row, "select all" would take minutes."""
        user_id: Any = request.user.pk  # of staff, who have one
        LogEntry.objects.log_actions(user_id, rows, CHANGE, message)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Filter by what the page offers; by any other column staff could guess what is masked, letter by letter."""
        offered = {getattr(each, "parameter_name", each) for each in self.list_filter}
        name, _, rest = lookup.partition("__")  # a longer one reaches through the application to what it points at
        return name in offered and rest in {"", "exact", "id__exact", "isnull"} and "\0" not in str(value)

    def get_readonly_fields(self, request: HttpRequest, obj: AnyModel | None = None) -> list[Any]:
        return flatten_fieldsets(self.get_fieldsets(request, obj))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[AnyModel], bool]:
        """Find exactly what was typed, by digest and by key; see ``searching``."""
        if not search_term.strip():
            return queryset, False
        found = searching.find(search_term)
        wanted = Q(pk__in=[])
        for column, what in self.found_by.items():
            if keys := getattr(found, what):
                wanted |= Q(**{f"{column}__in": keys})
        return queryset.filter(wanted), False

    def _must_see(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    @admin.display(description=_("recipient"))
    def masked_recipient(self, row: Any) -> str:
        """Show to whom it went, as far as staff need to know."""
        return masked(row.recipient) if row.recipient else ""


class ShownStateFilter(admin.SimpleListFilter):
    """Filters by the state that is shown, expired and locked included."""

    title = _("state")
    parameter_name = "shown_state"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self._model_admin = model_admin
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(model_admin.states.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(self._model_admin.in_state(self.value())) if self.value() else queryset


class CountryFilter(admin.SimpleListFilter):
    """Filters by country. It offers those of the newest rows: to read all for that takes longer than to show them."""

    title = _("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        newest = model_admin.model._default_manager.order_by("-pk").values_list("country", flat=True)
        found = {country for country in newest[: BoundedPaginator.most] if country}
        return [(country, country) for country in sorted(found | {self.value() or ""} - {""})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(country=self.value()) if self.value() else queryset


class ChannelFilter(admin.SimpleListFilter):
    """Filters by channel, without asking the table which channels it has."""

    title = _("channel")
    parameter_name = "channel"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return MessageChannel.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(channel=self.value()) if self.value() else queryset
