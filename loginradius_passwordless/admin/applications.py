"""Applications and their API secrets: made here, shown once, ended here."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from ..models import Application, ApplicationSecret
from ..models.logo import MAX_LOGO, logo_address, validate_logo
from .generic import ModelAdmin, ModelForm, TabularInline

MAY_CHANGE = "loginradius_passwordless.change_application"
MAY_VIEW = "loginradius_passwordless.view_application"
FLOWS = ["one_touch_login", "smart_login", "passwordless_login", "phone_login"]


class LinesField(forms.Field):
    """A list of texts, edited one per line."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 80, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        lines = [line.strip() for line in (value or "").splitlines()]
        return list(dict.fromkeys(line for line in lines if line))

    def run_validators(self, value: Any) -> None:
        """Check line by line, so that the form names every bad one and not only the first."""
        faults: list[ValidationError] = []
        for line in value:
            try:
                super().run_validators([line])
            except ValidationError as error:
                faults.extend(error.error_list)
            except ValueError:  # what urllib says of an address that is none at all
                faults.append(ValidationError(_("%(line)s is not an address."), params={"line": line}))
        if faults:
            raise ValidationError(faults)


class SecretForm(ModelForm[ApplicationSecret]):
    """A row of the list of secrets, in which only one thing can be done."""

    revoke = forms.BooleanField(label=_("Revoke"), required=False)

    class Meta:
        model = ApplicationSecret
        fields: list[str] = []

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["revoke"].disabled = self.instance.revoked_at is not None

    def save(self, commit: bool = True) -> ApplicationSecret:
        """Revoke by the model's own statement; the rest of the row is nobody's to write here."""
        return self.instance.revoke() if self.cleaned_data["revoke"] else self.instance


class SecretInline(TabularInline[ApplicationSecret, Application]):
    """When secrets were made, used and revoked. Whoever may change the application may revoke them."""

    model = ApplicationSecret
    form = SecretForm
    fields = ["created_at", "last_used_at", "revoked_at", "revoke"]
    readonly_fields = ["created_at", "last_used_at", "revoked_at"]
    ordering = ["-pk"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(MAY_CHANGE)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(MAY_VIEW) or request.user.has_perm(MAY_CHANGE)


class ApplicationForm(ModelForm[Application]):
    """An application, and whether saving it also makes a secret."""

    add_secret = forms.BooleanField(
        label=_("Add an API secret"), required=False, help_text=_("It is shown once, when the page is saved.")
    )
    new_logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG, JPEG, GIF or WebP, up to 64 kB. It is part of the page on which people confirm a login."),
    )
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    def clean_new_logo(self) -> bytes | None:
        uploaded = self.cleaned_data["new_logo"]
        if not uploaded:
            return None
        picture: bytes = uploaded.read(MAX_LOGO + 1)
        validate_logo(picture)
        return picture


@admin.register(Application)
class ApplicationAdmin(ModelAdmin[Application]):
    """The API clients of the site."""

    form = ApplicationForm
    list_display = ["name", "api_key", "is_active", "flows", "created_at"]
    list_filter = ["is_active"]
    search_fields = ["name", "api_key"]
    readonly_fields = ["created_at", "logo_shown"]
    fieldsets = [
        (None, {"fields": ["name", "api_key", "is_active", "created_at"]}),
        (_("Where people and browsers may come from and go to"), {"fields": ["return_urls", "origins"]}),
        (
            _("What it may do"),
            {"fields": [*FLOWS, "registration", "number_match", "token_delivery", "security_notices"]},
        ),
        (_("Telling people from programs"), {"fields": ["captcha", "captcha_provider"]}),
        (_("How people see it"), {"fields": ["logo_shown", "new_logo", "remove_logo"]}),
        (_("New API secret"), {"fields": ["add_secret"]}),
    ]
    inlines = [SecretInline]
    actions = ["issue_secrets"]

    @admin.display(description=_("flows"))
    def flows(self, application: Application) -> str:
        """Name the flows that are switched on."""
        return ", ".join(str(label_for_field(flow, Application)) for flow in FLOWS if getattr(application, flow))

    @admin.display(description=_("logo now"))
    def logo_shown(self, application: Application) -> str:
        """Show the logo as pages have it."""
        address = logo_address(application.logo)
        return format_html('<img src="{}" alt="" style="max-height:64px">', address) if address else "-"

    def get_readonly_fields(self, request: HttpRequest, obj: Application | None = None) -> list[str]:
        """Keep the API key once it is given out: every client in the field has it."""
        return [*self.readonly_fields, *(["api_key"] if obj else [])]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> forms.Field | None:
        if not isinstance(db_field, models.JSONField):
            return super().formfield_for_dbfield(db_field, request, **options)
        return LinesField(
            label=capfirst(db_field.verbose_name),
            help_text=format_lazy("{} {}", db_field.help_text, _("One per line.")),
            validators=db_field.validators,
            required=False,
        )

    def save_model(self, request: HttpRequest, obj: Application, form: Any, change: bool) -> None:
        if form.cleaned_data["new_logo"] or form.cleaned_data["remove_logo"]:
            obj.logo = form.cleaned_data["new_logo"]
        super().save_model(request, obj, form, change)
        if form.cleaned_data["add_secret"]:
            self._issue_secret(request, obj)

    @admin.action(description=_("Add an API secret"), permissions=["change"])
    def issue_secrets(self, request: HttpRequest, queryset: models.QuerySet[Application]) -> None:
        """Make a secret for each chosen application, and show it."""
        for application in queryset:
            with transaction.atomic():
                self._issue_secret(request, application)
                self.log_change(request, application, [{"added": {"name": "API secret", "object": ""}}])

    @sensitive_variables("secret")
    def _issue_secret(self, request: HttpRequest, application: Application) -> None:
        secret = ApplicationSecret.objects.issue(application)
        text = gettext("New API secret of {}: {} Copy it now: it is not shown again.")
        self.message_user(
            request,
            format_html(text, application.name, format_html("<code>{}</code>", secret)),
            messages.WARNING,
        )
