"""Whoever asks for a login does not learn who has an account: not by words, not by waiting, not by time."""

import random
import re
import statistics
import time

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
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


PHONES = {"known": "+14155550123", "without a password": "+14155550124", "stranger": "+14155550199"}


@pytest.fixture
def phones(site):
    """A customer with a password, one without, and nobody."""
    site(
        SENDING="worker", STARTS_PER_HOUR_PER_ADDRESS=10**6, FAILURES_PER_MINUTE_PER_ADDRESS=10**6, RESEND_GAP=0,
        SENDS_PER_TEN_MINUTES=10**6, SENDS_PER_DAY=10**6, IDENTITY_FAILURES=10**6,
    )  # fmt: skip
    for name, phone in list(PHONES.items())[:2]:
        user = User(username=name)
        user.set_password("correct horse battery" if name == "known" else None)
        user.save()
        customer_of(user, phone=phone)
    return PHONES


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "auth/login", {"password": "wrong"}),
        ("POST", "auth/password/otp", {}),
        ("PUT", "auth/password/otp", {"otp": "000000", "password": "another good password"}),
        ("POST", "auth/register", {"password": "correct horse battery"}),
    ],
    ids=["login", "forgot", "reset", "register"],
)
def test_the_database_does_the_same_for_every_phone(api, shop_secret, phones, method, path, body):
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    statements, answers = [], set()
    for phone in ["+14155550188", *phones.values()]:
        named = {"phone": phone, "phoneid": phone, **body}
        if method == "PUT":
            api.post(path, {"phone": phone})
        api.call(method, path, named, headers=secret)  # the first one makes the rows of the budgets
        with CaptureQueriesContext(connection) as queries:
            answer = api.call(method, path, named, headers=secret)
        answers.add((answer.status_code, re.sub(r"[0-9a-f]{32}", "sid", answer.content.decode())))
        statements.append([shape_of(query["sql"]) for query in queries])
    assert len(answers) == 1
    assert statements[1] == statements[2] == statements[3]


def test_three_hundred_logins_of_each_take_as_long_with_a_real_hash(api, phones, settings):
    """Interleaved at random; the hash is the real one with a tenth of its rounds, which is what may differ."""
    settings.PASSWORD_HASHERS = [f"{__name__}.TenthOfPBKDF2"]
    user = User.objects.get(username="known")
    user.set_password("correct horse battery")
    user.save()
    differences = []
    for _turn in range(TURNS):
        names = [name for name in phones for _number in range(PEOPLE)]
        random.shuffle(names)
        times = {name: [] for name in phones}
        for name in names:
            began = time.perf_counter()
            assert error_code(api.post("auth/login", {"phone": phones[name], "password": "wrong"})) == 966
            times[name].append(time.perf_counter() - began)
        medians = [statistics.median(taken) * 1000 for taken in times.values()]
        differences.append(max(medians) - min(medians))
        if differences[-1] <= 5:
            return
    pytest.fail(f"Their medians lie {differences} ms apart, every time.")


class TenthOfPBKDF2(PBKDF2PasswordHasher):
    """Three thousand whole hashes would take half an hour."""

    iterations = PBKDF2PasswordHasher.iterations // 10


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
