"""Makes an application: the key and the secret with which an SDK calls this site."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from ...models import Application, ApplicationSecret


class Command(BaseCommand):
    help = "Make an application and print its API key and, this once, its API secret."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="shown to people in messages and on login pages")
        parser.add_argument("--api-key", help="use this key instead of a new one")
        parser.add_argument("--api-secret", help="use this secret instead of a new one")
        parser.add_argument("--return-url", action="append", default=[], help="where people may be sent; repeatable")
        parser.add_argument("--origin", action="append", default=[], help="whose pages may call the API; repeatable")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        application = Application(name=options["name"], return_urls=options["return_url"], origins=options["origin"])
        if options["api_key"]:
            application.api_key = options["api_key"]
        try:
            application.full_clean()
        except ValidationError as error:
            problems = [f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items()]
            raise CommandError("\n".join(problems)) from error
        application.save()
        secret = ApplicationSecret.objects.issue(application, options["api_secret"] or "")
        self.stdout.write(f"API key:    {application.api_key}")
        self.stdout.write(f"API secret: {secret}")
        self.stdout.write("The secret is shown only now. Keep it where the caller's other secrets are.")
