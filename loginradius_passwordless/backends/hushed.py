"""Keeps libraries silent while a message goes out: what they log quotes addresses, numbers and keys."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# urllib3 logs the path and query of each request, botocore what it signs, Apprise and its plugins nearly everything.
LOUD = (
    "apprise",
    "botocore.auth",
    "oauthlib.oauth1.rfc5849",
    "requests_oauthlib.oauth1_auth",
    "requests_oauthlib.oauth2_session",
    "smpplib.client",
    "urllib3.connectionpool",
    "urllib3.util.retry",
)

_is_hushed: ContextVar[bool] = ContextVar("is_hushed", default=False)


class _Hush(logging.Filter):
    """Drops a record that was logged inside of ``hushed``, at any level."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not _is_hushed.get()


_hush = _Hush()


@contextmanager
def hushed() -> Iterator[None]:
    """Drop what loud libraries log in this block, in this thread alone: others go on logging."""
    for name in LOUD:
        logging.getLogger(name).addFilter(_hush)  # once: a logger does not take the same filter twice
    before = _is_hushed.set(True)
    try:
        yield
    finally:
        _is_hushed.reset(before)
