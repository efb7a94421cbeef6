"""What a template said before: the list of its versions, what changed between two, and going back."""

import difflib
import re
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _

from ..models import Overtaken
from ..models.version import Version
from .template_pages import FOLDER, TemplatePages, page_of

AROUND = 3
MAX_LINES = 4000
BEGINNING = re.compile(r"@@ -[01][ ,]")


class VersionPages(TemplatePages):
    """The pages of versions. They take the place of the admin's history, and say more."""

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        views = [
            path("<int:object_id>/diff/", view(self.diff_view), name=f"{name}_diff"),
            path("<int:object_id>/versions/<int:number>/restore/", view(self.restore_view), name=f"{name}_restore"),
        ]
        return [*views, *super().get_urls()]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """List the versions, newest first."""
        template = self._seen(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Versions: %s") % template,
            "opts": self.opts,
            "object": template,
            "template": template,
            "versions": template.versions.select_related("trial"),
            "may_write": self.has_change_permission(request, template),
            "may_publish": self.may(request, "publish"),
            "page": page_of(template),
        }
        return TemplateResponse(request, f"{FOLDER}/versions.html", context)

    def diff_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show what changed from one version to another, by default to the newest from the one before."""
        template = self._seen(request, object_id)
        old = self._version(template, request.GET.get("from", str(template.latest - 1)))
        new = self._version(template, request.GET.get("to", str(template.latest)))
        context = {
            **self.admin_site.each_context(request),
            "title": _("What changed: %s") % template,
            "opts": self.opts,
            "object": template,
            "old": old,
            "new": new,
            "fields": [*changes(self.model, old, new)],
            "page": page_of(template),
        }
        return TemplateResponse(request, f"{FOLDER}/diff.html", context)

    def restore_view(self, request: HttpRequest, object_id: int, number: int) -> HttpResponse:
        """Write an old version once more, as the newest. It is a draft until it is published."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        template = self._template(request, object_id, "change")
        old = self._version(template, str(number))
        try:
            version = template.write(
                old.parts(self.model.nothing()),
                author=request.user, note=_("Version %d restored") % number, after=template.latest,
            )  # fmt: skip
        except Overtaken:
            self.message_user(request, _("Somebody has just saved a version. Nothing was restored."), messages.ERROR)
        else:
            self.log_change(request, template, f"Version {number} restored as version {version.number}.")
            text = _("Version %(old)d is back, as version %(new)d. It is a draft until you publish it.")
            self.message_user(request, text % {"old": number, "new": version.number}, messages.SUCCESS)
        return HttpResponseRedirect(page_of(template))

    @staticmethod
    def _version(template: Any, number: str) -> Version:
        # Version 0 is what was before the first: nothing.
        version: Version | None = (
            template.version(int(number)) if number.isascii() and number.isdecimal() and len(number) < 9 else None
        )
        if version is None and number == "0":
            return type(template).versions.rel.related_model(number=0, content={})  # type: ignore[no-any-return]
        if version is None:
            raise Http404
        return version


def changes(model: Any, old: Version, new: Version) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the label of each part that differs, with its lines after their marks: ``-``, ``+``, a blank or ``…``."""
    held = [version.parts(model.nothing()) for version in (old, new)]
    for name in model.parts:
        before, after = (str(parts[name]).splitlines() for parts in held)
        if before == after:
            continue
        label = str(model._meta.get_field(name).verbose_name)
        if len(before) + len(after) > MAX_LINES:  # difflib takes a minute for what nobody would read
            yield label, [*(("-", line) for line in before), *(("+", line) for line in after)]
            continue
        lines = list(difflib.unified_diff(before, after, n=AROUND, lineterm=""))[2:]
        yield label, [_line(line) for line in lines if not BEGINNING.match(line)]  # nothing was left out before it


def _line(line: str) -> tuple[str, str]:
    return ("…", "") if line.startswith("@@") else (line[0], line[1:])
