"""Threads of ours for what touches the database under ASGI.

Django's own way gives every request a thread to itself, for as long as the request lasts.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from asgiref.sync import SyncToAsync, sync_to_async
from django.db import close_old_connections, connections

T = TypeVar("T")

POOL = ThreadPoolExecutor(max_workers=8, thread_name_prefix="loginradius_passwordless")


async def in_pool(function: Callable[..., T], *arguments: object) -> T:
    """Run a function in one of our threads."""
    return await sync_to_async(_with_fresh_connection, thread_sensitive=False, executor=POOL)(function, *arguments)


def anywhere(function: Callable[..., T], *arguments: object) -> T:
    """Run a short function from code that is not asynchronous, also where an event loop calls that code."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return function(*arguments)
    return POOL.submit(_with_fresh_connection, function, *arguments).result()


def let_go() -> None:
    """End the thread in which the site's middleware ran for this request; it would idle as long as the wait.

    Its database connection ends with it. Django starts another thread for what comes after the wait.
    """
    context = SyncToAsync.thread_sensitive_context.get(None)
    executor = SyncToAsync.context_to_thread_executor.pop(context, None) if context else None
    if executor:
        executor.submit(connections.close_all)
        executor.shutdown(wait=False)


def _with_fresh_connection(function: Callable[..., T], *arguments: object) -> T:
    close_old_connections()
    try:
        return function(*arguments)
    finally:
        close_old_connections()
