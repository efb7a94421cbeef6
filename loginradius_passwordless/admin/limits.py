"""What runs out by itself and staff may cut short or forgive: access tokens, guesses and messages."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import BooleanField, Case, OuterRef, QuerySet, Subquery, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..models import AccessToken, GuessBudget, LoginAttempt, SendBudget
from ..models.database import Now
from .evidence import EvidenceAdmin


@admin.register(AccessToken)
class AccessTokenAdmin(EvidenceAdmin[AccessToken]):
    """Who is signed in. A token can be ended, and nothing else."""

    found_by = {"uid": "customer__uid", "identity": "customer__identifiers__proven_key__in"}
    search_help_text = _("UID of a customer, or a whole e-mail address or phone number that the customer has proven.")
    fields = [
        "customer", "application", "is_live", "created_at", "expires_at",
        "refresh_expires_at", "refreshed_at", "revoked_at",
    ]  # fmt: skip
    list_display = ["customer", "application", "is_live", "created_at", "expires_at", "refreshed_at", "revoked_at"]
    list_filter = ["application"]
    list_select_related = ["customer", "application"]
    actions = ["revoke"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessToken]:
        """Add whether a token opens something, by the database's clock."""
        live = When(revoked_at=None, expires_at__gt=Now(), then=Value(True))
        shown = Case(live, default=Value(False), output_field=BooleanField())
        return super().get_queryset(request).annotate(is_live=shown)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Ending a token is the one change there is."""
        return request.user.has_perm("loginradius_passwordless.change_accesstoken")

    @admin.display(description=_("live"), boolean=True)
    def is_live(self, token: Any) -> bool:
        """Tell whether the token opens something now."""
        return bool(token.is_live)

    @admin.action(description=_("Revoke, with the refresh token"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[AccessToken]) -> None:
        """End the chosen tokens."""
        with transaction.atomic():
            tokens = list(queryset)
            count = AccessToken.objects.filter(pk__in=[token.pk for token in tokens]).revoke()
            for token in tokens:
                self.log_change(request, token, "Revoked.")
        text = ngettext("%d access token was revoked.", "%d access tokens were revoked.", count)
        self.message_user(request, text % count, messages.SUCCESS)


class BudgetAdmin(EvidenceAdmin[Any]):
    """What an identity has used up. Whose it is, its newest attempt knows."""

    found_by = {"identity": "identity__in"}
    search_help_text = _("A whole e-mail address, or phone number with its country code.")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Add the recipient of the newest attempt; the row itself has only a digest."""
        attempts = LoginAttempt.objects.filter(identity=OuterRef("identity")).order_by("-pk")
        return super().get_queryset(request).annotate(recipient=Subquery(attempts.values("recipient")[:1]))


@admin.register(GuessBudget)
class GuessBudgetAdmin(BudgetAdmin):
    """The wrong codes of a day. They can be forgiven."""

    fields = ["masked_recipient", "failures", "locked_until", "day_started_at"]
    list_display = ["masked_recipient", "failures", "locked_until", "day_started_at"]
    actions = ["forgive"]

    def has_forgive_permission(self, request: HttpRequest) -> bool:
        """Forgiving is the one change there is."""
        return request.user.has_perm("loginradius_passwordless.change_guessbudget")

    @admin.action(description=_("Forgive: codes work again at once"), permissions=["forgive"])
    def forgive(self, request: HttpRequest, queryset: QuerySet[GuessBudget]) -> None:
        """Forget the failures of the chosen identities and unlock them."""
        budgets = list(queryset)
        with transaction.atomic():
            for budget in budgets:
                GuessBudget.objects.forgive(budget.identity)
                self.log_change(request, budget, "Forgiven.")
        text = ngettext("%d identity was unlocked.", "%d identities were unlocked.", len(budgets))
        self.message_user(request, text % len(budgets), messages.SUCCESS)


@admin.register(SendBudget)
class SendBudgetAdmin(BudgetAdmin):
    """The messages of a window of time."""

    fields = ["masked_recipient", "window", "count", "not_before", "started_at"]
    list_display = ["masked_recipient", "window", "count", "not_before", "started_at"]
