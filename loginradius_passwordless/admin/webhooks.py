"""Webhooks: whom the site tells what happens, how that goes, and what was told. No page shows a secret twice."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from ..backends import public_http
from ..catalog import HookName
from ..errors import PasswordlessError
from ..flows.webhooks import MOST_PER_EVENT, check_room
from ..models import WebhookDelivery, WebhookEndpoint
from ..webhooks import send_again, send_test
from .evidence import EvidenceAdmin
from .generic import ModelAdmin, ModelForm

EDITED = ["name", "url", "events"]


class EndpointForm(ModelForm[WebhookEndpoint]):
    """An endpoint, and whether saving it also draws a new secret."""

    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[(name.value, name.value) for name in HookName],
        widget=forms.CheckboxSelectMultiple,
    )
    # Compared with what the page showed: whoever saves another change does not resume what was paused meanwhile.
    is_paused = forms.BooleanField(
        label=_("Paused"),
        required=False,
        show_hidden_initial=True,
        help_text=_("What happens meanwhile is kept, and can be sent again from the list of deliveries."),
    )
    replace_secret = forms.BooleanField(
        label=_("Replace the secret"),
        required=False,
        help_text=_("The new one is shown once, when the page is saved. The old one signs as well for a day."),
    )

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            public_http.check_url(url)
        except public_http.NotAllowed as error:
            raise ValidationError(str(error)) from None
        return url

    def clean(self) -> dict[str, Any]:
        """Count the endpoints of each event, inside the transaction in which the admin saves."""
        application = self.cleaned_data.get("application") or getattr(self.instance, "application", None)
        try:
            if application is not None:
                check_room(application, self.cleaned_data.get("events", []), beside=self.instance.pk or 0)
        except PasswordlessError:
            text = _("%(most)d webhooks of this application are told of such an event already.")
            self.add_error("events", ValidationError(text, params={"most": MOST_PER_EVENT}))
        return self.cleaned_data


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ModelAdmin[WebhookEndpoint]):
    """Who is told. Senders write these rows all the time, so a form saves only what was changed in it."""

    form = EndpointForm
    list_display = ["__str__", "application", "url", "told", "is_paused", "failures", "failing_since"]
    list_filter = ["application", "is_paused"]
    list_select_related = ["application"]
    search_fields = ["name", "url"]
    readonly_fields = [
        "hook_id", "created_at", "modified_at", "old_secret_until", "paused_because", "failures", "failing_since",
        "rests_until", "deliveries",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": ["application", *EDITED]}),
        (_("Secret"), {"fields": ["replace_secret", "old_secret_until"]}),
        (
            _("How it goes"),
            {"fields": ["is_paused", "paused_because", "failures", "failing_since", "rests_until", "deliveries"]},
        ),
        (_("Dates"), {"fields": ["hook_id", "created_at", "modified_at"]}),
    ]
    actions = ["send_test", "pause", "resume", "replace_secrets"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        """Leave pictures and secrets where they are: no page shows them."""
        rows = super().get_queryset(request)
        return rows.select_related("application").defer("application__logo", "sealed_secret", "sealed_old_secret")

    def get_readonly_fields(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> list[str]:
        """Keep the application: what an endpoint was told belongs to it."""
        return [*self.readonly_fields, *(["application"] if obj else [])]

    def get_fieldsets(self, request: HttpRequest, obj: WebhookEndpoint | None = None) -> Any:
        """Ask for a new endpoint no more than what makes it one; its secret is drawn in any case."""
        return super().get_fieldsets(request, obj) if obj else [(None, {"fields": ["application", *EDITED]})]

    @admin.display(description=_("events"))
    def told(self, endpoint: WebhookEndpoint) -> str:
        """Name the events."""
        return ", ".join(endpoint.events)

    @admin.display(description=_("deliveries"))
    def deliveries(self, endpoint: WebhookEndpoint) -> str:
        """Link to what it was told."""
        address = reverse("admin:loginradius_passwordless_webhookdelivery_changelist")
        return format_html('<a href="{}?endpoint={}">{}</a>', address, endpoint.pk, _("Show"))

    @sensitive_variables("secret")
    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool) -> None:
        """Save what was changed, and show a new secret."""
        if not change:
            secret = obj.new_secret()
            super().save_model(request, obj, form, change)
            self._show(request, obj, secret)
            return
        obj.save(update_fields=[*(name for name in EDITED if name in form.changed_data), "modified_at"])
        this = WebhookEndpoint.objects.filter(pk=obj.pk)
        if "url" in form.changed_data:
            this.note_success(obj.pk)  # the new address has not failed yet
        if "is_paused" in form.changed_data:
            this.pause() if obj.is_paused else this.resume()
        if form.cleaned_data.get("replace_secret"):
            self._replace_secret(request, obj)

    @admin.action(description=_("Send a test"), permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        """Send each an event that did not happen."""
        running = [endpoint for endpoint in queryset if not endpoint.is_paused]
        with transaction.atomic():
            for endpoint in running:
                send_test(endpoint, HookName.LOGIN)
                self.log_change(request, endpoint, "Test sent.")
        text = ngettext("%d test is on its way; see the deliveries.", "%d tests are on their way; see the deliveries.",
                        len(running))  # fmt: skip
        self.message_user(request, text % len(running), messages.SUCCESS if running else messages.WARNING)

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        """Call these no more, until somebody resumes them."""
        self._told(request, queryset, "Paused.", WebhookEndpoint.objects.filter(pk__in=_keys(queryset)).pause())

    @admin.action(description=_("Resume"), permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        """Call these again."""
        self._told(request, queryset, "Resumed.", WebhookEndpoint.objects.filter(pk__in=_keys(queryset)).resume())

    @admin.action(description=_("Replace the secret"), permissions=["change"])
    def replace_secrets(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        """Draw a secret for each, and show it."""
        with transaction.atomic():
            for endpoint in queryset:
                self._replace_secret(request, endpoint)
                self.log_change(request, endpoint, [{"changed": {"fields": ["secret"]}}])

    @sensitive_variables("secret")
    def _replace_secret(self, request: HttpRequest, shown: WebhookEndpoint) -> None:
        """Replace one after the other: of two at once, the later one's old secret is the earlier one's new one."""
        endpoint = WebhookEndpoint.objects.select_for_update().get(pk=shown.pk)
        secret = endpoint.new_secret()
        endpoint.save(update_fields=["sealed_secret", "sealed_old_secret", "old_secret_until", "modified_at"])
        self._show(request, shown, secret)

    @sensitive_variables()
    def _show(self, request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> None:
        text = gettext("New secret of {}: {} Copy it now: it is not shown again.")
        shown = format_html("<code>{}</code>", secret)
        self.message_user(request, format_html(text, endpoint.name or endpoint.url, shown), messages.WARNING)

    def _told(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint], done: str, count: int) -> None:
        for endpoint in queryset:
            self.log_change(request, endpoint, done)
        text = ngettext("%d webhook was changed.", "%d webhooks were changed.", count)
        self.message_user(request, text % count, messages.SUCCESS)


class EndpointFilter(admin.SimpleListFilter):
    """Keeps what one endpoint was told. Django's own filter asks for the application of each endpoint by itself."""

    title = _("webhook")
    parameter_name = "endpoint"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = WebhookEndpoint.objects.select_related("application").only("name", "application__name")
        return [(str(row.pk), str(row)) for row in rows.order_by("pk")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> QuerySet[WebhookDelivery]:
        known = {key for key, _name in self.lookup_choices}
        chosen = self.value()
        return queryset.filter(endpoint_id=int(chosen)) if chosen in known else queryset


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(EvidenceAdmin[WebhookDelivery]):
    """What was told to whom, and how that went. What it said about a customer is not shown."""

    fields = ["event_id", "hook", "endpoint", "customer", "state", "tries", "status", "error", "created_at",
              "next_try_at", "settled_at"]  # fmt: skip
    list_display = ["hook", "endpoint", "state", "tries", "status", "error", "created_at", "next_try_at"]
    list_filter = ["state", "hook", EndpointFilter]
    list_select_related = ["endpoint__application"]
    found_by = {"customer": "customers"}
    actions = ["send_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        """Leave what is not shown where it is."""
        return super().get_queryset(request).defer("sealed", "endpoint__application__logo")

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        """Sending again is the one change there is."""
        return request.user.has_perm("loginradius_passwordless.change_webhookdelivery")

    @admin.action(description=_("Send again"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        """Send the chosen ones once more, with all their tries."""
        with transaction.atomic():
            self.log_changes(request, queryset, "Sent again.")
            count = send_again(_keys(queryset))
        text = ngettext("%d webhook is sent again.", "%d webhooks are sent again.", count)
        self.message_user(request, text % count, messages.SUCCESS)


def _keys(queryset: QuerySet[Any]) -> list[int]:
    return list(queryset.values_list("pk", flat=True))
