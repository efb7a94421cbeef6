"""The mail about a sign-in on a new device, and the page that its link opens."""

import pytest
from playwright.sync_api import Page, expect

from ..conftest import link_from, token_from
from . import signing_in
from .signing_in import (
    IPHONE,
    ROOMY,
    WINDOWS,
    ask,
    code_in,
    complaints,
    enter,
    expect_signed_out,
    expect_wanted,
    history_of,
    mails,
    posts,
)

want = signing_in.want
NOTICE = "New sign-in to"


@pytest.fixture
def sign_in(want, mailbox, site):
    """Sign in with a new browser."""
    site(**ROOMY)

    def sign_in(agent: str) -> Page:
        page = want(user_agent=agent)
        ask(page)
        enter(page, code_in(mailbox))
        expect_wanted(page)
        return page

    return sign_in


@pytest.fixture
def desk(sign_in) -> Page:
    """The browser that alice signs in with first."""
    return sign_in(WINDOWS)


@pytest.fixture
def thief(desk, sign_in) -> Page:
    """Somebody who reads alice's mail, and signs in with another device."""
    return sign_in(IPHONE)


def is_signed_in(page: Page) -> None:
    page.reload()
    expect_wanted(page)


def press_end(page: Page) -> None:
    page.get_by_role("button", name="It was not me: end it").click()
    expect(page.get_by_role("heading", name="That session has ended")).to_be_visible()


def test_a_second_sign_in_on_the_same_kind_of_device_is_no_news(desk, sign_in, mailbox):
    sign_in(WINDOWS)
    assert mails(mailbox, NOTICE) == []


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_whoever_was_told_of_a_sign_in_ends_it_and_only_it(desk, thief, open_page, mailbox, javascript):
    [notice] = mails(mailbox, NOTICE)
    page = open_page(link_from(notice), java_script_enabled=javascript)
    expect(page.get_by_role("heading", name="Was this you?")).to_be_visible()
    for words in ("Somebody signed in to your account at Example Shop.", "an iPhone", "127.0.0.1"):
        expect(page.get_by_text(words)).to_be_visible()
    is_signed_in(thief)
    press_end(page)
    expect(page.get_by_role("status")).to_contain_text("Change the password of your mailbox now")
    expect_signed_out(thief)
    is_signed_in(desk)


def test_it_may_be_ended_in_the_very_browser_that_signed_in(thief, mailbox):
    thief.goto(link_from(mails(mailbox, NOTICE)[0]))
    press_end(thief)
    expect_signed_out(thief)


def test_the_link_opened_once_more_says_that_it_has_ended(thief, open_page, mailbox):
    link = link_from(mails(mailbox, NOTICE)[0])
    press_end(open_page(link))
    page = open_page(link)
    expect(page.get_by_role("heading", name="That session has ended")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)


def test_the_keyboard_ends_it_and_enter_alone_does_not(thief, open_page, mailbox):
    page = open_page(link_from(mails(mailbox, NOTICE)[0]))
    with posts(page) as sent:
        page.keyboard.press("Enter")
        page.wait_for_timeout(300)
    assert sent == []
    is_signed_in(thief)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="It was not me: end it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="That session has ended")).to_be_visible()
    expect_signed_out(thief)


def test_after_a_week_the_link_says_that_it_has_expired(thief, open_page, mailbox, later):
    later(days=8)
    page = open_page(link_from(mails(mailbox, NOTICE)[0]))
    expect(page.get_by_role("heading", name="This link has expired")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)


def test_the_page_keeps_its_secret_and_its_rules(thief, open_page, live_server, mailbox):
    [notice] = mails(mailbox, NOTICE)
    page, requests = open_page(), []
    complained = complaints(page)
    page.on("request", lambda request: requests.append(request.url))
    page.goto(link_from(notice), wait_until="networkidle")
    expect(page).to_have_url(f"{live_server.url}/signin/not-me/")
    assert token_from(notice) not in page.content() + page.evaluate("document.cookie + document.referrer")
    press_end(page)
    assert [address for address in history_of(page) if "vtoken" in address] == []
    assert [url for url in requests if not url.startswith(f"{live_server.url}/")] == []
    assert complained == []
