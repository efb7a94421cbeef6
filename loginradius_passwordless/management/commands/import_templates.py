"""Takes templates from files: a folder that ``export_templates`` wrote, or a file of LoginRadius'."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from ...catalog import FALLBACK_LANGUAGE
from ...interchange import Entry, InvalidFile, differences, put, read_folder, read_loginradius
from ...models import Overtaken
from ...models.template import spelled


class Command(BaseCommand):
    help = "Take templates from a folder of export_templates, or from a JSON file of LoginRadius', and publish them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path, help="a folder, or a JSON file of LoginRadius' templates")
        parser.add_argument("--check", action="store_true", help="change nothing; fail where something differs")
        parser.add_argument("--draft", action="store_true", help="publish nothing: staff look first")
        parser.add_argument(
            "--skip-broken", action="store_true", help="leave out what cannot be sent, and take the rest"
        )
        parser.add_argument("--language", default=FALLBACK_LANGUAGE, help="of LoginRadius' templates")

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["source"]
        defaults: dict[tuple[str, str], str] = {}
        settings: dict[str, dict[str, Any]] | None = None
        try:
            if source.is_dir():
                entries, settings = read_folder(source)
            else:
                entries, defaults, notes = read_loginradius(source, spelled(options["language"]))
                self.stdout.write("\n".join(notes))
        except InvalidFile as error:
            raise CommandError(str(error)) from error
        good = self._sendable(entries, skip=options["skip_broken"])
        for entry in good:
            if defaults.get((entry.kind, entry.channel)) == entry.name:
                settings = settings or {}
                settings.setdefault(entry.kind, {})[f"{entry.channel}_default"] = entry.name
        if options["check"]:
            self._check(good, settings)
            return
        try:
            changed = put(good, settings, note=f"Imported from {source.name}"[:200], publish=not options["draft"])
        except ValidationError as error:
            raise CommandError(f"Nothing was imported. {' '.join(error.messages)}") from error
        except Overtaken as error:
            raise CommandError("Somebody saved a template at this moment. Nothing was imported: try again.") from error
        for line in changed:
            self.stdout.write(f"taken: {line}")
        self.stdout.write(f"{len(changed)} of {len(good)} were new or different.")

    def _sendable(self, entries: list[Entry], *, skip: bool) -> list[Entry]:
        """Return what can be sent; say why the others cannot, and stop there unless they are to be skipped."""
        broken = {entry.key: problems for entry in entries if (problems := entry.problems())}
        for entry in entries:
            for problem in broken.get(entry.key, []):
                self.stderr.write(f"{entry.source}: {problem}")
        if broken and not skip:
            raise CommandError(f"{len(broken)} templates cannot be sent. Nothing was imported.")
        return [entry for entry in entries if entry.key not in broken]

    def _check(self, entries: list[Entry], settings: dict[str, dict[str, Any]] | None) -> None:
        found = list(differences(entries, settings))
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(f"{len(found)} differences.")
        self.stdout.write("The files and the database say the same.")
