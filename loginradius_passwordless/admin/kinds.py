"""Everything the site sends, kind by kind: its texts, its limits, and what these mean in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from ..catalog import MESSAGES, SENT_WHEN, MessageChannel, MessageKind, languages
from ..models import EmailTemplate, MessageSettings, SMSTemplate, listed_pages
from .consequences import consequences, settings_of
from .generic import ModelAdmin
from .template_pages import FOLDER, page_of, state_of

MODELS: tuple[type[EmailTemplate] | type[SMSTemplate], ...] = (EmailTemplate, SMSTemplate)
APP = "loginradius_passwordless"


@dataclass(frozen=True)
class Row:
    """A template in a list."""

    template: Any
    newest: Any
    is_default: bool
    pages: set[str]

    @property
    def page(self) -> str:
        """Its address."""
        return page_of(self.template)

    @property
    def state(self) -> str:
        """What is sent."""
        return state_of(self.template, self.pages)

    @property
    def look(self) -> str:
        """How its state is coloured."""
        if self.template.is_broken(self.pages):
            return "error"
        if not self.template.is_enabled or self.template.published is None:
            return "plain"
        return "good" if self.template.published == self.template.latest else "warning"


@admin.register(MessageSettings)
class MessageSettingsAdmin(ModelAdmin[MessageSettings]):
    """The kinds of messages: there are as many as there are, so none is added or deleted."""

    change_form_template = f"{FOLDER}/kind_form.html"

    class Media:
        css = {"all": ["loginradius_passwordless/admin/studio.css"]}

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let in who may see the settings or any of the texts."""
        return super().has_view_permission(request, obj) or any(_may_see(request, model) for model in MODELS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Offer the settings that mean something for the kind."""
        requests, secrets = settings_of(obj.kind) if obj else ([], [])
        where_empty = _("Where a field is empty, the site's settings decide.")
        return [
            *([(_("Requests"), {"fields": requests})] if requests else []),
            *([(_("Codes and links"), {"fields": secrets, "description": where_empty})] if secrets else []),
        ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> MessageSettings | None:
        """Return the settings of a kind; one that nobody has set has the site's."""
        return MessageSettings.of(object_id) if object_id in MessageKind.values else None

    def save_model(self, request: HttpRequest, obj: MessageSettings, form: Any, change: bool) -> None:
        """Write what the form has and nothing else: who made another template the default meanwhile is not undone."""
        changed = {name: getattr(obj, name) for name in form.changed_data}
        if changed:
            MessageSettings.put(obj.kind, **changed)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """List all kinds."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        rows = self._rows(request)
        settings = {row.kind: row for row in MessageSettings.objects.all()}
        context = {
            **self.admin_site.each_context(request),
            "title": _("Kinds of messages"),
            "opts": self.opts,
            "cl": None,
            "kinds": [
                self._summary(kind, rows, settings.get(kind, MessageSettings(kind=kind))) for kind in MessageKind
            ],
        }
        return TemplateResponse(request, f"{FOLDER}/kinds.html", context)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Show the templates of the kind above its settings."""
        settings = context["original"]
        rows = self._rows(request, settings.kind)
        context |= {
            "sent_when": SENT_WHEN[settings.kind],
            "channels": [*self._channels(request, settings, rows)],
            "consequences": consequences(settings),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    # What the lists show

    def _rows(self, request: HttpRequest, kind: str = "") -> dict[type, list[Row]]:
        """The templates that somebody may see, each with its newest version."""
        found: dict[type, list[Row]] = {}
        pages = listed_pages()
        settings = {row.kind: row for row in MessageSettings.objects.all()}
        for model in MODELS:
            if not _may_see(request, model):
                continue
            templates = model.objects.filter(**({"kind": kind} if kind else {}))
            version: Any = model.versions.rel.related_model
            versions = version.objects.filter(template__in=templates, number=F("template__latest"))
            newest = {row.template_id: row for row in versions.select_related("trial")}
            found[model] = [
                Row(each, newest.get(each.pk), each.name == _default(settings, each), pages)
                for each in templates.order_by("kind", "name", "language")
            ]
        return found

    @staticmethod
    def _summary(kind: MessageKind, rows: dict[type, list[Row]], settings: MessageSettings) -> dict[str, Any]:
        theirs = {model: [row for row in each if row.template.kind == kind] for model, each in rows.items()}
        newest = max(
            (row.newest for each in theirs.values() for row in each if row.newest),
            key=lambda version: version.created_at, default=None,
        )  # fmt: skip
        return {
            "label": kind.label,
            "sent_when": SENT_WHEN[kind],
            "page": reverse(f"admin:{APP}_messagesettings_change", args=[kind.value]),
            "channels": [
                _channel(theirs[model]) if model in theirs and (kind, model.channel) in MESSAGES else None
                for model in MODELS
            ],
            "changed_by": newest and newest.author_name,
            "changed_at": newest and newest.created_at,
        }

    @staticmethod
    def _channels(
        request: HttpRequest, settings: MessageSettings, rows: dict[type, list[Row]]
    ) -> Iterator[dict[str, Any]]:
        for model in MODELS:
            name = model._meta.model_name
            if (settings.kind, model.channel) not in MESSAGES or model not in rows:
                continue
            default = getattr(settings, f"{model.channel}_default")
            written = {row.template.language for row in rows[model] if row.template.name == default}
            yield {
                "label": _("E-mail") if model.channel == MessageChannel.EMAIL else _("SMS and calls"),
                "rows": rows[model],
                "default": default,
                "languages": [language for language in languages() if language not in written],
                "may_add": request.user.has_perm(f"{APP}.add_{name}"),
                "add": reverse(f"admin:{APP}_{name}_add"),
            }


def _may_see(request: HttpRequest, model: Any) -> bool:
    name = model._meta.model_name
    return any(request.user.has_perm(f"{APP}.{action}_{name}") for action in ("view", "change"))


def _channel(rows: list[Row]) -> dict[str, Any]:
    if not rows:
        return {"states": [{"text": _("shipped text"), "look": "plain"}], "trial": ""}
    states = [
        {
            "text": f"{row.template.name} {row.template.language}: {row.state}"
            if not row.is_default
            else f"{row.template.language}: {row.state}",
            "look": row.look,
        }
        for row in rows
    ]
    trials = [row.newest.trial.get_state_display() for row in rows if row.newest and row.newest.trial]
    return {"states": states, "trial": ", ".join(dict.fromkeys(map(str, trials)))}


def _default(settings: dict[str, MessageSettings], template: Any) -> str:
    row = settings.get(template.kind) or MessageSettings(kind=template.kind)
    return str(getattr(row, f"{template.channel}_default"))
