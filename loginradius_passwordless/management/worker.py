"""What the commands do the same that empty an outbox: once, or in a loop that ends after what is at hand."""

import signal
import threading
from abc import abstractmethod
from argparse import ArgumentParser
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections


class Worker(BaseCommand):
    """Sends what is due."""

    @abstractmethod
    def send(self, is_stopping: Callable[[], bool]) -> tuple[int, int]:
        """Send what is due, and less where somebody asks to stop; return how many went and how many tries failed."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="keep sending until SIGTERM or Ctrl-C")
        parser.add_argument("--pause", type=float, default=1.0, help="seconds between two looks (default: 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["loop"]:
            self._send(lambda: False)
            return
        stop = threading.Event()

        def ask_to_stop(number: int, frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)
        while not stop.is_set():
            close_old_connections()
            self._send(stop.is_set, quiet=True)
            stop.wait(options["pause"])

    def _send(self, is_stopping: Callable[[], bool], *, quiet: bool = False) -> None:
        sent, failed = self.send(is_stopping)
        if sent or failed or not quiet:
            self.stdout.write(f"{sent} sent, {failed} failed")
