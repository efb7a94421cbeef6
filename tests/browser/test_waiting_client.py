"""The client of a waiting device, ``waiting.js``: how it starts, waits, and ends."""

import pytest

from . import waiting_server as answers
from .waiting_page import INTERVAL, begin, error_in, gaps, wait_for, wait_for_step
from .waiting_server import LOGIN, breaks, refuses, says

PINGS_ONLY = "delete window.AbortController"

# What a page says, and what the site gets.
STARTS = [
    ({"email": "alice@example.com"}, {"email": "alice@example.com"}),
    ({"userName": "alice", "template": "tv"}, {"username": "alice", "smartloginemailtemplate": "tv"}),
    ({"phone": "+14155550123", "template": "tv"}, {"phone": "+14155550123", "smstemplate": "tv"}),
    ({"email": "a@b", "redirectUrl": "https://c"}, {"email": "a@b", "redirecturl": "https://c"}),
    ({"flow": "oneTouch", "email": "a@b", "name": "Alice"}, {"email": "a@b", "name": "Alice"}),
    (
        {"flow": "oneTouch", "email": "a@b", "template": "tv", "welcomeTemplate": "hello"},
        {"email": "a@b", "onetouchloginemailtemplate": "tv", "welcomeemailtemplate": "hello"},
    ),
]
SENSELESS = [
    {"email": "a@b"},
    {"apiKey": "k"},
    {"apiKey": "k", "email": "a@b", "phone": "+1"},
    {"apiKey": "k", "email": "a@b", "flow": "x"},
    {"apiKey": "k", "phone": "+1", "flow": "oneTouch"},
]

# The start


@pytest.mark.parametrize(("options", "sent"), STARTS)
def test_the_start_says_who_it_is_about_in_its_body_and_not_in_its_address(device, server, options, sent):
    begin(device, **options)
    wait_for(device, "waiting")
    start = server.asked[0]
    guid = start.body.pop("clientguid")
    assert (start.body, start.query) == (sent, {"apikey": "key-12345678"})
    wait_for_step(device, server, "stream")
    assert server.asked[1].query["clientguid"] == guid


@pytest.mark.parametrize("number", [42, None])
def test_the_number_to_show_is_given_before_anybody_can_decide(device, server, number):
    server.on_start = says({"IsPosted": True, **({"MatchNumber": number} if number else {})})
    begin(device, matchNumber=True)
    assert wait_for(device, "waiting") == [["waiting", {"number": number}]]
    assert server.asked[0].body["matchnumber"] is True


def test_a_start_that_is_refused_is_an_error_with_all_that_the_site_said(device, server):
    server.on_start = refuses(1122, Retry_After="60")
    begin(device)
    details = {"code": 1122, "message": "Message 1122", "description": "Do 1122", "status": 403, "retryAfter": 60}
    assert error_in(wait_for(device, "error")).items() >= {"reason": "refused", **details}.items()
    assert server.steps == ["start"]


@pytest.mark.parametrize("answer", [breaks, says({"ErrorCode": 950}, 500), says({}, 502)], ids=["broken", "500", "502"])
def test_a_start_that_does_not_reach_the_site_is_not_sent_twice(device, server, answer):
    server.on_start = answer
    begin(device)
    assert error_in(wait_for(device, "error"))["reason"] == "unreachable"
    assert server.steps == ["start"]


@pytest.mark.parametrize("options", SENSELESS)
def test_options_that_make_no_sense_are_refused_before_anything_is_sent(device, server, options):
    start = "(options) => { try { waiting.startLogin(options); } catch (error) { return error.name; } }"
    assert device.evaluate(start, options) == "TypeError"
    assert server.asked == []


# How it waits


def test_it_listens_to_the_stream_and_claims_with_a_ping_of_its_own(device, server):
    begin(device)
    wait_for_step(device, server, "stream")
    device.wait_for_timeout(300)
    server.decided.set()
    assert wait_for(device, "answer")[-1] == ["answer", LOGIN]
    assert server.steps == ["start", "stream", "claim"]
    assert server.asked[1].query["claim"] == "false"
    assert "claim" not in server.asked[2].query


def test_a_stream_that_ends_after_a_while_is_opened_again(device, server):
    def ends_late(handler, asked):
        answers.begins_stream(handler)
        handler.wait(INTERVAL * 1.5)

    server.on_stream = ends_late
    begin(device)
    wait_for_step(device, server, "stream", 3)
    assert set(server.steps[1:]) == {"stream"}


def test_a_stream_that_ends_at_once_twice_is_left_for_the_long_poll_and_that_for_pings(device, server):
    server.on_stream = answers.ends_stream
    server.on_long_poll = says({"IsDecided": False})
    interval = INTERVAL * 4  # what ends sooner ends "at once", on a busy machine as well
    begin(device, smartLoginPingInterval=interval)
    wait_for_step(device, server, "claim", 3)
    assert server.steps[:8] == ["start", *["stream"] * 2, *["long poll"] * 2, *["claim"] * 3]
    # What answers at once is asked no more often than it would be with pings.
    assert server.asked[7].moment - server.asked[1].moment >= interval * 6 * 0.95
    server.decided.set()
    assert wait_for(device, "answer")[-1] == ["answer", LOGIN]


@pytest.mark.parametrize(
    "answer", [answers.holds_back, refuses(404, 404), breaks], ids=["held back", "missing", "broken"]
)
def test_a_stream_that_cannot_be_heard_is_left_for_the_long_poll(device, server, answer):
    server.on_stream = answer
    begin(device, timing={"firstEvent": 0.3})
    wait_for_step(device, server, "long poll")
    assert set(server.steps[1:-1]) == {"stream", "look"}
    # By when they were sent: a browser repeats by itself what broke on a connection that it had opened in advance.
    assert len(set(server.moments("stream"))) <= 2
    server.decided.set()
    log = wait_for(device, "answer")
    assert [said for said, *_words in log] == ["waiting", "answer"], "the network is not to blame, so it is no trouble"
    assert server.asked[-2].query.items() >= {"wait": "1", "claim": "false"}.items()


def test_a_stream_that_falls_silent_is_opened_again(device, server):
    server.on_stream = answers.one_by_one(answers.holds_silent_stream, answers.holds_stream)
    begin(device, timing={"silence": 0.4})
    wait_for_step(device, server, "stream", 2)
    assert server.steps == ["start", "stream", "look", "stream"]


def test_browsers_that_cannot_abort_a_request_only_ping(open_device, server):
    device = open_device(PINGS_ONLY)
    begin(device)
    wait_for_step(device, server, "claim", 3)
    assert set(server.steps) == {"start", "claim"}
    assert sum(gaps(server.moments("claim"))) >= INTERVAL * 2 * 0.95


def test_a_server_that_knows_no_waiting_is_pinged(device, server):
    """LoginRadius' own ignores ``wait`` and ``claim``, and answers every ping as it always did."""
    server.on_stream = refuses(404, 404)
    server.on_look = server.on_long_poll = answers.claims
    begin(device)
    wait_for_step(device, server, "claim", 2)
    server.decided.set()
    assert wait_for(device, "answer")[-1] == ["answer", LOGIN]


@pytest.mark.parametrize("code", [1139, 1140])
def test_it_goes_on_while_nobody_has_decided_or_the_guid_is_not_known_yet(device, server, code):
    server.on_stream = server.on_long_poll = server.on_look = server.on_claim = refuses(code)
    begin(device)
    wait_for_step(device, server, "claim", 2)
    assert [said for said, *_words in device.evaluate("log")] == ["waiting"]


# How it ends


@pytest.mark.parametrize("code", [975, 1137, 1143, 1145])
def test_a_refusal_ends_it_with_all_that_the_site_said(device, server, code):
    server.on_claim = refuses(code)
    server.decided.set()
    begin(device)
    details = {"code": code, "message": f"Message {code}", "description": f"Do {code}", "status": 403}
    assert error_in(wait_for(device, "error")).items() >= {"reason": "refused", **details}.items()
    assert server.steps == ["start", "stream", "claim"]


def test_cancelling_leaves_no_request_no_timer_and_no_listener(device, server):
    begin(device)
    wait_for_step(device, server, "stream")
    device.wait_for_timeout(200)
    assert (server.open, device.evaluate("listeners")) == (1, 3)
    device.evaluate("login.cancel()")
    assert error_in(wait_for(device, "error"))["reason"] == "cancelled"
    assert device.evaluate("[timers.size, listeners]") == [0, 0]
    device.wait_for_timeout(400)
    assert server.open == 0
    device.evaluate("dispatchEvent(new Event('online'))")
    device.wait_for_timeout(200)
    assert server.steps == ["start", "stream"]


def test_an_abort_signal_cancels_too_and_one_from_before_sends_nothing(device, server):
    begin_with = "([when, options]) => { const c = new AbortController(); if (when === 'before') c.abort(); begin({...options, signal: c.signal}); window.c = c; }"
    options = {"email": "alice@example.com"}
    device.evaluate(begin_with, ["before", options])
    assert error_in(wait_for(device, "error"))["reason"] == "cancelled"
    assert server.steps == []
    device.evaluate(begin_with, ["after", options])
    wait_for_step(device, server, "stream")
    device.evaluate("c.abort()")
    assert wait_for(device, "error", 2)[-1][1]["reason"] == "cancelled"
    assert device.evaluate("timers.size") == 0


def test_the_answer_comes_once_however_often_the_page_wakes_up(device, server):
    server.on_claim = answers.one_by_one(answers.after(0.4, says(LOGIN)), refuses(1137))
    begin(device)
    wait_for_step(device, server, "stream")
    server.decided.set()
    wait_for_step(device, server, "claim")
    for _turn in range(5):
        device.evaluate("for (const name of ['online', 'offline', 'pageshow']) dispatchEvent(new Event(name))")
        device.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        device.wait_for_timeout(20)
    wait_for(device, "answer")
    device.wait_for_timeout(300)
    assert device.evaluate("log.map(([said]) => said)") == ["waiting", "answer"]
    assert server.steps.count("claim") == 1
    assert device.evaluate("timers.size") == 0


def test_count_times_interval_bounds_the_whole_of_it(device, server):
    begin(device, smartLoginPingCount=4)
    assert error_in(wait_for(device, "error"))["reason"] == "tooLate"
    assert server.steps == ["start", "stream", "claim"]
    assert INTERVAL * 4 * 0.75 <= server.asked[-1].moment - server.asked[0].moment <= 3
    device.wait_for_timeout(100)
    assert (server.open, device.evaluate("timers.size")) == (0, 0)


def test_what_was_decided_at_the_last_moment_still_counts(device, server):
    server.on_claim = says(LOGIN)
    begin(device, smartLoginPingCount=3)
    assert wait_for(device, "answer")[-1] == ["answer", LOGIN]


@pytest.mark.parametrize("clock", ["Date", "performance"])
def test_time_asleep_counts_by_whichever_clock_went_on(device, server, clock):
    begin(device, smartLoginPingInterval=5)
    wait_for_step(device, server, "stream")
    device.evaluate(f"const now = {clock}.now.bind({clock}); {clock}.now = () => now() + 501 * 1000")
    device.evaluate("dispatchEvent(new Event('pageshow'))")
    assert error_in(wait_for(device, "error"))["reason"] == "tooLate"
    assert server.steps == ["start", "stream", "claim"]
