"""Makes a SOTT: with it one browser registers somebody for an application."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ... import errors
from ...flows import callers
from ...models import Application


class Command(BaseCommand):
    help = "Print a SOTT, which lets whoever has it register people for a few minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("api_key", help="of the application that people register with")
        parser.add_argument("--minutes", type=int, default=10, help="for how long it is good, 10 where it is left out")

    def handle(self, *args: Any, **options: Any) -> None:
        application = Application.objects.filter(api_key=options["api_key"], is_active=True).first()
        if application is None:
            raise CommandError("There is no active application with this API key.")
        try:
            text, _until = callers.make_sott(application, minutes=options["minutes"])
        except errors.InvalidParameter as error:
            raise CommandError(f"Choose 1 to {callers.LONGEST_SOTT} minutes.") from error
        except errors.MissingAPISecret as error:
            raise CommandError("This application has no API secret, and a SOTT is made with one.") from error
        self.stdout.write(text)
