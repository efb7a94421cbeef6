"""What a one-touch login costs, beside the cheapest request of the same stack in the same minute.

    make bench                                             SQLite in a temporary folder
    DATABASE_URL=postgres://… REDIS_URL=redis://… make bench

Asserts that every answer is right, then prints requests per second and how many times as long as the baseline
each takes. One process, one thread, no network: this compares steps with each other, not sites with sites.
"""

import json
import logging
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROUNDS = int(os.environ.get("ROUNDS", "200"))
folder = tempfile.TemporaryDirectory()
os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder.name}/bench.sqlite3")
os.environ["DJANGO_SETTINGS_MODULE"] = "example_project.settings"
os.environ["ALLOWED_HOSTS"] = "testserver"
os.environ["PASSWORDLESS"] = json.dumps(
    {
        "SMS_PROVIDERS": {"memory": {"BACKEND": "loginradius_passwordless.backends.sms.locmem.SMSBackend"}},
        "STARTS_PER_HOUR_PER_ADDRESS": 10**9,
        "FAILURES_PER_MINUTE_PER_ADDRESS": 10**9,
        "PINGS_PER_MINUTE": 10**9,
    }
)
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from loginradius_passwordless.backends.sms.locmem import outbox  # noqa: E402
from loginradius_passwordless.models import Application  # noqa: E402

API = "/identity/v2/"
client = Client()
logging.disable(logging.WARNING)  # Django warns of every 403, and a device that waits gets many


def call(method: str, path: str, body: Any = None, **query: str) -> Any:
    """Call the API as an SDK does."""
    content = json.dumps(body) if body is not None else ""
    query = {"apikey": "bench-key", **query}
    return client.generic(method, API + path, content, "application/json", query_params=query)


def timed(name: str, action: Callable[[int], None]) -> float:
    """Run an action many times; print its rate and return the median in seconds."""
    durations = []
    for number in range(ROUNDS):
        began = time.perf_counter()
        action(number)
        durations.append(time.perf_counter() - began)
    median = statistics.median(durations)
    baseline = results.setdefault("baseline", median)
    print(f"{name:<28}{1 / median:>8.0f} /s   median {median * 1000:>7.2f} ms   {median / baseline:>5.1f} x baseline")
    return median


results: dict[str, float] = {}


def phone(number: int) -> str:
    return f"+1415555{1000 + number}"


def baseline(number: int) -> None:
    assert call("GET", "nothing").status_code == 404


def start(number: int) -> None:
    assert call("POST", "auth/onetouchlogin/phone", {"phone": phone(number)}).json()["IsPosted"]


def wrong_code(number: int) -> None:
    assert call("PUT", "auth/onetouchlogin/phone/verify", {"phone": phone(number)}, otp="abcdef").status_code == 403


def sign_in(number: int) -> None:
    answer = call("PUT", "auth/onetouchlogin/phone/verify", {"phone": phone(number)}, otp=codes[phone(number)])
    tokens[number] = answer.json()["access_token"]


def profile(number: int) -> None:
    answer = client.get(f"{API}auth/account?apikey=bench-key", headers={"Authorization": f"Bearer {tokens[number]}"})
    assert answer.json()["PhoneId"] == phone(number)


def pending_ping(number: int) -> None:
    answer = call("GET", "auth/login/smartlogin/ping", clientguid="benchmark-guid-0001")
    assert answer.json()["ErrorCode"] == 1139


codes: dict[str, str] = {}
tokens: dict[int, str] = {}

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    Application.objects.update_or_create(api_key="bench-key", defaults={"name": "Bench"})
    print(f"{django.db.connection.vendor}, {ROUNDS} rounds each")
    timed("404 (baseline)", baseline)
    timed("start by phone", start)
    codes = {sent.to: re.search(r"\d{6}", sent.text)[0] for sent in outbox}  # type: ignore[index]
    timed("wrong code", wrong_code)
    timed("right code, new customer", sign_in)
    timed("profile", profile)
    call("POST", "auth/onetouchlogin/email", {"email": "bench@example.com", "clientguid": "benchmark-guid-0001"})
    timed("ping while waiting", pending_ping)
