"""How far an outbox is behind: what ``doctor`` says and what metrics are made of, of any table that is sent from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

LATE = timedelta(minutes=1)
LATELY = timedelta(days=1)


@dataclass(frozen=True)
class Backlog:
    """One channel of one outbox, as the database has it now.

    Args:
        outbox: the name of the outbox, such as ``messages``.
        channel: how its rows go out, such as ``sms``; empty where there is but one way.
        waiting: rows that are still to be sent, those that wait for their next try included.
        late: of those, how many were written, or became due, more than a minute ago.
        lag: seconds since the oldest row that is due was written, as a code lives for minutes, or where rows are tried
            for a day, since it was due; 0 where none is due. Rows whose time is over count until somebody gives them
            up: else a dead worker's lag would end with the lifetime of a code.
        lost: rows of the last day that did not arrive, by their state.
    """

    outbox: str
    channel: str = ""
    waiting: int = 0
    late: int = 0
    lag: float = 0.0
    lost: Mapping[str, int] = field(default_factory=dict)
