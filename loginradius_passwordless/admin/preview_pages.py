"""The preview beside a form: what was typed, filled, linted and shown, without being saved."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from ..catalog import MESSAGES
from ..models import Customer
from ..models.template import Template
from .previews import SCHEMES, find_customer, preview, preview_languages
from .template_pages import FOLDER, TemplatePages, kind_page

SEES_CUSTOMERS = "loginradius_passwordless.view_customer"
WIDTHS = ("desktop", "phone")


class PreviewPages(TemplatePages):
    """The form's page with a preview, and the address that makes one of what is being typed."""

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview"
        view = self.admin_site.admin_view(self.preview_view)
        return [
            path("preview/", view, name=name),
            path("<int:object_id>/preview/", view, name=name),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest, object_id: int | None = None) -> HttpResponse:
        """Show what the form holds. A script asks for a part of its page; without one a new window is the page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_or_change_permission(request) and not self.has_add_permission(request):
            raise PermissionDenied
        shown = self._shown(request, self._typed(request, object_id))
        if "application/json" in request.headers.get("Accept", ""):
            html = render_to_string(f"{FOLDER}/_preview.html", shown, request)
            return JsonResponse({"html": html, "notes": shown["notes"]})
        context = {**self.admin_site.each_context(request), **shown, "title": _("Preview"), "opts": self.opts}
        return TemplateResponse(request, f"{FOLDER}/preview.html", context)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """Add what the page needs besides the form: the preview of what is in it, and what may be done."""
        template = context["adminform"].form.instance
        typed = self._typed(request, template.pk) if request.method == "POST" else self._initial(context)
        row = context.get("original")
        context |= {
            **self._shown(request, typed),
            "channels": [channel for channel in self.channels if (typed.kind, channel) in MESSAGES],
            "languages": preview_languages(typed),
            "sees_customers": request.user.has_perm(SEES_CUSTOMERS),
            "may_publish": self.may(request, "publish"),
            "may_test": self.may(request, "test"),
            "may_write": self.has_change_permission(request, row) if row else self.has_add_permission(request),
            "is_default": row is not None and row.is_default,
            "newest": row.version(row.latest) if row else None,
            "kind_page": kind_page(row) if row else "",
            "preview_address": self._preview_address(row),
            "show_save_and_add_another": False,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def _preview_address(self, row: Template | None) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_preview"
        return reverse(name, args=[row.pk] if row else [])

    def _typed(self, request: HttpRequest, object_id: int | None) -> Any:
        """A template as the form has it, whatever it has: it is only looked at."""
        may_look = self.has_view_or_change_permission(request)
        saved = self.get_object(request, str(object_id)) if object_id and may_look else None
        template = self.model(
            kind=saved.kind if saved else request.POST.get("kind", ""),
            name=saved.name if saved else _printable(request.POST.get("name", "")),
            language=saved.language if saved else _printable(request.POST.get("language", ""))[:16],
        )
        for part in template.parts:
            self._take(template, part, request.POST.get(part, getattr(saved or template, part)))
        return template

    def _take(self, template: Any, part: str, typed: Any) -> None:
        """Set a part to what was typed, as far as it can be that."""
        if self.model._meta.get_field(part).get_internal_type() != "PositiveSmallIntegerField":
            setattr(template, part, str(typed).replace("\r\n", "\n"))
        elif str(typed) in {"1", "2", "3", "4", "5"}:
            setattr(template, part, int(typed))

    def _initial(self, context: Any) -> Any:
        """A template as a form begins with it."""
        form = context["adminform"].form
        if form.instance.pk:
            return form.instance
        initial = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        row = ("kind", "name", "language")
        template = self.model(**{name: _printable(str(initial.get(name) or "")) for name in row})
        for part in template.parts:
            if initial.get(part) is not None:
                self._take(template, part, initial[part])
        return template

    def _shown(self, request: HttpRequest, template: Any) -> dict[str, Any]:
        asked = {name: request.POST.get(f"preview_{name}", "") for name in ("language", "scheme", "width", "customer")}
        scheme = asked["scheme"] if asked["scheme"] in SCHEMES else SCHEMES[0]
        customer, is_unknown = self._customer(request, asked["customer"])
        typed = preview(template, scheme=scheme, customer=customer)
        shown = typed
        if asked["language"] in preview_languages(template) and asked["language"] != template.language:
            may_look = self.has_view_or_change_permission(request)
            template = self._in_language(template, asked["language"], may_look=may_look)
            shown = preview(template, scheme=scheme, customer=customer)
        return {
            "preview": shown,
            "notes": typed.notes,  # beside the fields stands what is wrong with these, whatever is looked at
            "customer_is_unknown": is_unknown,
            "scheme": scheme,
            "width": asked["width"] if asked["width"] in WIDTHS else WIDTHS[0],
            "asked_language": template.language,
            "asked_customer": asked["customer"],
        }

    def _in_language(self, template: Any, language: str, *, may_look: bool) -> Any:
        """The same template in another language, as staff wrote it last or as it is shipped."""
        rows = self.model._default_manager.filter(kind=template.kind, name=template.name, language=language)
        row = rows.first() if may_look else None
        if row and (newest := row.version(row.latest)):
            return row.load(newest)
        other = self.model(kind=template.kind, name=template.name, language=language)
        for part, value in (other.shipped() if (template.kind, self.channels[0]) in MESSAGES else {}).items():
            setattr(other, part, value)
        return other

    @staticmethod
    def _customer(request: HttpRequest, text: str) -> tuple[Customer | None, bool]:
        """Whose name is shown, and whether somebody was asked for whom there is not."""
        if not text.strip() or not request.user.has_perm(SEES_CUSTOMERS):
            return None, False
        customer = find_customer(text)
        return customer, customer is None


def _printable(text: str) -> str:
    """Leave out what no database takes."""
    return text.replace("\0", "")
