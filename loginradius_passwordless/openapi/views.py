"""The document over HTTP, and as a page; where the site does not show them, there is nothing at their addresses."""

from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import translation
from django.views.generic import View

from ..api.base import NotFoundView
from ..conf import conf
from ..hosted.base import HostedView
from .page import groups, parts, shapes
from .shapes import Schema


def is_shown() -> bool:
    """Tell whether this site shows the document: it has the extra, and the setting says so."""
    wanted = settings.DEBUG if conf.API_DOCS == "debug" else conf.API_DOCS == "always"
    return wanted and find_spec("drf_spectacular") is not None


def document() -> Schema:
    """Return the document of this site. Needs the extra ``[openapi]``."""
    from .document import of_this_site

    return of_this_site()


class DocumentView(View):
    """GET identity/openapi.json"""

    http_method_names = ["get", "head"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(request, *args, **kwargs) if is_shown() else NotFoundView.as_view()(request)

    def get(self, request: HttpRequest) -> JsonResponse:
        return JsonResponse(document())


class DocsView(HostedView):
    """GET identity/docs/: in English, as the API speaks it"""

    http_method_names = ["get", "head"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(request, *args, **kwargs) if is_shown() else NotFoundView.as_view()(request)

    def get(self, request: HttpRequest) -> HttpResponseBase:
        said = document()
        info = said["info"]
        shown = {
            "nonce": self.nonce,
            "info": info,
            "about": parts(info["description"]),
            "groups": groups(said),
            "shapes": shapes(said),
        }
        with translation.override("en"):
            return TemplateResponse(request, "loginradius_passwordless/openapi/docs.html", shown).render()
