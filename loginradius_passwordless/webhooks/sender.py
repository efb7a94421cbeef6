"""Who sends webhooks once they are committed: threads of the process, the request itself, or the worker."""

import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections

from ..conf import conf
from ..models import WebhookDelivery
from ..pools import pool
from . import pace
from .sending import drain

logger = logging.getLogger(__name__)

THREADS = 6
SLOW_THREADS = 2  # for endpoints whose last try took long: nobody else waits behind them


def hand_over(endpoints: Iterable[int]) -> None:
    """Have what waits for endpoints sent as the setting ``SENDING`` says.

    What no thread gets done is in the outbox, for the worker. It also makes the later tries, and all of them where
    messages are sent by a task engine: a task would sleep until the next try of one endpoint of many.
    """
    for endpoint in dict.fromkeys(endpoints):
        if conf.SENDING == "thread":
            _threads_for(endpoint).submit(_drain_in_thread, endpoint)
        elif conf.SENDING == "inline":
            drain(endpoint)


def _threads_for(endpoint: int) -> ThreadPoolExecutor:
    return pool("slow_webhooks", SLOW_THREADS) if pace.is_slow(endpoint) else pool("webhooks", THREADS)


def _drain_in_thread(endpoint: int) -> None:
    close_old_connections()
    try:
        drain(endpoint)
        if WebhookDelivery.objects.has_due(endpoint):  # its turn was over
            hand_over([endpoint])
    except Exception as error:  # noqa: BLE001 - nobody waits for this thread; the rows are still in the outbox
        logger.warning("Webhooks were not sent from here (%s); the worker will try.", type(error).__name__)
    finally:
        close_old_connections()
