"""Threads of ours for what touches the database under ASGI.

Django's own way gives every request a thread to itself, for as long as the request lasts.
"""

from collections.abc import Callable
from typing import TypeVar

from asgiref.sync import SyncToAsync, sync_to_async
from django.db import close_old_connections, connections

from ..pools import pool

T = TypeVar("T")

THREADS = 8


async def in_pool(function: Callable[..., T], *arguments: object) -> T:
    """Run a function in one of our threads."""
    run = sync_to_async(with_fresh_connection, thread_sensitive=False, executor=pool("waits", THREADS))
    return await run(function, *arguments)


def let_go() -> None:
    """End the thread in which the site's middleware ran for this request; it would idle as long as the wait.

    Its database connection ends with it. Django starts another thread for what comes after the wait.
    """
    context = SyncToAsync.thread_sensitive_context.get(None)
    if context is None or getattr(context, "_executor", None):  # a thread that its caller gave is its caller's
        return
    executor = SyncToAsync.context_to_thread_executor.pop(context, None)
    if executor:
        executor.submit(connections.close_all)
        executor.shutdown(wait=False)


def with_fresh_connection(function: Callable[..., T], *arguments: object) -> T:
    """Run a function that uses the database in a thread that lives longer than one request."""
    close_old_connections()
    try:
        return function(*arguments)
    finally:
        close_old_connections()
