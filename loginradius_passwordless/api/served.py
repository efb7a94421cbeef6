"""Addresses that a coroutine serves under ASGI and a thread under WSGI."""

import asyncio
from collections.abc import Callable
from typing import Any

from django.db import connections, transaction
from django.urls import ResolverMatch, URLPattern
from django.urls.resolvers import RegexPattern

View = Callable[..., Any]


class ServedPattern(URLPattern):
    """One address with two views.

    Chosen when the address is resolved, because only Django's ASGI handler does that inside a running event
    loop. One asynchronous view for both was rejected: under WSGI Django runs it in an event loop of its own,
    which is slow in a thread and impossible in a greenlet.
    """

    def __init__(self, regex: str, *, in_thread: View, in_loop: View, view_class: type) -> None:
        super().__init__(RegexPattern(regex, is_endpoint=True), _as_endpoint(in_thread, view_class))
        self.in_loop = _as_endpoint(in_loop, view_class)

    def resolve(self, path: str) -> ResolverMatch | None:
        match = super().resolve(path)
        if match and _in_event_loop():
            match.func = self.in_loop
        return match


def _as_endpoint(view: Any, view_class: type) -> View:
    view.view_class = view_class
    view.csrf_exempt = True  # as every view of DRF's
    for alias in connections:  # Django refuses asynchronous views of databases with ATOMIC_REQUESTS
        view = transaction.non_atomic_requests(using=alias)(view)
    endpoint: View = view
    return endpoint


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
