"""The page of a template: write, look, try, publish. What is typed is a draft until it is published."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import errors
from ..catalog import FALLBACK_LANGUAGE, MESSAGES, MessageChannel, MessageKind, kinds
from ..flows import callers, trial
from ..models import EmailTemplate, MessageSettings, Overtaken, SMSTemplate, listed_pages
from ..visitors import visitor_of
from .placeholders import placeholders
from .preview_pages import PreviewPages
from .template_forms import TemplateForm
from .template_pages import FOLDER, kind_page, page_of, state_of
from .version_pages import VersionPages


class TemplateAdmin(VersionPages, PreviewPages):
    """What e-mail and SMS templates have in common."""

    text_fields: ClassVar[list[str]]
    voice_fields: ClassVar[list[str]] = []

    form = TemplateForm
    change_form_template = f"{FOLDER}/template_form.html"
    list_display = ["kind", "name", "language", "is_enabled", "published", "latest", "modified_at"]
    list_display_links = ["kind", "name"]
    list_filter = ["kind", "is_enabled", "language"]
    search_fields = ["name"]
    ordering = ["kind", "name", "language"]

    class Media:
        css = {"all": ["loginradius_passwordless/admin/studio.css"]}
        js = ["loginradius_passwordless/admin/studio.js"]

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Stand in no index: the page of a kind leads here."""
        return {}

    # Who may what

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A default is reset and never deleted."""
        return super().has_delete_permission(request, obj) and not (obj is not None and obj.is_default)

    # The form

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the template with its newest text, sent or not."""
        template = super().get_object(request, object_id, from_field)
        newest = template and template.version(template.latest)
        return template.load(newest) if template and newest else template

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer the kinds that travel on this channel."""
        if db_field.name == "kind":
            names = dict(MessageKind.choices)
            options["choices"] = [("", "---------"), *((kind, names[kind]) for kind in kinds(self.channels[0]))]
        return super().formfield_for_choice_field(db_field, request, **options)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the text of another template, or with the shipped one, so that nobody starts from nothing."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        kind = str(initial.get("kind", ""))
        language = str(initial.get("language", FALLBACK_LANGUAGE))
        source = str(initial.pop("source", ""))
        may_look = self.has_view_or_change_permission(request)
        if may_look and source.isdecimal() and (copied := self.get_object(request, source)):
            return {"kind": copied.kind, "language": copied.language, **copied.content, **initial}
        if (kind, self.channels[0]) not in MESSAGES:
            return initial
        return {"language": language, **self.model(kind=kind, language=language).shipped(), **initial}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A template keeps its kind, name and language: it is what API calls and other languages know it by."""
        fixed = ["kind", "name", "language", "state"] if obj else []
        return fixed if self.may(request, "publish") else [*fixed, "is_enabled"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Put the placeholders of the kind beside the texts."""
        kind = obj.kind if obj else request.POST.get("kind") or request.GET.get("kind", "")
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        says = not kind or (kind, MessageChannel.VOICE) in MESSAGES
        texts = [*self.text_fields, *(self.voice_fields if says else [])]
        return [
            (None, {"fields": ["kind", "name", "language", "is_enabled", *(["state"] if obj else [])]}),
            (_("Text"), {"fields": texts, "description": placeholders(kind, self.channels)}),
            *([(_("This version"), {"fields": ["note", "after", "instead_of"]})] if may_write else []),
        ]

    @admin.display(description=gettext_lazy("state"))
    def state(self, template: Any) -> str:
        """Say what is sent."""
        return state_of(template, listed_pages())

    # Saving

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (Overtaken, IntegrityError, ValidationError):  # somebody was faster by a moment: the form says so now
            return super().changeform_view(request, object_id, form_url, extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        for button, act in (("_reset", self._reset), ("_default", self._make_default)):
            if request.method == "POST" and button in request.POST:
                return act(request, object_id)
        return super().change_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write a version, and publish it if that button was pressed."""
        content = obj.content
        if not change:
            obj.add()
        elif "is_enabled" in form.changed_data:
            self.model._default_manager.filter(pk=obj.pk).update(is_enabled=obj.is_enabled)
        newest = obj.version(obj.latest)
        if newest is None or newest.content != content:
            newest = obj.write(
                content, author=request.user, note=form.cleaned_data["note"], after=form.cleaned_data["after"]
            )
        if "_publish" in request.POST:
            self._must(request, "publish")
            obj.publish(newest, author=request.user, instead_of=form.cleaned_data["instead_of"])

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> Any:
        return self._after_saving(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        return self._after_saving(request, obj) or super().response_change(request, obj)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(kind_page(obj))

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(kind_page(obj))

    def _after_saving(self, request: HttpRequest, template: Any) -> HttpResponse | None:
        if "_publish" in request.POST:
            text = _("Version %(number)d is published: it is sent from now on.") % {"number": template.published}
            self.message_user(request, text, messages.SUCCESS)
            return HttpResponseRedirect(page_of(template))
        for channel in self.channels:
            if f"_try_{channel}" in request.POST and (template.kind, channel) in MESSAGES:
                self._must(request, "test")
                self._try(request, template, channel)
                return HttpResponseRedirect(page_of(template))
        return None

    def _try(self, request: HttpRequest, template: Any, channel: MessageChannel) -> None:
        version = template.version(template.latest)
        try:
            caller = callers.of_this_site(visitor_of(request))
            message = trial.send(caller, request.user, template, version, channel)
        except ImproperlyConfigured as error:
            self.message_user(request, str(error), messages.ERROR)
        except (errors.MissingEmail, errors.MissingPhone):
            text = _("There is no address of yours to send it to: sign in to this site with it once.")
            self.message_user(request, text, messages.ERROR)
        except errors.PasswordlessError as error:
            self.message_user(request, _("No test was sent: %s") % error, messages.ERROR)
        else:
            self.log_change(request, template, f"Test of version {template.latest} by {channel}: {message.sid}")
            text = _("A test of version %(number)d is on its way to %(recipient)s.")
            told = text % {"number": template.latest, "recipient": message.recipient}
            self.message_user(request, told, messages.SUCCESS)

    def _reset(self, request: HttpRequest, object_id: str) -> HttpResponseRedirect:
        self._must(request, "change")
        template = self._template(request, object_id, "publish")
        try:
            seen = _number(request, "instead_of")
            template.reset(author=request.user, after=_number(request, "after") or 0, instead_of=seen)
        except Overtaken:
            self.message_user(request, _("Somebody has just saved a version. Nothing was reset."), messages.ERROR)
        else:
            self.log_change(request, template, "Reset to the shipped text.")
            text = _("Nothing of it is sent any more. Its newest version is the shipped text; yours are older ones.")
            self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(page_of(template))

    def _make_default(self, request: HttpRequest, object_id: str) -> HttpResponseRedirect:
        template = self._template(request, object_id, "publish")
        if template.published is None or not template.is_enabled:
            self.message_user(request, _("It is not sent, and so it cannot be the default."), messages.ERROR)
            return HttpResponseRedirect(page_of(template))
        chosen = {f"{template.channel}_default": template.name}
        MessageSettings.put(template.kind, **chosen)
        self.log_change(request, template, "Made the default.")
        text = _("“%(name)s” is the default of its kind now.") % {"name": template.name}
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(page_of(template))


def _number(request: HttpRequest, name: str) -> int | None:
    """Which version somebody had before their eyes."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


@admin.register(EmailTemplate)
class EmailTemplateAdmin(TemplateAdmin):
    """The texts of e-mails."""

    channels = [MessageChannel.EMAIL]
    text_fields = ["subject", "html", "text", "from_name", "from_email"]


@admin.register(SMSTemplate)
class SMSTemplateAdmin(TemplateAdmin):
    """The texts of SMS and calls."""

    channels = [MessageChannel.SMS, MessageChannel.VOICE]
    text_fields = ["text"]
    voice_fields = ["voice_text", "voice_language", "voice_repeat"]
