"""Which browser pages may call the API: plugged into django-cors-headers, which does the rest."""

import asyncio
import logging
import time
from typing import Any

from django.db import Error
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from ..flows import callers
from ..pools import pool
from .threads import with_fresh_connection

APP = "loginradius_passwordless"
REMEMBERED = 5.0  # seconds for which an event loop goes by what it has read; the list is public

logger = logging.getLogger(__name__)

_read_at, _origins = 0.0, frozenset[str]()


def allow_origin(sender: Any, request: HttpRequest, **kwargs: Any) -> bool:
    """Answer ``corsheaders.signals.check_request_enabled`` for the addresses of this app, and for no others."""
    origin = request.headers.get("Origin", "")
    if not origin:
        return False
    try:
        match = resolve(request.path_info, getattr(request, "urlconf", None))
    except Resolver404:
        return False
    return APP in match.app_names and match.url_name is None and origin in _allowed_origins()


def _allowed_origins() -> frozenset[str]:
    """The list, read in a thread where an event loop asks: the middleware asks in the loop, which may not wait long."""
    global _read_at, _origins
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _read()
    if time.monotonic() - _read_at > REMEMBERED:
        _origins = pool("origins", 1).submit(with_fresh_connection, _read).result()
        _read_at = time.monotonic()
    return _origins


def _read() -> frozenset[str]:
    try:
        return callers.allowed_origins()
    except Error as error:  # the request itself will say so; here it would be a page of Django's
        logger.warning("The database does not answer (%s): no other origin is allowed.", type(error).__name__)
        return frozenset()
