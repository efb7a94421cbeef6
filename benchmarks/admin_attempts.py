"""How long staff wait for the attempts and messages of a busy site: lists, searches, filters, the funnel.

    DATABASE_URL=postgres://… python benchmarks/admin_attempts.py --rows 1000000

Fills a database of its own with attempts of the last 30 days, a message and an event each, then opens every page as a
superuser through the whole stack, and prints the median of ten with the number of statements, beside the admin's empty
index in the same minute. Fails where the list takes 300 ms or 15 statements, or a search 100 ms. `make bench` runs it
with 20,000 rows.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

ROWS = int(os.environ.get("ROWS", "20000"))
ROUNDS = 10
folder = tempfile.TemporaryDirectory()
os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder.name}/bench.sqlite3")
os.environ["DJANGO_SETTINGS_MODULE"] = "example_project.settings"
os.environ["ALLOWED_HOSTS"] = "testserver"
os.environ["DEBUG"] = "false"
os.environ.setdefault("SECRET_KEY", "bench-only")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django  # noqa: E402

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from loginradius_passwordless.identifiers import parse_email  # noqa: E402
from loginradius_passwordless.models import Application, Customer, Event, Flow, LoginAttempt, Message, State  # noqa: E402
from loginradius_passwordless.models.customer import identity_key  # noqa: E402

DAY = timedelta(days=1)
BATCH = 5000
STATES = [State.CONSUMED] * 12 + [State.REQUESTED] * 6 + [State.DENIED, State.SUPERSEDED]
COUNTRIES = ["US", "DE", "FR", "PT", "JP", "BR", "GB", "", "", "PL"]
SENT = ["sent"] * 30 + ["failed", "abandoned"]
PAGES = "/admin/loginradius_passwordless/"


def fill(rows: int) -> None:
    """Write attempts, each with a message and an event, oldest first."""
    shop = Application.objects.create(name="Bench", api_key="bench-key")
    now = timezone.now()
    for first in range(0, rows, BATCH):
        numbers = range(first, min(first + BATCH, rows))
        attempts = LoginAttempt.objects.bulk_create(
            attempt(shop, number, now - DAY * 30 * (1 - number / rows)) for number in numbers
        )
        Message.objects.bulk_create(
            Message(
                application=shop, attempt=each, kind="one_touch_login", channel="email", identity=each.identity,
                recipient=parse_email(each.recipient).masked, sealed=b"", state=SENT[number % len(SENT)], tries=1,
                provider="django.core.mail.backends.smtp", created_at=each.created_at, sent_at=each.created_at,
                expires_at=each.expires_at,
            )
            for number, each in zip(numbers, attempts, strict=True)
        )  # fmt: skip
        Event.objects.bulk_create(
            Event(
                name="login_started", application=shop, attempt=each, identity=each.identity, created_at=each.created_at
            )
            for each in attempts
        )
        print(f"\r{numbers[-1] + 1:,} attempts", end="", flush=True)
    print()


def attempt(shop: Application, number: int, at: datetime) -> LoginAttempt:
    """One of somebody's: every person asks about five times."""
    person = parse_email(f"person{number * 7919 % max(1, ROWS // 5)}@example.com")
    state = STATES[number % len(STATES)]
    return LoginAttempt(
        application=shop, flow=Flow.values[number % 4], state=state, channel="email", identity=identity_key(person),
        recipient=person.value, country=COUNTRIES[number % len(COUNTRIES)], created_at=at,
        expires_at=at + timedelta(minutes=10), verified_at=at if state == State.CONSUMED else None,
        asked_address="192.0.2.1",
    )  # fmt: skip


def measure(client: Client, name: str, address: str) -> tuple[float, int]:
    """Open a page ten times; print and return its median in milliseconds, and its statements."""
    durations = []
    for _round in range(ROUNDS):
        with CaptureQueriesContext(connection) as asked:
            began = time.perf_counter()
            answer = client.get(address)
            durations.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, address
    median = statistics.median(durations)
    print(f"{name:<42}{median:>8.1f} ms {len(asked):>4} statements")
    return median, len(asked)


def main() -> int:
    global ROWS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    ROWS = parser.parse_args().rows
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        return run()
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def run() -> int:
    fill(ROWS)
    user = get_user_model().objects.create_superuser("bench")
    customer = Customer.objects.create(user=user, registered_by="email")
    LoginAttempt.objects.filter(pk__in=LoginAttempt.objects.order_by("-pk").values("pk")[:5]).update(customer=customer)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.vendor != "mysql" else "SELECT 1")
    client = Client()
    client.force_login(user)
    sid = Message.objects.order_by("pk")[ROWS // 2].sid
    attempts, messages = f"{PAGES}loginattempt/", f"{PAGES}message/"
    measure(client, "the admin's index, for comparison", "/admin/")
    lists = [
        measure(client, "attempts", attempts),
        measure(client, "attempts, page 50", f"{attempts}?p=50" if ROWS > 6000 else attempts),
        measure(client, "messages", messages),
        measure(client, "events", f"{PAGES}event/"),
    ]
    searches = [
        measure(client, "attempts of an address", f"{attempts}?q=person7@example.com"),
        measure(client, "attempts of a masked address", f"{attempts}?q=p•••@example.com"),
        measure(client, "attempts of a customer's UID", f"{attempts}?q={customer.uid}"),
        measure(client, "attempt of a message id", f"{attempts}?q={sid}"),
        measure(client, "messages of an address", f"{messages}?q=person7@example.com"),
        measure(client, "message by its id", f"{messages}?q={sid}"),
    ]
    for name, query in {
        "flow": "flow=smart", "denied": "shown_state=denied", "expired": "shown_state=expired",
        "waiting": "shown_state=requested", "locked": "shown_state=locked", "a country": "country=PL",
        "country and state": "country=JP&shown_state=denied",
    }.items():  # fmt: skip
        lists.append(measure(client, f"attempts filtered: {name}", f"{attempts}?{query}"))
    measure(client, "one attempt", f"{attempts}{LoginAttempt.objects.order_by('-pk')[0].pk}/change/")
    measure(client, "funnel of 7 days", f"{attempts}funnel/?days=7")
    measure(client, "funnel of 30 days", f"{attempts}funnel/?days=30")
    slow = [duration for duration, statements in lists if duration >= 300 or statements >= 15]
    slow += [duration for duration, _statements in searches if duration >= 100]
    print("too slow:" if slow else "all in time", *(f"{duration:.0f} ms" for duration in slow))
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
