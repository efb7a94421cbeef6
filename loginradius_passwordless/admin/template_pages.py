"""What every page about a template needs: its permissions, its address, and what to call its state."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from ..catalog import MessageChannel
from ..models.template import Template
from .generic import ModelAdmin

FOLDER = "loginradius_passwordless/admin"
MAX_NUMBER = 20


class TemplatePages(ModelAdmin[Any]):
    """Pages about a template."""

    channels: ClassVar[list[MessageChannel]]

    def may(self, request: HttpRequest, action: str) -> bool:
        """Tell whether somebody may publish or test these templates."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.{action}_{self.opts.model_name}"))

    def _must(self, request: HttpRequest, action: str) -> None:
        if not self.may(request, action):
            raise PermissionDenied

    def _template(self, request: HttpRequest, object_id: Any, action: str) -> Any:
        """Return the row as it is sent, to somebody who may do this with it."""
        self._must(request, action)
        return self._row(object_id)

    def _seen(self, request: HttpRequest, object_id: Any) -> Any:
        """Return the row to somebody who may look at it: who may change it may."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return self._row(object_id)

    def _row(self, object_id: Any) -> Any:
        number = str(object_id)
        is_one = number.isascii() and number.isdecimal() and len(number) < MAX_NUMBER
        template = self.model._default_manager.filter(pk=number).first() if is_one else None
        if template is None:
            raise Http404
        return template


def page_of(template: Template) -> str:
    """Return the address of a template's page."""
    return reverse(f"admin:{template._meta.app_label}_{template._meta.model_name}_change", args=[template.pk])


def kind_page(template: Template) -> str:
    """Return the address of the page of a template's kind."""
    return reverse("admin:loginradius_passwordless_messagesettings_change", args=[template.kind])


def state_of(template: Template, pages: Collection[str]) -> str:
    """Say in words what is sent. ``pages`` are those that applications list."""
    if template.published is None:
        return _("nothing of it is sent; version %(number)d is a draft") % {"number": template.latest}
    if not template.is_enabled:
        return _("switched off: nothing of it is sent")
    if template.is_broken(pages):
        return _("broken: nothing of it is sent")
    if template.published == template.latest:
        return _("version %(number)d is sent") % {"number": template.published}
    numbers = {"number": template.published, "draft": template.latest}
    return _("version %(number)d is sent; version %(draft)d is a draft") % numbers
