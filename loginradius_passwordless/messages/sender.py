"""Who sends a message once it is committed: a thread, the request itself, the site's task engine, or the worker."""

import logging

from django.db import close_old_connections

from ..conf import conf
from ..pools import pool
from .delivery import deliver

logger = logging.getLogger(__name__)

THREADS = 4


def hand_over(pk: int) -> None:
    """Have a message sent as the setting ``SENDING`` says.

    In a thread, so that nobody who asks for a login learns from the time it takes whether a message goes out,
    and no provider makes anybody wait. What a process does not get done is in the outbox, for the worker.
    """
    if conf.SENDING == "thread":
        pool("sender", THREADS).submit(_deliver_in_thread, pk)
    elif conf.SENDING == "inline":
        deliver(pk)
    elif conf.SENDING == "task":
        from .tasks import enqueue  # where it is chosen, the extra [tasks] or Django 6 is there

        enqueue(pk)


def _deliver_in_thread(pk: int) -> None:
    close_old_connections()
    try:
        deliver(pk)
    except Exception as error:  # noqa: BLE001 - nobody waits for this thread; the message is still in the outbox
        logger.warning("A message was not sent from here (%s); the worker will try.", type(error).__name__)
    finally:
        close_old_connections()
