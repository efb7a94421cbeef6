"""What waits and wakes, in the process of the tests: an event loop, the watching thread, a Redis of its own."""

import asyncio
import os
import threading
import time

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import caches
from django.db import connections
from django.test import AsyncClient

from loginradius_passwordless import waiting
from loginradius_passwordless.api import cors
from loginradius_passwordless.backends import cache as cache_port
from loginradius_passwordless.models import LoginAttempt

from .conftest import API, error_code, ping, start_smart, token_from
from .running_redis import BINARY, RunningRedis

pytestmark = pytest.mark.django_db(transaction=True)
PING, EVENTS = f"{API}auth/login/smartlogin/ping", f"{API}auth/login/smartlogin/events"


@pytest.fixture(autouse=True)
def _nobody_listens_on():
    cors._read_at = 0.0
    yield
    waiting.watch._needed_until = 0.0
    for thread in threading.enumerate():
        if thread.name == "loginradius_passwordless":
            thread.join(timeout=10)


@pytest.fixture
def guid(api, alice):
    return start_smart(api)


@pytest.fixture
def approve(api, mailbox):
    """Approve the newest link, from a thread beside the event loop."""

    def act():
        answer = api.get("auth/email/smartlogin", verificationtoken=token_from(mailbox[-1]))
        connections.close_all()
        assert answer.status_code == 200

    return sync_to_async(act, thread_sensitive=False)


def get(address, guid, **query):
    headers = query.pop("headers", {})
    return AsyncClient().get(address, {"apikey": "shop-key-0001", "clientguid": guid, **query}, headers=headers)


async def events_of(answer):
    return [chunk.decode() async for chunk in answer.streaming_content]


def test_a_coroutine_waits_for_the_decision(guid, approve):
    async def story():
        waiting_device = asyncio.create_task(get(PING, guid, wait=20))
        await asyncio.sleep(0.5)
        await approve()
        began = time.monotonic()
        return await waiting_device, time.monotonic() - began

    answer, seconds = asyncio.run(story())
    assert answer.json()["access_token"]
    assert seconds < 3


def test_a_coroutine_waits_no_longer_than_it_was_asked_to(guid):
    answer = asyncio.run(get(PING, guid, wait=1))
    assert error_code(answer) == 1139
    assert error_code(asyncio.run(get(PING, guid))) == 1139


def test_a_newer_wait_ends_the_older_one(guid, approve):
    async def story():
        older = asyncio.create_task(get(PING, guid, wait=20))
        await asyncio.sleep(0.5)
        newer = asyncio.create_task(get(PING, guid, wait=20))
        ended = await older
        await approve()
        return ended, await newer

    older, newer = asyncio.run(story())
    assert error_code(older) == 1139
    assert newer.json()["access_token"]


@pytest.mark.parametrize(("claim", "last"), [("true", "event: answer"), ("false", "event: decided")])
def test_events_come_while_a_coroutine_waits(api, guid, approve, claim, last):
    async def story():
        answer = await get(EVENTS, guid, claim=claim)
        told = asyncio.create_task(events_of(answer))
        await asyncio.sleep(0.5)
        await approve()
        return await told

    events = asyncio.run(story())
    assert "event: waiting" in events[0]
    assert events[-1].startswith(last)
    assert (ping(api, guid).status_code == 200) is (claim == "false")


def test_events_end_where_nobody_is_to_wait_and_where_a_newer_stream_begins(guid, site):
    async def two_streams():
        first = asyncio.create_task(events_of(await get(EVENTS, guid)))
        await asyncio.sleep(0.5)
        second = asyncio.create_task(events_of(await get(EVENTS, guid)))
        ended = await first
        second.cancel()
        return ended

    assert len(asyncio.run(two_streams())) == 1
    site(MAX_WAIT=0)

    async def one_stream():
        return await events_of(await get(EVENTS, guid))

    assert len(asyncio.run(one_stream())) == 1


def test_events_beat_while_nothing_happens(guid, monkeypatch):
    from loginradius_passwordless.api import held_async

    monkeypatch.setattr(held_async, "HEARTBEAT", 0.1)
    monkeypatch.setattr(held_async, "HEARTBEATS", 3)

    async def story():
        return await events_of(await get(EVENTS, guid))

    assert asyncio.run(story())[1:] == [": still here\n\n"] * 3


def test_a_listed_origin_is_allowed_and_another_is_not_also_in_an_event_loop(shop, guid):
    def seen(origin):
        answer = asyncio.run(get(PING, guid, headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"}))
        return answer.headers.get("Access-Control-Allow-Origin"), error_code(answer)

    assert seen(shop.origins[0]) == (shop.origins[0], 1139)
    assert seen("https://evil.example") == (None, 909)


def test_a_link_with_a_number_dies_with_the_key_that_sealed_it(api, alice, mailbox, settings):
    start_smart(api, email="alice@example.com", matchnumber="true")
    settings.SECRET_KEY = "another key"
    answer = api.get("auth/email/smartlogin", verificationtoken=token_from(mailbox[0]), matchnumber="42")
    assert error_code(answer) == 975


@pytest.fixture
def redis(tmp_path, settings):
    if BINARY is None and not os.environ.get("CI"):
        pytest.skip("redis-server is not installed")
    server = RunningRedis(tmp_path)
    server.start()
    options = {"SOCKET_CONNECT_TIMEOUT": 0.25, "SOCKET_TIMEOUT": 0.25}
    settings.CACHES = {
        "default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": server.url, "OPTIONS": options}
    }
    yield server
    caches["default"].close()
    server.kill()


def test_what_one_process_publishes_wakes_the_devices_of_another(redis, guid):
    attempt, rung = LoginAttempt.objects.get(), threading.Event()
    with waiting.watch.device(attempt.pk, rung.set):
        time.sleep(0.7)
        assert not rung.is_set()
        cache_port.publish(str(attempt.pk))
        assert rung.wait(timeout=3)


def test_devices_are_found_in_the_database_when_redis_ends_while_they_wait(redis, guid):
    attempt, rung = LoginAttempt.objects.get(), threading.Event()
    with waiting.watch.device(attempt.pk, rung.set):
        time.sleep(0.7)
        redis.kill()
        LoginAttempt.objects.update(state="denied")
        assert rung.wait(timeout=8)


def test_devices_are_found_in_the_database_where_nothing_can_be_heard(guid):
    attempt, rung = LoginAttempt.objects.get(), threading.Event()
    with waiting.watch.device(attempt.pk, rung.set):
        LoginAttempt.objects.update(state="denied")
        assert rung.wait(timeout=8)


def test_polls_go_to_the_database_after_redis_was_away(redis, api, guid, mailbox):
    assert error_code(ping(api, guid)) == 1139
    redis.hang()
    assert api.get("auth/email/smartlogin", verificationtoken=token_from(mailbox[0])).status_code == 200
    redis.go_on()
    cache_port._quiet_until = time.monotonic()  # as after five seconds
    assert ping(api, guid).status_code == 200
