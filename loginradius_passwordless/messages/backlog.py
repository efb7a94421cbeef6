"""How far the sending of messages is behind: two queries, each by an index."""

from typing import Any

from django.db.models import Count, Max, Min, Q

from ..catalog import MessageChannel
from ..models import Message
from ..models.backlog import LATE, LATELY, Backlog
from ..models.database import Now
from ..models.message import Delivery

LOST = (Delivery.ABANDONED, Delivery.FAILED, Delivery.UNDELIVERED)


def backlogs() -> list[Backlog]:
    """Return the backlog of every channel, also of those where nothing waits; by the database's clock."""
    waiting, lost = _waiting(), _lost()
    return [_backlog(channel, waiting.get(channel, {}), lost) for channel in map(str, MessageChannel)]


def _backlog(channel: str, waiting: dict[str, Any], lost: dict[tuple[str, str], int]) -> Backlog:
    oldest = waiting.get("oldest")
    return Backlog(
        outbox="messages",
        channel=channel,
        waiting=waiting.get("waiting", 0),
        late=waiting.get("late", 0),
        lag=max(0.0, (waiting["now"] - oldest).total_seconds()) if oldest else 0.0,
        lost={str(state): lost.get((channel, state), 0) for state in LOST},
    )


def _waiting() -> dict[str, dict[str, Any]]:
    rows = Message.objects.filter(state=Delivery.PENDING).order_by().values("channel")
    rows = rows.annotate(
        waiting=Count("pk"),
        late=Count("pk", filter=Q(created_at__lte=Now() - LATE)),
        oldest=Min("created_at", filter=Q(next_try_at__lte=Now())),
        now=Max(Now()),
    )
    return {row["channel"]: dict(row) for row in rows}


def _lost() -> dict[tuple[str, str], int]:
    """Count by channel and state; what staff sent to themselves is left out."""
    lately = Message.objects.filter(created_at__gt=Now() - LATELY, is_trial=False, state__in=LOST)
    rows = lately.order_by().values("channel", "state").annotate(count=Count("pk"))
    return {(row["channel"], row["state"]): row["count"] for row in rows}
