"""Signing in with two browsers: one asked and waits, the link is opened in the other."""

import pytest
from playwright.sync_api import Page, expect

from loginradius_passwordless.models import Customer

from . import signing_in
from .signing_in import (
    IPHONE,
    NOT_REQUIRING,
    ROOMY,
    WINDOWS,
    ask,
    code_field,
    code_in,
    enter,
    expect_correction,
    expect_signed_out,
    expect_wanted,
    link_in,
    number_on,
    pick,
    posts,
    wrong,
)

want = signing_in.want
WAITING = "/signin/waiting/"
AT_ITS_PACE = 6_000  # milliseconds; the script looks every three seconds


@pytest.fixture
def desk(want) -> Page:
    """The browser that asked, and waits."""
    page = want(user_agent=WINDOWS)
    ask(page)
    return page


@pytest.fixture
def open_link(open_page, mailbox):
    """Open the newest link in a browser of its own."""
    return lambda **options: open_page(link_in(mailbox), user_agent=IPHONE, **options)


def wait_for_a_look(page: Page) -> bool:
    """Wait until the page has asked once more whether the link was confirmed, and return the answer."""
    with page.expect_response(f"**{WAITING}") as answer:
        pass
    return bool(answer.value.json()["IsConfirmed"])


def is_signed_out(page: Page) -> None:
    """Look in another tab, to leave the page as it is."""
    tab = page.context.new_page()
    expect_signed_out(tab)
    tab.close()


def test_the_page_says_where_the_link_was_asked_for_and_signs_in_here(desk, open_link):
    phone = open_link()
    expect(phone.get_by_text("This link was asked for somewhere else")).to_be_visible()
    for words in ("a Windows computer", "127.0.0.1", "a•••@example.com"):
        expect(phone.get_by_text(words)).to_be_visible()
    expect(phone.get_by_role("time")).to_contain_text("just now")
    phone.get_by_role("button", name="Sign in here").click()
    expect_wanted(phone)
    assert wait_for_a_look(desk) is False
    is_signed_out(desk)


def test_the_number_lets_the_browser_in_that_shows_it_and_it_goes_on_by_itself(desk, open_link):
    phone = open_link()
    pick(phone, number_on(desk))
    expect(phone.get_by_role("heading", name="The other device is signed in")).to_be_visible()
    expect_wanted(desk, timeout=AT_ITS_PACE)
    is_signed_out(phone)


def test_a_browser_without_javascript_goes_on_with_a_press(want, open_link):
    desk = want(java_script_enabled=False)
    ask(desk)
    phone = open_link(java_script_enabled=False)
    pick(phone, number_on(desk))
    expect(phone.get_by_role("heading", name="The other device is signed in")).to_be_visible()
    desk.get_by_role("button", name="I confirmed it there").click()
    expect_wanted(desk)


def test_who_says_so_before_it_was_confirmed_is_told_to_and_goes_on_afterwards(want, open_link):
    desk = want(java_script_enabled=False)
    ask(desk)
    desk.get_by_role("button", name="I confirmed it there").click()
    expect(desk.get_by_role("alert")).to_contain_text("The link was not confirmed yet")
    pick(open_link(), number_on(desk))
    desk.get_by_role("button", name="I confirmed it there").click()
    expect_wanted(desk)


@pytest.mark.parametrize("before", ["a wrong code", "a press too early"])
def test_after_an_error_the_browser_that_waits_still_goes_on_by_itself(desk, open_link, mailbox, before):
    if before == "a wrong code":
        enter(desk, wrong(code_in(mailbox)))
    else:
        desk.get_by_role("button", name="I confirmed it there").click()
    expect(desk.get_by_role("alert")).to_be_visible()
    pick(open_link(), number_on(desk))
    expect_wanted(desk, timeout=AT_ITS_PACE)


def test_the_link_of_an_older_message_lets_the_browser_in_with_the_same_number(want, open_page, mailbox, site):
    site(**ROOMY)
    desk = want()
    ask(desk)
    number, link = number_on(desk), link_in(mailbox)
    desk.get_by_role("button", name="Send another message").click()
    assert number_on(desk) == number
    assert link_in(mailbox) != link
    pick(open_page(link), number)
    expect_wanted(desk)


def test_without_a_number_nothing_is_decided(desk, open_link):
    phone = open_link()
    phone.get_by_role("button", name="Sign in on the device above instead").click()
    expect(phone.get_by_role("radio").first).to_be_focused()
    assert wait_for_a_look(desk) is False
    pick(phone, number_on(desk))
    expect_wanted(desk)


def test_without_a_number_a_browser_that_does_not_ask_for_one_is_told_to(desk, open_link):
    phone = open_link()
    phone.locator("form").evaluate(NOT_REQUIRING)
    phone.get_by_role("button", name="Sign in on the device above instead").click()
    expect(phone.get_by_role("alert")).to_contain_text("Pick a number first")
    assert wait_for_a_look(desk) is False
    pick(phone, number_on(desk))
    expect_wanted(desk)


def test_a_wrong_number_lets_nobody_in_and_ends_the_request(desk, open_link, mailbox):
    phone = open_link()
    shown = [radio.get_attribute("value") for radio in phone.get_by_role("radio").all()]
    assert len(shown) == 3
    assert number_on(desk) in shown
    pick(phone, next(number for number in shown if number != number_on(desk)))
    expect(phone.get_by_role("alert")).to_contain_text("Nobody was signed in")
    assert wait_for_a_look(desk) is False
    enter(desk, code_in(mailbox))
    expect_correction(desk, "This code can no longer be used")


def test_not_me_ends_the_request_with_its_code(desk, open_link, mailbox):
    phone = open_link()
    phone.get_by_role("button", name="Not me").click()
    expect(phone.get_by_role("heading", name="Nobody was signed in")).to_be_visible()
    enter(desk, code_in(mailbox))
    expect_correction(desk, "This code can no longer be used")


@pytest.mark.parametrize("keys", [[], ["Tab", "Tab", "Tab", "Space"], ["Tab", "Tab", "Tab", "ArrowRight"]])
def test_enter_on_the_page_and_among_its_numbers_decides_nothing(desk, open_link, keys):
    phone = open_link()
    for key in [*keys, "Enter"]:
        phone.keyboard.press(key)
    assert wait_for_a_look(desk) is False
    expect(phone.get_by_role("radio", checked=True)).to_have_count(min(1, len(keys)))
    phone.get_by_role("button", name="Sign in here").click()  # the link is as good as it was
    expect_wanted(phone)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_number_is_picked_with_the_keyboard_alone(desk, open_link, javascript):
    phone = open_link(java_script_enabled=javascript)
    for name in ("Not me", "Sign in here"):
        phone.keyboard.press("Tab")
        expect(phone.get_by_role("button", name=name)).to_be_focused()
    phone.keyboard.press("Tab")
    phone.keyboard.press("Space")
    while not phone.get_by_label(number_on(desk), exact=True).is_checked():
        phone.keyboard.press("ArrowRight")
    phone.keyboard.press("Tab")
    expect(phone.get_by_role("button", name="Sign in on the device above instead")).to_be_focused()
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", name="The other device is signed in")).to_be_visible()
    expect_wanted(desk)


def test_a_browser_that_was_offline_meanwhile_goes_on_by_itself(desk, open_link):
    desk.context.set_offline(True)
    with desk.expect_event("requestfailed") as lost:
        pick(open_link(), number_on(desk))
    assert lost.value.url.endswith(WAITING)
    assert lost.value.failure == "net::ERR_INTERNET_DISCONNECTED"
    expect(desk.get_by_role("heading", name="Enter the code")).to_be_visible()
    desk.context.set_offline(False)
    expect_wanted(desk)


def test_a_site_that_fails_meanwhile_is_asked_again(desk, open_link):
    desk.route(f"**{WAITING}", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    pick(open_link(), number_on(desk))
    with desk.expect_response(f"**{WAITING}") as broken:
        pass
    assert broken.value.status == 502
    desk.unroute_all()
    expect_wanted(desk)


def test_a_browser_whose_person_may_not_sign_in_says_so_and_does_not_try_again_and_again(desk, open_link):
    desk.route(f"**{WAITING}", lambda route: route.abort())
    pick(open_link(), number_on(desk))
    Customer.objects.update(is_blocked=True)
    desk.unroute_all()
    expect(desk.get_by_role("alert")).to_contain_text("This account is blocked", timeout=AT_ITS_PACE)
    with posts(desk) as sent:
        desk.wait_for_timeout(AT_ITS_PACE)
    assert sent == []


def test_whoever_types_the_code_is_not_interrupted(desk, open_link, mailbox):
    code_field(desk).press_sequentially(code_in(mailbox)[:3])
    pick(open_link(), number_on(desk))
    desk.wait_for_timeout(AT_ITS_PACE)
    expect(code_field(desk)).to_have_value(code_in(mailbox)[:3])
    desk.keyboard.press("ControlOrMeta+A")
    desk.keyboard.press("Delete")
    expect_wanted(desk)
