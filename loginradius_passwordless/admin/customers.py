"""Customers: found by whatever they go by, blocked and let in again."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .. import sessions
from ..backends.users import has_field
from ..models import Customer, Identifier, Session
from . import searching
from .generic import ModelAdmin, TabularInline

MAY_CHANGE = "loginradius_passwordless.change_customer"


class IdentifierInline(TabularInline[Identifier, Customer]):
    """The addresses and numbers of a customer; in full only for staff who may change customers."""

    model = Identifier
    readonly_fields = ["kind", "value", "masked", "verified_at", "created_at"]
    ordering = ["pk"]
    extra = 0
    can_delete = False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        shown = "value" if request.user.has_perm(MAY_CHANGE) else "masked"
        return ["kind", shown, "verified_at", "created_at"]

    @admin.display(description=_("value"))
    def masked(self, identifier: Identifier) -> str:
        """Show a form that is enough to talk about."""
        return identifier.identity.masked

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Customer)
class CustomerAdmin(ModelAdmin[Customer]):
    """Who signs in.

    Nobody adds a customer here: customers are made after proof. Nor is one given to another user: that would
    let whoever may change customers sign in as a superuser.
    """

    list_display = ["uid", "user", "full_name", "is_blocked", "is_login_disabled", "logins", "last_login_at"]
    list_filter = ["is_blocked", "is_login_disabled"]
    list_select_related = ["user"]
    search_help_text = _("Part of the user's name or address; or a whole UID, e-mail address or phone number.")
    show_full_result_count = False
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": ["uid", "user", "full_name", "language"]}),
        (_("Access"), {"fields": ["is_blocked", "is_login_disabled"]}),
        (_("Registration"), {"fields": ["registered_by", "registration_source", "created_at", "modified_at"]}),
        (_("Logins"), {"fields": ["logins", "last_login_at", "last_login_address"]}),
    ]
    readonly_fields = [
        "uid", "user", "registered_by", "registration_source", "created_at", "modified_at",
        "logins", "last_login_at", "last_login_address",
    ]  # fmt: skip
    raw_id_fields = ["user"]
    inlines = [IdentifierInline]
    actions = ["block", "unblock"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Search what the site's own user model has: its login name, and its e-mail address if there is one."""
        user_model = get_user_model()
        names = dict.fromkeys([user_model.USERNAME_FIELD, user_model.get_email_field_name()])
        return [f"user__{name}" for name in names if has_field(user_model, name)]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Customer], search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        """Add who has exactly this UID or proven identifier to what Django finds among the users."""
        found, has_duplicates = super().get_search_results(request, queryset, search_term)
        exact = Q(pk__in=searching.find(search_term).customers)
        return found | queryset.filter(exact), has_duplicates

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        # Only what the form changed: a login counted meanwhile stays counted.
        obj.save(update_fields=[*form.changed_data, "modified_at"])
        if obj.is_blocked:
            sessions.end(Session.objects.filter(customer=obj))

    @admin.action(description=_("Block: refuse everywhere and end all sessions"), permissions=["change"])
    def block(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        """Block the chosen customers; a block that left sessions alive would be half of one."""
        count = self._set_blocked(request, queryset, is_blocked=True)
        text = ngettext("%d customer was blocked.", "%d customers were blocked.", count)
        self.message_user(request, text % count, messages.SUCCESS)

    @admin.action(description=_("Unblock"), permissions=["change"])
    def unblock(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        """Let the chosen customers sign in again; what was ended stays ended."""
        count = self._set_blocked(request, queryset, is_blocked=False)
        text = ngettext("%d customer was unblocked.", "%d customers were unblocked.", count)
        self.message_user(request, text % count, messages.SUCCESS)

    def _set_blocked(self, request: HttpRequest, chosen: QuerySet[Customer], *, is_blocked: bool) -> int:
        with transaction.atomic():
            customers = list(chosen)
            for customer in customers:
                customer.is_blocked = is_blocked
                customer.save(update_fields=["is_blocked", "modified_at"])
                if is_blocked:
                    sessions.end(Session.objects.filter(customer=customer))
                self.log_change(request, customer, [{"changed": {"fields": ["blocked"]}}])
        return len(customers)
