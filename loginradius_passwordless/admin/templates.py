"""Templates and the settings of messages: what staff write and how often it may be asked for."""

from abc import abstractmethod
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from ..catalog import FALLBACK_LANGUAGE, MESSAGES, MessageChannel, MessageKind, kinds, shipped
from ..models import EmailTemplate, MessageSettings, SMSTemplate
from ..models.template import Template
from . import previews
from .generic import ModelAdmin

AnyTemplate = TypeVar("AnyTemplate", bound=Template)


class TemplateAdmin(ModelAdmin[AnyTemplate]):
    """What e-mail and SMS templates have in common: help with placeholders, a first text, a preview."""

    channels: ClassVar[list[str]]
    text_fields: ClassVar[list[str]]

    list_display = ["kind", "name", "language", "is_enabled", "modified_at"]
    list_display_links = ["kind", "name"]
    list_filter = ["kind", "is_enabled", "language"]
    search_fields = ["name"]
    ordering = ["kind", "name", "language"]
    readonly_fields = ["preview", "modified_at"]

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer the kinds that travel on this channel."""
        if db_field.name == "kind":
            names = dict(MessageKind.choices)
            options["choices"] = [("", "---------"), *((kind, names[kind]) for kind in kinds(self.channels[0]))]
        return super().formfield_for_choice_field(db_field, request, **options)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin a new row of a kind with the shipped text, so that nobody starts from an empty page."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        kind = str(initial.get("kind", ""))
        language = str(initial.get("language", FALLBACK_LANGUAGE))
        if (kind, self.channels[0]) not in MESSAGES:
            return initial
        return {"language": language, **self.shipped_text(kind, language), **initial}

    @abstractmethod
    def shipped_text(self, kind: str, language: str) -> dict[str, str]:
        """Return the shipped text of a kind by field."""

    def get_fieldsets(self, request: HttpRequest, obj: AnyTemplate | None = None) -> Any:
        """Put the placeholders of the kind beside the text, and a preview below what is saved."""
        kind = obj.kind if obj else request.POST.get("kind") or request.GET.get("kind", "")
        return [
            (None, {"fields": ["kind", "name", "language", "is_enabled", *(["modified_at"] if obj else [])]}),
            (_("Text"), {"fields": self.text_fields, "description": self._help(kind)}),
            *([(_("Preview of what is saved"), {"fields": ["preview"]})] if obj else []),
        ]

    def _help(self, kind: str) -> str:
        """List what the text may contain; where the kind is still open, offer to begin with a shipped text."""
        if kind:
            return previews.placeholders(kind, self.channels)
        names = dict(MessageKind.choices)
        links = [(urlencode({"kind": kind}), names[kind]) for kind in kinds(self.channels[0])]
        return format_html(
            "{} {}", _("Begin with the shipped text of:"), format_html_join(", ", '<a href="?{}">{}</a>', links)
        )


@admin.register(EmailTemplate)
class EmailTemplateAdmin(TemplateAdmin[EmailTemplate]):
    """The texts of e-mails."""

    channels = [MessageChannel.EMAIL]
    text_fields = ["subject", "text", "html", "from_name", "from_email"]

    def shipped_text(self, kind: str, language: str) -> dict[str, str]:
        text = shipped(kind, MessageChannel.EMAIL, language)
        return {"subject": text.subject, "text": text.text, "html": text.html}

    @admin.display(description=_("preview"))
    def preview(self, template: EmailTemplate) -> str:
        """Show the mail with sample values."""
        return previews.email(template)


@admin.register(SMSTemplate)
class SMSTemplateAdmin(TemplateAdmin[SMSTemplate]):
    """The texts of SMS and calls."""

    channels = [MessageChannel.SMS, MessageChannel.VOICE]
    text_fields = ["text", "voice_text"]

    def shipped_text(self, kind: str, language: str) -> dict[str, str]:
        known = [channel for channel in self.channels if (kind, channel) in MESSAGES]
        fields = dict(zip(self.channels, self.text_fields, strict=True))
        return {fields[channel]: shipped(kind, channel, language).text for channel in known}

    @admin.display(description=_("preview"))
    def preview(self, template: SMSTemplate) -> str:
        """Show the SMS and the call with sample values."""
        return previews.sms(template)


@admin.register(MessageSettings)
class MessageSettingsAdmin(ModelAdmin[MessageSettings]):
    """How often messages of a kind may be asked for, and how long what they carry works."""

    list_display = ["kind", "request_limit", "disable_period", "code_lifetime", "link_lifetime", "code_length"]
    ordering = ["kind"]
    fieldsets = [
        (None, {"fields": ["kind"]}),
        (_("Requests"), {"fields": ["request_limit", "disable_period"]}),
        (
            _("Codes and links"),
            {
                "fields": ["code_lifetime", "code_length", "link_lifetime"],
                "description": _("Where a field is empty, the site's settings decide."),
            },
        ),
    ]
