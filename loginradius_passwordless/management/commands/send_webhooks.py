"""Sends the webhooks that are due: once, or as a worker."""

from collections.abc import Callable

from ...webhooks import send_due
from ..worker import Worker


class Command(Worker):
    help = "Send the webhooks that are due. With --loop, go on until told to stop (SIGTERM)."

    def send(self, is_stopping: Callable[[], bool]) -> tuple[int, int]:
        return send_due(is_stopping)
