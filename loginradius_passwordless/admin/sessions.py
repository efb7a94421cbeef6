"""Who is signed in: sessions, which staff may end, and the access tokens in them."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import BooleanField, Case, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .. import sessions
from ..models import AccessToken, Session
from ..models.database import Now
from .evidence import EvidenceAdmin

FOUND_BY = {"customer": "customers"}
SEARCH_HELP = _("UID of a customer, or a whole e-mail address or phone number that the customer has proven.")


@admin.register(Session)
class SessionAdmin(EvidenceAdmin[Session]):
    """The sign-ins of customers. One can be ended, and nothing else."""

    found_by = FOUND_BY
    search_help_text = SEARCH_HELP
    fields = ["customer", "application", "attempt", "device", "address", "country", "created_at", "ended_at"]
    list_display = ["customer", "application", "device", "country", "created_at", "ended_at"]
    list_filter = ["application"]
    list_select_related = ["customer", "application"]
    ordering = ["-created_at"]
    actions = ["end"]

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Ending a session is the one change there is."""
        return request.user.has_perm("loginradius_passwordless.change_session")

    @admin.action(description=_("End, with all tokens"), permissions=["end"])
    def end(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """End the chosen sessions."""
        with transaction.atomic():
            chosen = list(queryset)
            count = sessions.end(Session.objects.filter(pk__in=[session.pk for session in chosen]))
            self.log_changes(request, chosen, "Ended.")
        text = ngettext("%d session was ended.", "%d sessions were ended.", count)
        self.message_user(request, text % count, messages.SUCCESS)


@admin.register(AccessToken)
class AccessTokenAdmin(EvidenceAdmin[AccessToken]):
    """The tokens that clients hold; they end with their session."""

    found_by = FOUND_BY
    search_help_text = SEARCH_HELP
    fields = [
        "customer", "application", "session", "is_live", "created_at", "expires_at",
        "refresh_expires_at", "refreshed_at", "revoked_at",
    ]  # fmt: skip
    list_display = ["customer", "application", "is_live", "created_at", "expires_at", "refreshed_at", "revoked_at"]
    list_filter = ["application"]
    list_select_related = ["customer", "application"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessToken]:
        """Add whether a token opens something, by the database's clock."""
        live = When(revoked_at=None, expires_at__gt=Now(), then=Value(True))
        shown = Case(live, default=Value(False), output_field=BooleanField())
        return super().get_queryset(request).annotate(is_live=shown)

    @admin.display(description=_("live"), boolean=True)
    def is_live(self, token: Any) -> bool:
        """Tell whether the token opens something now."""
        return bool(token.is_live)
