"""Says whether everything that a login needs is there, and what to do where it is not."""

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ...backends.cache import FAULTS, is_shared
from ...backends.providers import Channel, names_of, provider
from ...conf import CORS_MIDDLEWARE, conf
from ...models import Application, WebhookEndpoint
from ...models.backlog import Backlog
from ...models.database import Now
from ...models.webhook import BY_STAFF
from ...outboxes import backlogs

SKEW = timedelta(seconds=5)
CHANNELS: dict[str, Channel] = {"SMS": "sms", "voice": "voice"}

# What was looked at, what was found, and what to do about it: nothing where all is well.
Finding = tuple[str, str, str]


class Command(BaseCommand):
    help = "Check the database's clock, the cache, the backends and the outbox; exit 1 when something is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = [
            *self._applications(),
            *self._clock(),
            *self._cache(),
            *self._backends(),
            *self._outbox(),
            *_webhooks(),
        ]
        for name, found, advice in findings:
            self.stdout.write(f"{'!!' if advice else 'ok'}  {name}: {found}")
            if advice:
                self.stdout.write(f"    {advice}")
        if any(advice for _name, _found, advice in findings):
            raise CommandError("Something needs your attention.")

    def _applications(self) -> Iterator[Finding]:
        active = list(Application.objects.filter(is_active=True))
        yield "applications", f"{len(active)} active", "" if active else "Make one: manage.py create_application NAME"
        wants_cors = any(application.origins for application in active)
        if wants_cors and CORS_MIDDLEWARE not in settings.MIDDLEWARE:
            yield "browser origins", "listed, but not answered", f"Add {CORS_MIDDLEWARE} to the top of MIDDLEWARE."
        asking = [application for application in active if (application.captcha or conf.CAPTCHA_WHEN) != "never"]
        chosen = {application.captcha_provider for application in asking} - {"", *conf.CAPTCHA_PROVIDERS}
        if conf.CAPTCHA_PROVIDERS and chosen:
            advice = "Who is asked there cannot start a login: choose another for them, or name it in the settings."
            yield "CAPTCHA", f"applications want what CAPTCHA_PROVIDERS has not: {', '.join(sorted(chosen))}", advice

    def _clock(self) -> Iterator[Finding]:
        database = Application.objects.annotate(now=Now()).values_list("now", flat=True).first()
        if database is None:
            return
        skew = abs(database - timezone.now())
        advice = (
            "Logins go by the database's clock, cache rates by this host's: synchronise them." if skew > SKEW else ""
        )
        yield "clock", f"{skew.total_seconds():.1f} s from the database's", advice

    def _cache(self) -> Iterator[Finding]:
        key, value = f"loginradius_passwordless:doctor:{uuid.uuid4()}", "well"
        try:
            cache.set(key, value, timeout=5)
            answers = cache.get(key) == value
        except FAULTS as error:
            yield "cache", type(error).__name__, "Rates by address are not counted until the cache answers."
            return
        shared = is_shared()
        if not answers:
            yield (
                "cache",
                "forgets at once",
                "Rates by address are not counted: configure django-redis.",
            )
        elif not shared and not settings.DEBUG:
            yield "cache", "each process has its own", "Rates by address count per process: configure django-redis."
        else:
            yield "cache", "answers", ""

    def _backends(self) -> Iterator[Finding]:
        for title, channel in CHANNELS.items():
            made, problems = [], []
            for name in names_of(channel):
                try:
                    one = provider(channel, name)
                except Exception as error:  # noqa: BLE001 - whatever its class raises, the others are looked at
                    problems.append(f"{name} cannot be used ({type(error).__name__}).")
                    continue
                made.append(f"{name} ({type(one.backend).__module__})")
                problems += [f"{name}: {message.msg}" for message in one.backend.check()]
            yield title, ", ".join(made) or "none configured", " ".join(problems)

    def _outbox(self) -> Iterator[Finding]:
        for name, channels in groupby(backlogs(), key=lambda one: one.outbox):
            yield from self._backlog("outbox" if name == "messages" else f"outbox of {name}", list(channels))

    def _backlog(self, name: str, channels: list[Backlog]) -> Iterator[Finding]:
        waiting, late = sum(one.waiting for one in channels), sum(one.late for one in channels)
        worker = f"manage.py send_{channels[0].outbox} --loop"
        hint = "Is a worker running? " if conf.SENDING == "worker" else "See the last errors in the admin, and run: "
        lag = max(one.lag for one in channels)
        found = f"{waiting} waiting, {late} for over a minute, the oldest that is due for {lag:.0f} s"
        yield name, found, hint + worker if late else ""
        lost: Counter[str] = sum((Counter(one.lost) for one in channels), Counter())
        states = ", ".join(f"{count} {state}" for state, count in sorted(lost.items()))
        advice = f"Their last errors are in the admin, under {_page(channels[0].outbox)}."
        found = f"{lost.total()} in a day{states and f' ({states})'}"
        yield f"not delivered{name.removeprefix('outbox')}", found, advice if lost else ""


def _page(outbox: str) -> str:
    return "Messages" if outbox == "messages" else "Webhook deliveries"


def _webhooks() -> Iterator[Finding]:
    """Tell of those that failed until they were paused; nothing where there are no webhooks."""
    every = WebhookEndpoint.objects.all()
    paused = every.filter(is_paused=True)
    given_up = paused.exclude(paused_because=BY_STAFF).count()
    advice = "See in the admin, under Webhooks, why; resume them when they answer again." if given_up else ""
    if count := every.count():
        yield "webhooks", f"{count}, {paused.count()} paused, {given_up} of them as they failed", advice
