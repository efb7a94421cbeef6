"""What browsers make of the pages for phone numbers and passwords: password managers, codes out of an SMS, rules."""

import re

import pytest
from playwright.sync_api import Page, expect

from . import phoning
from .phone_pages import ACCOUNT, FORGOT, NEW_PASSWORD, NEW_PHONE, PASSWORD_PAGE, REGISTER, code_in_sms
from .phoning import (
    ask_for_new_password,
    enter,
    expect_heading,
    password_field,
    phone_field,
    press,
    sign_in,
    sign_up,
    wanting,
)
from .signing_in import PHONE, WEB_OTP, complaints, expect_wanted, history_of, posts, wrong

phil, at_home = phoning.phil, phoning.at_home


@pytest.fixture
def page(open_page, demo) -> Page:
    return open_page()


# Password managers, and the code out of the SMS


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        (REGISTER, {"country": "off", "phone": "username", "name": "name", "password": "new-password"}),
        (PASSWORD_PAGE, {"country": "off", "phone": "username", "password": "current-password"}),
        (FORGOT, {"country": "off", "phone": "tel"}),
    ],
)
def test_password_managers_know_the_fields(page, address, fields):
    page.goto(address)
    found = page.locator("input[autocomplete], select[autocomplete]").all()
    assert {field.get_attribute("name"): field.get_attribute("autocomplete") for field in found} == fields
    for attribute, value in {"type": "tel", "inputmode": "tel"}.items():
        expect(phone_field(page)).to_have_attribute(attribute, value)
    expect(phone_field(page)).to_have_accessible_description(re.compile("begin the number with its code"))


def test_a_new_password_is_kept_with_the_number_that_it_belongs_to(page, phil):
    ask_for_new_password(page)
    hidden = page.locator("#code-form input[autocomplete=username]")
    expect(hidden).to_be_hidden()
    expect(hidden).to_have_value(PHONE)
    expect(password_field(page)).to_have_attribute("autocomplete", "new-password")
    expect(page.locator("#code")).to_have_attribute("autocomplete", "one-time-code")
    fields = page.locator("#code-form input:not([name=csrfmiddlewaretoken])").all()
    assert [field.get_attribute("name") for field in fields] == ["code", "phone", "password"]


def test_the_code_of_an_sms_makes_the_account_by_itself(page, sms_outbox):
    page.add_init_script(WEB_OTP)
    page.goto(wanting(REGISTER))
    sign_up(page)
    expect_heading(page, "Enter the code")
    page.evaluate("code => { window.deliver(code); }", code_in_sms())
    expect_wanted(page)


def test_the_code_of_an_sms_deletes_no_account_before_somebody_presses(at_home, sms_outbox):
    page = at_home()
    page.add_init_script(WEB_OTP)
    page.get_by_text("Delete the account").click()
    press(page, "Send me the code")
    with posts(page) as sent:
        page.evaluate("code => { window.deliver(code); }", code_in_sms())
        expect(page.locator("#code")).to_have_value(code_in_sms())
        page.wait_for_timeout(300)
    assert sent == []
    press(page, "Delete my account")
    expect_heading(page, "Your account is deleted")


def test_the_code_of_an_sms_waits_for_the_new_password(page, phil, sms_outbox):
    page.add_init_script(WEB_OTP)
    ask_for_new_password(page)
    with posts(page) as sent:
        page.evaluate("code => { window.deliver(code); }", code_in_sms())
        expect(page.locator("#code")).to_have_value(code_in_sms())
        expect(password_field(page)).to_be_focused()
    assert sent == []
    page.keyboard.type(NEW_PASSWORD)
    page.keyboard.press("Enter")
    expect_heading(page, "You have a new password")


# What the browser sees


def test_the_pages_load_nothing_from_elsewhere_and_break_none_of_their_own_rules(page, live_server, sms_outbox):
    requests, complained = [], complaints(page)
    page.on("request", lambda request: requests.append(request.url))
    page.goto(f"{REGISTER}?next={ACCOUNT}")
    sign_up(page, "12")
    expect(page.get_by_role("alert")).to_be_visible()
    sign_up(page)
    enter(page, "Go on", wrong(code_in_sms()))
    expect(page.get_by_role("alert")).to_be_visible()
    enter(page, "Go on", code_in_sms())
    phone_field(page).fill(NEW_PHONE)
    press(page, "Change the number")
    enter(page, "Use this number")
    for address in (PASSWORD_PAGE, FORGOT):
        page.goto(address)
    phone_field(page).fill(NEW_PHONE)
    press(page, "Send me a code")
    expect_heading(page, "Choose a new password")
    assert [url for url in requests if not url.startswith(f"{live_server.url}/")] == []
    assert complained == []


def test_no_number_password_or_code_stays_in_the_history(page, phil, sms_outbox):
    ask_for_new_password(page)
    password_field(page).fill(NEW_PASSWORD)
    enter(page, "Set the new password")
    expect_heading(page, "You have a new password")
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, NEW_PASSWORD)
    expect_heading(page, "Your account")
    assert [address for address in history_of(page) if "415555" in address or "password=" in address] == []
