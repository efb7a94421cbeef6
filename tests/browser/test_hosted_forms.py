"""The forms of the sign-in pages: what keyboards, password managers, phones and browsers make of them."""

import re
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from ..conftest import code_from, token_from
from . import signing_in
from .signing_in import (
    CODE_PAGE,
    LINK_PAGE,
    PHONE,
    WEB_OTP,
    ask,
    code_field,
    code_in,
    complaints,
    enter,
    expect_wanted,
    history_of,
    link_in,
    mails,
    number_on,
    pick,
    posts,
    who,
    wrong,
)

want = signing_in.want

NO_WEB_OTP = "delete window.OTPCredential;"


@pytest.fixture
def page(want) -> Page:
    return want()


# What the fields say about themselves


def test_the_field_for_who_one_is_lets_browsers_fill_it_and_leaves_names_as_they_are(page):
    expect(who(page)).to_be_focused()
    for attribute, value in {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}.items():
        expect(who(page)).to_have_attribute(attribute, value)
    expect(who(page)).to_have_accessible_description(re.compile("country code"))


def test_the_keyboard_of_a_phone_offers_digits_and_the_code_from_the_sms(page):
    ask(page, PHONE)
    expect(code_field(page)).to_be_focused()
    for attribute, value in {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}.items():
        expect(code_field(page)).to_have_attribute(attribute, value)


def test_where_codes_have_letters_the_keyboard_has_too(page, site):
    site(CODE_ALPHABET="ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    ask(page, PHONE)
    expect(code_field(page)).to_have_attribute("inputmode", "text")
    expect(code_field(page)).to_have_attribute("autocapitalize", "characters")


# The keyboard alone, and no JavaScript


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_keyboard_alone_signs_in(want, mailbox, javascript):
    page = want(java_script_enabled=javascript)
    expect(who(page)).to_be_focused()
    page.keyboard.type("alice@example.com")
    page.keyboard.press("Enter")
    expect(code_field(page)).to_be_focused()
    page.keyboard.type(code_in(mailbox))
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_focused()
    page.keyboard.press("Space")
    expect_wanted(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_keyboard_alone_signs_in_with_the_link(want, mailbox, javascript):
    page = want(java_script_enabled=javascript)
    ask(page)
    page.goto(link_in(mailbox))
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Not me")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect_wanted(page)


def test_without_javascript_a_wrong_code_is_explained_and_the_right_one_then_works(want, mailbox):
    page = want(java_script_enabled=False)
    ask(page)
    enter(page, wrong(code_in(mailbox)))
    expect(page.get_by_role("alert")).to_contain_text("This code is not right")
    expect(code_field(page)).to_be_focused()
    enter(page, code_in(mailbox))
    expect_wanted(page)


@pytest.mark.parametrize("name", ["alice@example.com", PHONE])
def test_enter_in_the_code_field_sends_the_code_and_presses_no_other_button(page, phone_customer, mailbox, name):
    ask(page, name)
    for code in ("000000", "000001"):
        with posts(page) as sent:
            code_field(page).fill(code)
            page.keyboard.press("Enter")
            expect(page.get_by_role("alert")).to_contain_text("This code is not right")
        assert [set(parse_qs(form)) for form in sent] == [{"csrfmiddlewaretoken", "code"}]
    assert len(mails(mailbox)) <= 1


def test_enter_on_the_page_of_the_link_decides_nothing(page, mailbox):
    ask(page)
    page.goto(link_in(mailbox))
    with posts(page) as sent:
        page.keyboard.press("Enter")
        page.wait_for_timeout(300)
    assert sent == []
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect_wanted(page)


# The code out of the SMS


def test_the_code_of_an_sms_is_filled_in_and_sent_by_itself(page, sms_outbox, phone_customer):
    page.add_init_script(WEB_OTP)
    complained = complaints(page)
    ask(page, PHONE)
    assert page.evaluate("JSON.parse(sessionStorage.transport)") == {"transport": ["sms"]}
    with posts(page) as sent:
        page.evaluate("code => { window.deliver(code); }", code_from(sms_outbox[0]))
        expect_wanted(page)
    assert [parse_qs(form)["code"] for form in sent] == [[code_from(sms_outbox[0])]]
    assert complained == []


def test_whoever_refuses_that_types_the_code(page, sms_outbox, phone_customer):
    page.add_init_script(WEB_OTP)
    complained = complaints(page)
    ask(page, PHONE)
    page.evaluate("window.refuse()")
    page.wait_for_timeout(200)
    expect(code_field(page)).to_have_value("")
    enter(page, code_from(sms_outbox[0]))
    expect_wanted(page)
    assert complained == []


def test_whoever_is_faster_than_the_sms_stops_waiting_for_it(page, sms_outbox, phone_customer):
    page.add_init_script(WEB_OTP)
    complained = complaints(page)
    ask(page, PHONE)
    enter(page, code_from(sms_outbox[0]))
    expect_wanted(page)
    assert page.evaluate("sessionStorage.stopped") == "yes"
    assert complained == []


def test_a_browser_that_cannot_read_sms_misses_nothing_else(page, sms_outbox, phone_customer):
    page.add_init_script(NO_WEB_OTP)
    complained = complaints(page)
    ask(page, PHONE)
    enter(page, code_from(sms_outbox[0]))
    expect_wanted(page)
    assert complained == []


# What the browser sees


def test_the_pages_load_nothing_from_elsewhere_and_break_none_of_their_own_rules(
    page, open_page, live_server, mailbox, site
):
    phone, requests = open_page(), []
    complained = [complaints(page), complaints(phone)]
    for tab in (page, phone):
        tab.on("request", lambda request: requests.append(request.url))
    page.reload()
    who(page).fill("alice@")
    who(page).press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    ask(page)
    enter(page, wrong(code_in(mailbox)))
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto(CODE_PAGE)
    phone.goto(link_in(mailbox), wait_until="networkidle")
    pick(phone, number_on(page))
    expect_wanted(page)
    phone.goto(link_in(mailbox))
    expect(phone.get_by_role("heading", name="This link was used before")).to_be_visible()
    assert requests
    assert [url for url in requests if not url.startswith(f"{live_server.url}/")] == []
    assert complained == [[], []]


@pytest.mark.parametrize("is_same", [True, False], ids=["the same browser", "another browser"])
def test_no_secret_stays_in_the_address_bar_the_history_or_the_page(page, open_page, mailbox, live_server, is_same):
    ask(page)
    tab = page.context.new_page() if is_same else open_page()
    tab.goto(link_in(mailbox))
    expect(tab).to_have_url(f"{live_server.url}{LINK_PAGE}")
    secret = token_from(mails(mailbox)[-1])
    assert secret not in tab.content()
    assert secret not in tab.evaluate("document.cookie + document.referrer + JSON.stringify(performance.getEntries())")
    tab.locator("button[value=here]").click()
    expect_wanted(tab)
    history = history_of(tab)
    assert any(LINK_PAGE in address for address in history)
    assert [address for address in history if "vtoken" in address or secret in address] == []
