"""The cache, which may be down: then nothing is known, nothing is counted and nobody is told (law 9).

All that this app keeps in a cache goes through here. A cache that does not answer is left alone for some
seconds, so that its timeouts do not become everybody's.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.cache import cache, caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.utils.encoding import force_str
from django_redis import get_redis_connection
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisClusterException, RedisError

from ..conf import conf

logger = logging.getLogger(__name__)

T = TypeVar("T")
FAULTS = (ConnectionInterrupted, RedisError, RedisClusterException, NotImplementedError, OSError)
PREFIX = "loginradius_passwordless"
LEFT_ALONE = 5.0

_quiet_until = 0.0


def count(key: str, seconds: int, by: int = 1) -> int | None:
    """Count more under a key that lives for so long, and return the count; None where nothing is known."""
    return _ask(lambda: _count(f"{PREFIX}:{key}", seconds, by))


def give_back(key: str) -> None:
    """Take one from a count."""
    _ask(lambda: _give_back(f"{PREFIX}:{key}"))


def recall(key: str) -> Any:
    """Return what is kept under a key, or None."""
    return _ask(lambda: cache.get(f"{PREFIX}:{key}"))


def keep(key: str, value: str, seconds: int) -> None:
    """Keep a value, whatever was there before."""
    _ask(lambda: cache.set(f"{PREFIX}:{key}", value, timeout=seconds))


def keep_unless_known(key: str, value: str, seconds: int) -> None:
    """Keep a value where nothing is kept yet."""
    _ask(lambda: cache.add(f"{PREFIX}:{key}", value, timeout=seconds))


def is_shared() -> bool:
    """Tell whether all processes of the site see the same cache."""
    return not isinstance(caches["default"], LocMemCache | DummyCache)


def is_left_alone() -> bool:
    """Tell whether the cache has just not answered, so that nobody asks it."""
    return time.monotonic() < _quiet_until


def was_down_within(seconds: float) -> bool:
    """Tell whether this process lately met a cache that did not answer: then it may not know what others know."""
    return time.monotonic() < _quiet_until - LEFT_ALONE + seconds


def publish(text: str) -> None:
    """Tell every process that listens, where the cache is a Redis."""
    if _is_redis():
        _ask(lambda: get_redis_connection("default").publish(_channel(), text))


@contextmanager
def listening() -> Iterator[Callable[[float], str | None] | None]:
    """Subscribe to what is published: yields a function that returns the next text, or None after some seconds.

    Yields None where nothing can be heard. The function raises one of ``FAULTS`` when the connection is lost.
    """
    if not _is_redis() or time.monotonic() < _quiet_until:
        yield None
        return
    try:
        subscription = get_redis_connection("default").pubsub(ignore_subscribe_messages=True)
        subscription.subscribe(_channel())
    except FAULTS as error:
        logger.warning("Nothing can be heard from the cache (%s).", type(error).__name__)
        yield None
        return

    def hear(seconds: float) -> str | None:
        message = subscription.get_message(timeout=seconds)
        return str(force_str(message["data"])) if message else None

    try:
        yield hear
    finally:
        subscription.close()


def _count(key: str, seconds: int, by: int) -> int | None:
    try:
        cache.add(key, 0, timeout=seconds)
        return cache.incr(key, by) or None  # django-redis answers None where it is told to swallow faults
    except ValueError:  # evicted between the two calls
        return None


def _give_back(key: str) -> None:
    try:
        cache.decr(key)
    except ValueError:
        logger.debug("A count was gone before it could be given back.")


def _ask(question: Callable[[], T]) -> T | None:
    if time.monotonic() < _quiet_until:
        return None
    try:
        return question()
    except FAULTS as error:
        _leave_alone(error)
    return None


def _leave_alone(error: Exception) -> None:
    global _quiet_until
    _quiet_until = time.monotonic() + LEFT_ALONE
    logger.warning(
        "The cache does not answer (%s): rates by address are not counted, and polls go to the database.",
        type(error).__name__,
    )


def _is_redis() -> bool:
    return hasattr(caches["default"], "client") and type(caches["default"]).__module__.startswith("django_redis")


def _channel() -> str:
    # Redis has one space of channels for all its databases: two sites on one server differ by their address.
    return f"{PREFIX}:decided:{conf.PUBLIC_URL}"
