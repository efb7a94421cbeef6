"""What an identity has used up and staff may forgive: guesses and messages."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..models import GuessBudget, LoginAttempt, PausedAddress, SendBudget
from .evidence import EvidenceAdmin


class BudgetAdmin(EvidenceAdmin[Any]):
    """What an identity has used up. Whose it is, its newest attempt knows."""

    found_by = {"identity": "keys"}
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


@admin.register(PausedAddress)
class PausedAddressAdmin(EvidenceAdmin[PausedAddress]):
    """Addresses from which mail came back. A pause can be lifted."""

    found_by = {"identity": "keys"}
    search_help_text = _("A whole e-mail address.")
    fields = ["masked_recipient", "reason", "paused_at"]
    list_display = ["masked_recipient", "reason", "paused_at"]
    actions = ["lift"]

    def has_lift_permission(self, request: HttpRequest) -> bool:
        """Lifting is the one change there is."""
        return request.user.has_perm("loginradius_passwordless.delete_pausedaddress")

    @admin.action(description=_("Lift the pause: mail is sent again"), permissions=["lift"])
    def lift(self, request: HttpRequest, queryset: QuerySet[PausedAddress]) -> None:
        """Send to the chosen addresses again."""
        paused = list(queryset)
        with transaction.atomic():
            self.log_changes(request, paused, "Lifted.")
            PausedAddress.objects.filter(pk__in=[address.pk for address in paused]).delete()
        text = ngettext("Mail is sent to %d address again.", "Mail is sent to %d addresses again.", len(paused))
        self.message_user(request, text % len(paused), messages.SUCCESS)
