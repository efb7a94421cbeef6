"""How many logins were started, and how far they got, by flow and day; and the geometry of the chart of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..models import Flow, LoginAttempt, Message, State
from ..models.message import Delivery

STAGES = {
    "started": _("started"),
    "delivered": _("delivered"),
    "opened": _("opened"),
    "verified": _("verified"),
    "signed_in": _("signed in, or done"),
}
PERIODS = (7, 30)
DAY_WIDTH, BAR_WIDTH, HEIGHT = 60, 9, 140

# A code that was typed was read, and what was verified was opened, by whatever program.
OPENED = Q(opened_at__isnull=False) | Q(tries__gt=0, is_decoy=False) | Q(verified_at__isnull=False)


@dataclass(frozen=True)
class Bar:
    """One bar, in the units of the picture."""

    x: int
    y: int
    height: int
    stage: str
    label: Any
    count: int


@dataclass(frozen=True)
class Day:
    """The numbers of a day, by stage, and their bars."""

    day: date
    x: int
    counts: dict[str, int]
    bars: list[Bar]


@dataclass(frozen=True)
class Funnel:
    """The days of one flow."""

    name: str
    days: list[Day]
    totals: dict[str, int]
    width: int
    height: int = HEIGHT
    stages: Any = None


def period(text: str) -> int:
    """Read how many days are shown."""
    return int(text) if text in {str(days) for days in PERIODS} else PERIODS[0]


def funnels(days: int) -> list[Funnel]:
    """Return a funnel for each flow that was used within so many days, today included, by the days of UTC."""
    today = timezone.now().astimezone(UTC).date()
    since = datetime.combine(today - timedelta(days=days - 1), datetime.min.time(), UTC)
    counted = _count(since)
    dates = [since.date() + timedelta(days=number) for number in range(days)]
    return [_funnel(str(flow.label), dates, counted[flow]) for flow in Flow if flow in counted]


def _count(since: datetime) -> dict[str, dict[date, dict[str, int]]]:
    counted: dict[str, dict[date, dict[str, int]]] = {}
    attempts = LoginAttempt.objects.filter(created_at__gte=since).exclude(channel="")  # a password needs no message
    by_day = attempts.annotate(day=TruncDate("created_at", tzinfo=UTC)).values("flow", "day").order_by()
    started: Any = by_day.annotate(
        started=Count("pk"),
        opened=Count("pk", filter=OPENED),
        verified=Count("pk", filter=Q(verified_at__isnull=False)),
        signed_in=Count("pk", filter=Q(state=State.CONSUMED)),
    )
    for row in started:
        counted.setdefault(row["flow"], {})[row["day"]] = {"delivered": 0, **row}
    sent = Message.objects.filter(attempt__created_at__gte=since, state__in=[Delivery.SENT, Delivery.DELIVERED])
    sent_by_day = sent.annotate(day=TruncDate("attempt__created_at", tzinfo=UTC)).values("attempt__flow", "day")
    delivered: Any = sent_by_day.order_by().annotate(delivered=Count("attempt", distinct=True))
    for row in delivered:
        day = counted.get(row["attempt__flow"], {}).get(row["day"])
        if day:  # one that began between the two questions is missed
            day["delivered"] = row["delivered"]
    return counted


def _funnel(name: str, dates: list[date], counted: dict[date, dict[str, int]]) -> Funnel:
    none = dict.fromkeys(STAGES, 0)
    by_day = [{stage: counted.get(day, none)[stage] for stage in STAGES} for day in dates]
    most = max(max(counts.values()) for counts in by_day) or 1
    days = [
        Day(day, number * DAY_WIDTH + 8, counts, [*_bars(number * DAY_WIDTH + 8, counts, most)])
        for number, (day, counts) in enumerate(zip(dates, by_day, strict=True))
    ]
    totals = {stage: sum(counts[stage] for counts in by_day) for stage in STAGES}
    return Funnel(name, days, totals, len(dates) * DAY_WIDTH + 16, stages=STAGES)


def _bars(x: int, counts: dict[str, int], most: int) -> Iterator[Bar]:
    for number, (stage, label) in enumerate(STAGES.items()):
        height = round(counts[stage] / most * HEIGHT)
        yield Bar(x + number * (BAR_WIDTH + 1), HEIGHT - height, height, stage, label, counts[stage])
