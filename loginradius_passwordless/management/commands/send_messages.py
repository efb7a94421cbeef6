"""Sends what is waiting in the outbox: once, or as a worker."""

import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from ...messages import deliver_due


class Command(BaseCommand):
    help = "Send the messages that are due. With --loop, go on until told to stop (SIGTERM)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="keep sending until SIGTERM or Ctrl-C")
        parser.add_argument("--pause", type=float, default=1.0, help="seconds between two looks (default: 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["loop"]:
            self._send()
            return
        stop = threading.Event()

        def ask_to_stop(number: int, frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)
        while not stop.is_set():
            close_old_connections()
            self._send(quiet=True)
            stop.wait(options["pause"])

    def _send(self, *, quiet: bool = False) -> None:
        sent, failed = deliver_due()
        if sent or failed or not quiet:
            self.stdout.write(f"{sent} sent, {failed} failed")
