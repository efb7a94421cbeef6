"""Which browser pages may call the API: plugged into django-cors-headers, which does the rest."""

from typing import Any

from django.http import HttpRequest
from django.urls import Resolver404, resolve

from ..flows import callers
from .threads import anywhere

APP = "loginradius_passwordless"


def allow_origin(sender: Any, request: HttpRequest, **kwargs: Any) -> bool:
    """Answer ``corsheaders.signals.check_request_enabled`` for the addresses of this app, and for no others."""
    origin = request.headers.get("Origin", "")
    if not origin:
        return False
    try:
        match = resolve(request.path_info, getattr(request, "urlconf", None))
    except Resolver404:
        return False
    return APP in match.app_names and match.url_name is None and anywhere(callers.allows_origin, origin)
