"""The outboxes as gauges, read from the database when somebody asks: so all processes say the same."""

import logging
from collections.abc import Iterable

from django.db import Error, close_old_connections
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ..models.backlog import Backlog
from ..outboxes import backlogs

logger = logging.getLogger(__name__)

PREFIX = "loginradius_passwordless_outbox"


class OutboxCollector(Collector):
    """Depth, lag and losses of every outbox. One query or two per outbox and scrape, whatever asks."""

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Name the metrics without a query: registering must not need a database."""
        return _families()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Return the gauges; none where the database does not answer, so that the counters are still read."""
        close_old_connections()  # django-prometheus can serve from a thread of its own, without requests
        try:
            found = backlogs()
        except Error as error:
            logger.warning("The outboxes cannot be read (%s).", type(error).__name__)
            return []
        finally:
            close_old_connections()
        return _families(found)


def register() -> None:
    """Register with the registry that everybody uses, once."""
    if not any(isinstance(known, OutboxCollector) for known in list(REGISTRY._collector_to_names)):
        REGISTRY.register(OutboxCollector())


def _families(found: Iterable[Backlog] = ()) -> list[GaugeMetricFamily]:
    labels = ["outbox", "channel"]
    waiting = GaugeMetricFamily(f"{PREFIX}_waiting", "What is still to be sent.", labels=labels)
    late = GaugeMetricFamily(f"{PREFIX}_late", "What has waited for more than a minute.", labels=labels)
    lag = GaugeMetricFamily(f"{PREFIX}_lag_seconds", "Age of the oldest that is due.", labels=labels)
    lost = GaugeMetricFamily(f"{PREFIX}_lost", "What did not arrive, of the last day.", labels=[*labels, "state"])
    for one in found:
        waiting.add_metric([one.outbox, one.channel], one.waiting)
        late.add_metric([one.outbox, one.channel], one.late)
        lag.add_metric([one.outbox, one.channel], one.lag)
        for state, count in one.lost.items():
            lost.add_metric([one.outbox, one.channel, state], count)
    return [waiting, late, lag, lost]
