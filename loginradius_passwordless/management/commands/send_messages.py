"""Sends what is waiting in the outbox: once, or as a worker."""

from collections.abc import Callable

from ...messages import deliver_due
from ..worker import Worker


class Command(Worker):
    help = "Send the messages that are due. With --loop, go on until told to stop (SIGTERM)."

    def send(self, is_stopping: Callable[[], bool]) -> tuple[int, int]:
        return deliver_due(is_stopping)
