"""The client of a waiting device, ``waiting.js``, where things go wrong, and what it keeps to itself."""

import re

import pytest

from . import waiting_server as answers
from .waiting_page import INTERVAL, QUICK, begin, gaps, wait_for, wait_for_step
from .waiting_server import LOGIN, MODULE, breaks, refuses, says

PINGS_ONLY = "delete window.AbortController"
WAKES = [("window", "online"), ("window", "offline"), ("window", "pageshow"), ("document", "visibilitychange")]


def wants_a_room_number(handler, asked):
    """Answer as the Wi-Fi of a hotel does."""
    handler.send(200, "<p>Your room, please", "text/html")


NO_ANSWERS = {
    "a failing site": says({"ErrorCode": 950, "Message": "?"}, 500),
    "a proxy without a site": says({}, 502),
    "nothing": breaks,
    "something odd": says([], 200),
    "a hotel": wants_a_room_number,
}

# What it survives


@pytest.mark.parametrize("script", ["", PINGS_ONLY], ids=["stream", "pings"])
def test_a_429_is_obeyed_and_slows_everything_down_that_follows(open_device, server, script):
    device = open_device(script)
    server.on_claim = answers.one_by_one(refuses(429, 429, Retry_After="1"), answers.claims)
    server.on_stream = answers.one_by_one(refuses(429, 429, Retry_After="1"), answers.ends_stream)
    begin(device)
    wait_for(device, "trouble")
    device.evaluate("dispatchEvent(new Event('online'))")  # no reason to come earlier
    wait_for_step(device, server, *(("claim", 4) if script else ("long poll", 1)))
    first, *later = gaps([asked.moment for asked in server.asked[1:]])
    assert first >= 0.95
    assert sum(later) >= len(later) * (INTERVAL + QUICK["slowDown"]) * 0.95
    trouble = wait_for(device, "recovery")[1]
    assert trouble[:3] == ["trouble", "busy", 1]
    assert trouble[3].items() >= {"code": 429, "status": 429, "retryAfter": 1}.items()


def test_a_429_on_the_claim_delays_the_answer_and_does_not_lose_it(device, server):
    server.on_claim = answers.one_by_one(refuses(429, 429, Retry_After="1"), says(LOGIN))
    server.decided.set()
    begin(device)
    assert wait_for(device, "answer")[-1] == ["answer", LOGIN]
    assert gaps(server.moments("claim"))[0] >= 0.95


def test_a_lost_network_is_said_at_once_and_survived(device, server):
    begin(device)
    wait_for_step(device, server, "stream")
    device.wait_for_timeout(200)
    device.context.set_offline(True)
    log = wait_for(device, "trouble", 3)
    assert {words[0] for said, *words in log if said == "trouble"} == {"connection"}
    server.decided.set()
    device.context.set_offline(False)
    log = wait_for(device, "answer")
    assert "unhandled" not in [said for said, *_words in log]
    assert log[-1] == ["answer", LOGIN]


def test_tries_become_rarer_while_the_network_is_gone(device, server):
    server.on_stream = server.on_look = breaks
    begin(device, timing={"backOff": 0.1, "slowest": 1})
    log = wait_for(device, "trouble", 5)
    pauses = [words[1] for said, *words in log if said == "trouble"]
    for pause, most in zip(pauses, [0.1, 0.2, 0.4, 0.8, 1], strict=False):
        assert most / 2 <= pause < most


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_a_failing_server_or_a_foreign_network_says_is_no_answer(device, server, answer):
    server.on_claim = answers.one_by_one(answer, says(LOGIN))
    server.decided.set()
    begin(device)
    log = wait_for(device, "answer")
    assert log[-1] == ["answer", LOGIN]


@pytest.mark.parametrize(("target", "name"), WAKES)
def test_a_device_that_wakes_up_checks_at_once(device, server, target, name):
    begin(device, smartLoginPingInterval=60)
    wait_for_step(device, server, "stream")
    device.wait_for_timeout(100)
    device.evaluate(f"{target}.dispatchEvent(new Event('{name}'))")
    wait_for_step(device, server, "stream", 2)
    assert server.steps == ["start", "stream", "look", "stream"]


def test_a_device_that_wakes_up_ends_its_pause(open_device, server):
    device = open_device(PINGS_ONLY)
    begin(device, smartLoginPingInterval=60)
    wait_for_step(device, server, "claim")
    device.wait_for_timeout(100)
    server.decided.set()
    device.evaluate("dispatchEvent(new Event('online'))")
    assert wait_for(device, "answer")[-1] == ["answer", LOGIN]


def test_a_mistake_in_a_callback_is_the_pages_own_and_the_login_goes_on(device, server):
    mistakes: list[str] = []
    device.on("pageerror", lambda error: mistakes.append(error.message))
    server.decided.set()
    device.evaluate("begin({ email: 'alice@example.com', onWaiting() { throw new Error('my own') } })")
    wait_for(device, "answer")
    device.wait_for_timeout(50)
    assert mistakes == ["my own"]


def test_a_page_that_does_not_look_at_the_end_gets_no_unhandled_rejection(device, server):
    server.on_start = refuses(1122)
    device.evaluate("waiting.startLogin({ apiKey: 'key-12345678', email: 'alice@example.com' })")
    wait_for_step(device, server, "start")
    device.wait_for_timeout(200)
    assert device.evaluate("log") == []


# What it keeps to itself


def test_an_answer_that_leads_elsewhere_is_not_followed(device, server):
    server.on_claim = answers.one_by_one(says({}, 302, Location="/elsewhere"), says(LOGIN))
    server.decided.set()
    begin(device)
    assert wait_for(device, "answer")[-1] == ["answer", LOGIN]
    assert "/elsewhere" not in server.pages


def test_secrets_stay_out_of_logs_and_storage_and_no_cookie_or_referrer_is_sent(device, server):
    words: list[str] = []
    device.on("console", lambda message: words.append(message.text))
    server.on_stream, server.on_long_poll = answers.ends_stream, says({"IsDecided": True})
    server.decided.set()
    begin(device)
    wait_for(device, "answer")
    assert words == []
    assert device.evaluate("[localStorage.length, sessionStorage.length, location.search]") == [0, 0, "?room=12"]
    for asked in server.asked:
        assert {name.lower() for name in asked.headers} & {"cookie", "referer"} == set()
        assert LOGIN["access_token"] not in str(asked.query)
    assert "clientguid" not in server.asked[0].query


def test_a_guid_is_a_uuid_also_where_the_browser_makes_none(open_device):
    device = open_device("delete Crypto.prototype.randomUUID")
    guids = device.evaluate("Array.from({ length: 100 }, waiting.newGuid)")
    assert len(set(guids)) == 100
    assert all(re.fullmatch(r"[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}", guid) for guid in guids)


def test_every_export_is_declared_and_every_declaration_exported(device):
    declared = MODULE.with_suffix(".d.ts").read_text("utf-8")
    values = re.findall(r"^export (?:declare )?(?:function|class|const) (\w+)", declared, re.MULTILINE)
    assert sorted(values) == sorted(device.evaluate("Object.keys(waiting)"))
    timing = re.search(r"const TIMING = \{(.*?)\n\};", MODULE.read_text("utf-8"), re.DOTALL)[1]
    described = re.search(r"interface Timing \{(.*?)\n\}", declared, re.DOTALL)[1]
    names = re.findall(r"^  (\w+): ([\d.]+),", timing, re.MULTILINE)
    assert names == [(name, value) for value, name in re.findall(r"Default: ([\d.]+)\. \*/\n  (\w+):", described)]


def test_the_module_is_one_file_without_imports_and_not_too_long():
    source = MODULE.read_text("utf-8")
    assert not re.search(r"^\s*import\b|\bimport\(|\brequire\(", source, re.MULTILINE)
    assert len(source.splitlines()) <= 400
