"""A device that waits learns at once: long polls and Server-Sent Events, under ASGI and WSGI, with and without Redis."""

import http.client
import json
import os
import threading
import time
import uuid
from contextlib import ExitStack, contextmanager
from urllib.parse import urlencode

import pytest

from .running import API_KEY

PENDING, UNKNOWN = 1139, 1140
EVENTS = "/identity/v2/auth/login/smartlogin/events"


@pytest.fixture(scope="module")
def asgi_site(tmp_path_factory):
    from .running import RunningSite

    folder = tmp_path_factory.mktemp("asgi")
    site = RunningSite(folder, f"sqlite:///{folder / 'site.sqlite3'}", {"PINGS_PER_MINUTE": 600}, {})
    site.start_server(asgi=True)
    yield site
    site.kill_server()


@pytest.fixture(scope="module")
def wsgi_site(tmp_path_factory):
    from .running import RunningSite

    folder = tmp_path_factory.mktemp("wsgi")
    site = RunningSite(folder, f"sqlite:///{folder / 'site.sqlite3'}", {"PINGS_PER_MINUTE": 600}, {"REDIS_URL": ""})
    site.start_server()
    yield site
    site.kill_server()


@pytest.fixture(params=["asgi_site", "wsgi_site"])
def running(request):
    return request.getfixturevalue(request.param)


def timed(action):
    began = time.monotonic()
    return action(), time.monotonic() - began


def in_background(action):
    """Run an action in a thread; return what waits for its result and tells when it came."""
    result = []

    def run():
        result.append((action(), time.monotonic()))

    thread = threading.Thread(target=run)
    thread.start()

    def outcome():
        thread.join(timeout=40)
        return result[0]

    return outcome


@contextmanager
def open_events(site, guid, **query):
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=40)
    connection.request("GET", f"{EVENTS}?{urlencode({'apikey': API_KEY, 'clientguid': guid, **query})}")
    with connection.getresponse() as answer:
        yield answer
    connection.close()


def events_in(answer):
    """Every event of a stream, as (name, data), until it ends."""
    blocks = answer.read().decode().split("\n\n")
    events = []
    for block in blocks:
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if "event" in fields:
            events.append((fields["event"], json.loads(fields["data"])))
    return events


def test_a_waiting_ping_answers_when_the_person_has_decided(running):
    guid = running.start_email("waits@example.com")
    outcome = in_background(lambda: running.ping(guid, wait=20))
    time.sleep(0.5)
    running.approve("waits@example.com")
    decided = time.monotonic()
    body, answered = outcome()
    assert body["access_token"]
    assert answered - decided < 1.5


def test_a_waiting_ping_answers_pending_when_its_time_is_over(running):
    guid = running.start_email("slow@example.com")
    body, seconds = timed(lambda: running.ping(guid, wait=2))
    assert body["ErrorCode"] == PENDING
    assert 1.8 < seconds < 4


def test_a_wait_that_takes_nothing_leaves_the_token_for_the_ping(running):
    guid = running.start_email("peeks@example.com")
    assert running.ping(guid, claim="false") == {"IsDecided": False}
    outcome = in_background(lambda: running.ping(guid, wait=20, claim="false"))
    time.sleep(0.5)
    running.approve("peeks@example.com")
    assert outcome()[0] == {"IsDecided": True}
    assert running.ping(guid)["access_token"]
    assert running.ping(guid, claim="false", wait=5) == {"IsDecided": True}
    assert running.ping(guid, wait=5)["ErrorCode"] == 1145


@pytest.mark.parametrize("wait", ["-1", "1e9", "abc", "2.5", "٣", "99999999999"])
def test_a_wait_that_is_no_number_of_seconds_is_refused_at_once(asgi_site, wait):
    guid = asgi_site.start_email("odd@example.com")
    body, seconds = timed(lambda: asgi_site.ping(guid, wait=wait))
    assert body["ErrorCode"] == 908
    assert seconds < 2


def test_a_guid_that_nobody_knows_waits_for_nothing(running):
    body, seconds = timed(lambda: running.ping("nobody-has-started-this", wait=20))
    assert body["ErrorCode"] == UNKNOWN
    assert seconds < 2


def test_events_tell_the_answer_as_a_ping_would(running):
    guid = running.start_email("events@example.com")
    with open_events(running, guid) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert "no-store" in answer.headers["Cache-Control"]
        running.approve("events@example.com")
        events = events_in(answer)
    assert [name for name, _data in events] == ["waiting", "answer"]
    assert events[1][1]["access_token"]


def test_events_that_take_nothing_say_that_it_is_decided(running):
    guid = running.start_email("bell@example.com")
    with open_events(running, guid, claim="false") as answer:
        running.approve("bell@example.com")
        assert events_in(answer) == [("waiting", {}), ("decided", {"IsDecided": True})]
    assert running.ping(guid)["access_token"]


def test_events_of_an_unknown_guid_are_an_ordinary_error(running):
    with open_events(running, "nobody-has-started-this") as answer:
        assert answer.status == 403
        assert json.load(answer)["ErrorCode"] == UNKNOWN


def test_browsers_of_other_origins_and_of_this_one_may_start_and_wait(asgi_site):
    own = asgi_site.url.rstrip("/")
    for origin, site, status in [(own, "same-origin", 200), ("https://evil.example", "cross-site", 403)]:
        connection = http.client.HTTPConnection("127.0.0.1", asgi_site.port, timeout=10)
        body = json.dumps({"email": "browser@example.com", "clientguid": str(uuid.uuid4())})
        headers = {"Origin": origin, "Sec-Fetch-Site": site, "Content-Type": "application/json"}
        connection.request("POST", f"/identity/v2/auth/onetouchlogin/email?apikey={API_KEY}", body, headers)
        with connection.getresponse() as answer:
            assert answer.status == status, answer.read()
        connection.close()


def test_a_device_that_comes_again_ends_its_older_wait(asgi_site):
    guid = asgi_site.start_email("twice@example.com")
    older = in_background(lambda: asgi_site.ping(guid, wait=20))
    time.sleep(0.7)
    newer = in_background(lambda: asgi_site.ping(guid, wait=20))
    assert older()[0]["ErrorCode"] == PENDING
    asgi_site.approve("twice@example.com")
    assert newer()[0]["access_token"]


def test_a_device_that_has_gone_takes_nothing(asgi_site):
    guid = asgi_site.start_email("gone@example.com")
    connection = http.client.HTTPConnection("127.0.0.1", asgi_site.port, timeout=10)
    query = urlencode({"apikey": API_KEY, "clientguid": guid, "wait": 20})
    connection.request("GET", f"/identity/v2/auth/login/smartlogin/ping?{query}")
    time.sleep(0.7)
    connection.close()
    time.sleep(0.3)
    asgi_site.approve("gone@example.com")
    time.sleep(1.5)
    assert asgi_site.ping(guid)["access_token"]


def test_waits_cost_no_thread_under_asgi(asgi_site):
    guids = [asgi_site.start_email(f"crowd{number}@example.com") for number in range(40)]
    before = threads_of(asgi_site)
    with ExitStack() as open_streams:
        answers = [open_streams.enter_context(open_events(asgi_site, guid, claim="false")) for guid in guids]
        time.sleep(1)
        assert threads_of(asgi_site) <= before + 12  # the pool of eight, the watcher, and what runs at this moment
        asgi_site.approve("crowd7@example.com")
        assert events_in(answers[7])[-1][0] == "decided"


def threads_of(site):
    return len(os.listdir(f"/proc/{site.server.pid}/task"))


def test_waits_under_wsgi_leave_threads_for_everybody_else(wsgi_site):
    guids = [wsgi_site.start_email(f"queue{number}@example.com") for number in range(6)]
    outcomes = [in_background(lambda guid=guid: timed(lambda: wsgi_site.ping(guid, wait=3))) for guid in guids]
    time.sleep(0.8)
    _body, seconds = timed(lambda: wsgi_site.call("GET", "auth/account"))
    assert seconds < 1
    waits = sorted(outcome()[0][1] for outcome in outcomes)
    assert sum(seconds > 2.5 for seconds in waits) == 1  # WAITING_THREADS is 1
    assert all(body["ErrorCode"] == PENDING for (body, _seconds), _when in (outcome() for outcome in outcomes))


def test_a_worker_of_one_thread_never_waits(make_site):
    site = make_site()
    site.start_server(threads=1)
    guid = site.start_email("alone@example.com")
    body, seconds = timed(lambda: site.ping(guid, wait=20))
    assert body["ErrorCode"] == PENDING
    assert seconds < 2


def test_a_worker_of_greenlets_polls_and_waits(make_site):
    site = make_site()
    site.start_server(worker="gevent")
    guid = site.start_email("green@example.com")
    assert site.ping(guid)["ErrorCode"] == PENDING
    outcome = in_background(lambda: site.ping(guid, wait=20))
    time.sleep(0.7)
    site.approve("green@example.com")
    assert outcome()[0]["access_token"]
    with open_events(site, guid) as answer:
        assert events_in(answer)[-1][1]["ErrorCode"] == 1145


@pytest.mark.parametrize("asgi", [True, False])
def test_a_site_that_wants_nobody_to_wait_answers_at_once(make_site, asgi):
    site = make_site(PASSWORDLESS={"MAX_WAIT": 0})
    site.start_server(asgi=asgi)
    guid = site.start_email("hasty@example.com")
    body, seconds = timed(lambda: site.ping(guid, wait=20))
    assert body["ErrorCode"] == PENDING
    with open_events(site, guid) as answer:
        assert events_in(answer) == [("waiting", {})]
    assert seconds < 2


def test_a_link_that_expires_ends_the_wait(make_site):
    site = make_site(PASSWORDLESS={"LINK_LIFETIME": 4})
    site.start_server(asgi=True)
    guid = site.start_email("late@example.com")
    body, seconds = timed(lambda: site.ping(guid, wait=20))
    assert body["ErrorCode"] == 975
    assert seconds < 8


def test_a_newer_attempt_that_supersedes_this_one_ends_its_wait(asgi_site):
    guids = [asgi_site.start_email("often@example.com") for _ in range(3)]
    outcome = in_background(lambda: timed(lambda: asgi_site.ping(guids[0], wait=20)))
    time.sleep(0.7)
    asgi_site.start_email("often@example.com")
    (body, seconds), _when = outcome()
    assert body["ErrorCode"] == 975
    assert seconds < 4
