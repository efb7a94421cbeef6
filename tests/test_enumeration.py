"""Whoever asks for a login does not learn who has an account: not by words, not by waiting, not by time."""

import random
import re
import statistics
import time

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from .conftest import customer_of, error_code, new_guid, ping

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
START = "auth/login/smartlogin"
BY_MAIL = "auth/login/passwordlesslogin/email"
BY_PHONE = "auth/login/passwordlesslogin/otp"
PEOPLE = 300
TURNS = 4  # what a busy machine does to one turn it does not do to all; a leak is there every time


def wait_until(is_so):
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("path", [START, BY_MAIL])
def test_three_hundred_customers_and_three_hundred_strangers_are_answered_alike(api, mailbox, site, path):
    site(SENDING="thread", STARTS_PER_HOUR_PER_ADDRESS=10**6, PINGS_PER_MINUTE=10**6)
    differences = []
    for turn in range(TURNS):
        differences.append(measure(api, mailbox, path, turn))
        if differences[-1] <= 5:
            return
    pytest.fail(f"Their medians lie {differences} ms apart, every time.")


def measure(api, mailbox, path, turn):
    """Start for everybody in random order; hold the answers alike, and return how far apart the medians are, in ms."""
    for number in range(PEOPLE):
        customer_of(User.objects.create(username=f"known{turn}-{number}"), f"known{turn}-{number}@example.com")
    names = [f"{who}{turn}-{number}" for who in ("known", "stranger") for number in range(PEOPLE)]
    random.shuffle(names)
    answers, polls, times, mailed = set(), set(), {"known": [], "stranger": []}, len(mailbox)
    for name in names:
        guid = new_guid()
        began = time.perf_counter()
        answer = api.get(path, clientguid=guid, email=f"{name}@example.com")
        times["known" if name.startswith("known") else "stranger"].append(time.perf_counter() - began)
        answers.add((answer.status_code, answer.content, tuple(sorted(answer.headers.items()))))
        polls.add(error_code(ping(api, guid)) if path == START else 1139)
    assert len(answers) == 1
    assert polls == {1139}
    wait_until(lambda: len(mailbox) == mailed + PEOPLE)
    known, stranger = (statistics.median(taken) * 1000 for taken in times.values())
    return abs(known - stranger)


@pytest.mark.parametrize(
    ("path", "known", "adopted", "stranger"),
    [
        (START, {"email": "known@example.com"}, {"email": "site@example.com"}, {"email": "stranger@example.com"}),
        (START, {"username": "known"}, {"username": "site"}, {"username": "stranger"}),
        (START, {"phone": "+14155550123"}, {"phone": "+14155550124"}, {"phone": "+14155550199"}),
        (BY_MAIL, {"email": "known@example.com"}, {"email": "site@example.com"}, {"email": "stranger@example.com"}),
        (BY_MAIL, {"username": "known"}, {"username": "site"}, {"username": "stranger"}),
        (BY_PHONE, {"phone": "+14155550123"}, {"phone": "+14155550124"}, {"phone": "+14155550199"}),
    ],
)
def test_the_database_does_the_same_for_everybody(api, site, path, known, adopted, stranger):
    """The sequence of statements, which unlike the time is the same on every machine and with every table size."""
    site(SENDING="worker")
    customer_of(User.objects.create(username="known", email="known@example.com"), "known@example.com")
    customer_of(User.objects.create(username="phone"), phone="+14155550123")
    customer_of(User.objects.create(username="blocked"), "blocked@example.com").user.delete()
    User.objects.create(username="site", email="site@example.com")
    api.get(
        path,
        clientguid=new_guid(),
        **({"phone": "+14155550188"} if "phone" in known else {"email": "warm-up@example.com"}),
    )
    statements = []
    for who in (known, adopted, stranger):
        with CaptureQueriesContext(connection) as queries:
            assert api.get(path, clientguid=new_guid(), **who).status_code == 200
        statements.append([shape_of(query["sql"]) for query in queries])
    assert statements[0] == statements[1] == statements[2]


def test_a_wrong_code_takes_the_database_as_long_for_a_stranger_as_for_a_customer(api, site):
    site(SENDING="worker")
    customer_of(User.objects.create(username="known", email="known@example.com"), "known@example.com")
    statements = []
    for name in ("warm-up", "known", "stranger"):
        for who, path in (({"email": f"{name}@example.com"}, "email"), ({"username": name}, "username")):
            api.get(BY_MAIL, **who)
            with CaptureQueriesContext(connection) as queries:
                answer = api.post(f"auth/login/passwordlesslogin/{path}/verifyotp", {**who, "otp": "000000"})
            assert error_code(answer) == 1185
            statements.append([shape_of(query["sql"]) for query in queries])
    # Also not that a customer's address and user name are counted in one row, and a stranger's in two.
    assert statements[2] == statements[3] == statements[4] == statements[5]


def shape_of(sql):
    """A statement without its values."""
    sql = re.sub(r"s\d+_x\d+", "savepoint", sql)
    return re.sub(r"'(?:[^']|'')*'|\b[0-9]+\b|x'[0-9a-f]*'|NULL", "?", sql)[:120].split(" WHERE ")[0]
