"""Whoever asks for a login does not learn who has an account: not by words, not by waiting, not by time."""

import random
import statistics
import time

import pytest
from django.contrib.auth import get_user_model

from .conftest import customer_of, error_code, new_guid, ping

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
PEOPLE = 300


def wait_until(is_so):
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("kind", ["email", "username"])
def test_three_hundred_customers_and_three_hundred_strangers_are_answered_alike(api, mailbox, site, kind):
    site(SENDING="thread", STARTS_PER_HOUR_PER_ADDRESS=10**6, PINGS_PER_MINUTE=10**6)
    for number in range(PEOPLE):
        customer_of(User.objects.create(username=f"known{number}"), f"known{number}@example.com")
    names = [f"{who}{number}" for who in ("known", "stranger") for number in range(PEOPLE)]
    random.shuffle(names)
    answers, polls, times = set(), set(), {"known": [], "stranger": []}
    for name in names:
        guid = new_guid()
        query = {"email": f"{name}@example.com"} if kind == "email" else {"username": name}
        began = time.perf_counter()
        answer = api.get("auth/login/smartlogin", clientguid=guid, **query)
        times[name.rstrip("0123456789")].append(time.perf_counter() - began)
        answers.add((answer.status_code, answer.content, tuple(sorted(answer.headers.items()))))
        polls.add(error_code(ping(api, guid)))
    assert len(answers) == 1
    assert polls == {1139}
    wait_until(lambda: len(mailbox) == PEOPLE)
    medians = {who: statistics.median(taken) * 1000 for who, taken in times.items()}
    assert abs(medians["known"] - medians["stranger"]) <= 5, medians
