"""Says whether everything that a login needs is there, and what to do where it is not."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ...backends import get_sms_backend, get_voice_backend
from ...backends.cache import FAULTS, is_shared
from ...conf import CORS_MIDDLEWARE, conf
from ...models import Application, Message
from ...models.database import Now
from ...models.message import Delivery

LATE = timedelta(minutes=1)
SKEW = timedelta(seconds=5)

# What was looked at, what was found, and what to do about it: nothing where all is well.
Finding = tuple[str, str, str]


class Command(BaseCommand):
    help = "Check the database's clock, the cache, the backends and the outbox; exit 1 when something is wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = [*self._applications(), *self._clock(), *self._cache(), *self._backends(), *self._outbox()]
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
        for name, backend in (("SMS", get_sms_backend()), ("voice", get_voice_backend())):
            problems = [message.msg for message in backend.check()] if backend else []
            yield name, type(backend).__module__ if backend else "none configured", " ".join(problems)

    def _outbox(self) -> Iterator[Finding]:
        pending = Message.objects.filter(state=Delivery.PENDING)
        late = pending.filter(created_at__lte=Now() - LATE).count()
        hint = "Is a worker running? manage.py send_messages --loop" if conf.SENDING == "worker" else (
            "See the last errors in the admin, and run: manage.py send_messages --loop"
        )  # fmt: skip
        yield "outbox", f"{pending.count()} waiting, {late} for over a minute", hint if late else ""
        lost = Message.objects.filter(created_at__gt=Now() - timedelta(days=1))
        lost = lost.filter(is_trial=False, state__in=[Delivery.ABANDONED, Delivery.FAILED])
        advice = "Their last errors are in the admin, under Messages."
        yield "not delivered", f"{lost.count()} in a day", advice if lost.exists() else ""
