"""Writes what staff published into files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...interchange import InvalidFile, write_folder


class Command(BaseCommand):
    help = "Write all published templates, and the settings of kinds, into a folder, to be kept in git."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = write_folder(options["folder"])
        except (OSError, InvalidFile) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(written)} templates were written.")
