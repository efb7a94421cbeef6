"""The TV page: it asks, waits, and shows what somebody decided on another device."""

import json
import re
import time

import pytest
from playwright.sync_api import Page, Route, expect

from ..conftest import error_code, link_from

PING = re.compile("smartlogin/ping")
NOT_YET = {"ErrorCode": 1139, "Message": "", "Description": ""}


@pytest.fixture
def tv(open_page):
    return open_page("/tv/", viewport={"width": 1280, "height": 720})


def ask_for_link(tv: Page, address: str = "alice@example.com") -> None:
    tv.get_by_label("Your e-mail address").fill(address)
    tv.get_by_role("button", name="Mail me a link").click()


def wait_for_link(tv: Page) -> None:
    ask_for_link(tv)
    expect(tv.get_by_role("heading", name="Now look into your mail")).to_be_visible()


def decide(open_page, mailbox, button: str) -> None:
    phone = open_page(link_from(mailbox[-1]), viewport={"width": 390, "height": 844})
    phone.get_by_role("button", name=button).click()
    expect(phone.get_by_role("button")).to_have_count(0)


def sign_in(tv: Page, open_page, mailbox) -> None:
    wait_for_link(tv)
    decide(open_page, mailbox, "It's me")
    expect(tv.get_by_role("heading", name="Welcome, alice@example.com")).to_be_visible()


def answers(route: Route, status: int, body: dict[str, object], **headers: str) -> None:
    route.fulfill(status=status, headers={"Content-Type": "application/json", **headers}, body=json.dumps(body))


def time_of_next_poll(tv: Page) -> float:
    with tv.expect_response(PING):
        pass
    return time.monotonic()


def test_the_tv_is_signed_in_within_five_seconds_after_the_person_said_it_is_me(tv, open_page, mailbox):
    wait_for_link(tv)
    expect(tv.get_by_text("a•••@example.com", exact=True)).to_be_visible()
    decide(open_page, mailbox, "It's me")
    expect(tv.get_by_role("heading", name="Welcome, alice@example.com")).to_be_visible(timeout=5000)
    expect(tv.get_by_text("This TV is signed in until")).to_be_visible()


def test_not_me_ends_the_login_on_the_tv(tv, open_page, mailbox):
    wait_for_link(tv)
    decide(open_page, mailbox, "Not me")
    expect(tv.get_by_role("heading", name="Somebody said it wasn’t them")).to_be_visible(timeout=5000)
    tv.get_by_role("button", name="Start again").click()
    expect(tv.get_by_label("Your e-mail address")).to_be_focused()


def test_a_screen_reader_hears_that_the_tv_waits_and_then_that_it_is_signed_in(tv, open_page, mailbox):
    wait_for_link(tv)
    expect(tv.get_by_role("status")).to_have_text("Waiting. Open the link we mailed to a•••@example.com.")
    decide(open_page, mailbox, "It's me")
    expect(tv.get_by_role("status")).to_contain_text("Signed in as alice@example.com until")


def test_the_whole_way_goes_with_the_keys_of_a_remote_control(tv, open_page, mailbox):
    expect(tv.get_by_label("Your e-mail address")).to_be_focused()
    tv.keyboard.type("alice@example.com")
    tv.keyboard.press("Enter")
    expect(tv.get_by_role("button", name="Cancel")).to_be_focused()
    decide(open_page, mailbox, "It's me")
    expect(tv.get_by_role("button", name="Sign out")).to_be_focused()
    tv.keyboard.press("Enter")
    expect(tv.get_by_role("status")).to_have_text("You are signed out.")


def test_signing_out_ends_the_access_token(tv, open_page, mailbox, demo):
    with tv.expect_response(lambda answer: bool(PING.search(answer.url)) and answer.ok) as given:
        sign_in(tv, open_page, mailbox)
    bearer = {"Authorization": f"Bearer {given.value.json()['access_token']}"}
    assert demo.get("auth/account", headers=bearer).status_code == 200
    tv.get_by_role("button", name="Sign out").click()
    expect(tv.get_by_role("heading", name="Sign in on this TV")).to_be_visible()
    assert error_code(demo.get("auth/account", headers=bearer)) == 905


def test_a_lost_connection_is_said_and_survived(tv, open_page, mailbox):
    wait_for_link(tv)
    tv.context.set_offline(True)
    expect(tv.get_by_text("The connection is lost. Still trying…")).to_be_visible()
    decide(open_page, mailbox, "It's me")
    tv.context.set_offline(False)
    expect(tv.get_by_role("heading", name="Welcome, alice@example.com")).to_be_visible()


def test_the_tv_asks_again_only_after_the_seconds_that_a_429_names(tv):
    tv.route(PING, lambda route: answers(route, 429, {**NOT_YET, "ErrorCode": 429}, **{"Retry-After": "4"}))
    wait_for_link(tv)
    first, second = time_of_next_poll(tv), time_of_next_poll(tv)
    assert second - first >= 3.7
    expect(tv.get_by_role("heading", name="Now look into your mail")).to_be_visible()


@pytest.mark.parametrize("code", [1139, 1140])
def test_the_tv_goes_on_asking_every_two_seconds_while_nobody_has_decided(tv, code):
    tv.route(PING, lambda route: answers(route, 403, {**NOT_YET, "ErrorCode": code}))
    wait_for_link(tv)
    first, second = time_of_next_poll(tv), time_of_next_poll(tv)
    assert 1.7 <= second - first <= 4
    expect(tv.get_by_role("heading", name="Now look into your mail")).to_be_visible()


def test_a_link_that_nobody_opened_in_time_is_called_expired(tv, later):
    wait_for_link(tv)
    later(minutes=11)
    expect(tv.get_by_role("heading", name="The link has expired")).to_be_visible()


def test_after_ten_minutes_the_tv_stops_asking(tv):
    tv.clock.install()
    tv.reload()
    tv.route(PING, lambda route: answers(route, 403, NOT_YET))
    wait_for_link(tv)
    tv.clock.fast_forward("11:00")
    expect(tv.get_by_role("heading", name="Nobody opened the link")).to_be_visible()


def test_cancel_ends_the_asking(tv):
    wait_for_link(tv)
    time_of_next_poll(tv)
    tv.get_by_role("button", name="Cancel").click()
    expect(tv.get_by_role("heading", name="Sign in on this TV")).to_be_visible()
    asked = []
    tv.on("request", lambda request: asked.append(request.url))
    tv.wait_for_timeout(2500)
    assert asked == []


def test_too_many_mails_are_explained_in_the_words_of_the_site(tv):
    wait_for_link(tv)
    tv.get_by_role("button", name="Cancel").click()
    ask_for_link(tv)
    expect(tv.get_by_role("heading", name="Too many e-mails were asked for")).to_be_visible()
    expect(tv.get_by_role("button", name="Start again")).to_be_focused()


@pytest.mark.parametrize("address", ["nonsense", "alice@example", "alice@@example.com"])
def test_an_address_that_is_none_is_refused_beside_its_field(tv, address, mailbox):
    ask_for_link(tv, address)
    expect(tv.get_by_role("alert")).to_have_text("Enter one plain address such as alice@example.com.")
    expect(tv.get_by_label("Your e-mail address")).to_have_attribute("aria-invalid", "true")
    assert len(mailbox) == 0


def test_a_browser_without_random_guids_makes_its_own(open_page, mailbox):
    tv = open_page()
    tv.add_init_script("delete Crypto.prototype.randomUUID")
    tv.goto("/tv/")
    with tv.expect_request("**/onetouchlogin/email?*") as asked:
        wait_for_link(tv)
    assert re.fullmatch("[0-9a-f]{32}", asked.value.post_data_json["clientguid"])
    tv.get_by_role("button", name="Cancel").click()


def test_without_javascript_the_tv_says_what_it_needs(open_page):
    tv = open_page("/tv/", java_script_enabled=False)
    expect(tv.get_by_role("heading", name="This TV needs JavaScript")).to_be_visible()
    expect(tv.get_by_role("textbox")).to_have_count(0)
