"""Every outbox of this app, for those who watch over them: ``doctor``, and the metrics."""

from collections.abc import Callable, Iterable

from .messages import backlog as message_backlog
from .models.backlog import Backlog
from .webhooks import backlog as webhook_backlog

# One function per outbox. What is added here is watched everywhere.
SOURCES: list[Callable[[], Iterable[Backlog]]] = [message_backlog.backlogs, webhook_backlog.backlogs]


def backlogs() -> list[Backlog]:
    """Return how far each channel of each outbox is behind."""
    return [found for source in SOURCES for found in source()]
