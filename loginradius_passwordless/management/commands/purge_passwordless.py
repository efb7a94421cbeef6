"""Deletes old evidence; run it daily."""

from typing import Any

from django.core.management.base import BaseCommand

from ...retention import purge


class Command(BaseCommand):
    help = "Delete login attempts, messages, events, budgets and tokens that are older than the settings KEEP_… say."

    def handle(self, *args: Any, **options: Any) -> None:
        for what, count in purge():
            self.stdout.write(f"{count:>8} {what}")
