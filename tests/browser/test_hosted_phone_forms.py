"""The forms for phone numbers and passwords: what keyboards, password managers, phones and browsers make of them."""

from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from loginradius_passwordless.models import Customer

from . import phoning
from .phone_pages import ACCOUNT, FORGOT, NEW_PASSWORD, NEW_PHONE, PASSWORD, PASSWORD_PAGE, REGISTER, code_in_sms
from .phoning import (
    AMERICAN,
    ask_for_new_password,
    enter,
    expect_heading,
    number_of,
    password_field,
    phone_field,
    press,
    sign_in,
    sign_up,
    users,
    wanting,
)
from .signing_in import (
    PHONE,
    expect_correction,
    expect_wanted,
    posts,
)

phil, at_home = phoning.phil, phoning.at_home

BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
PLACES = {
    "without JavaScript": {"java_script_enabled": False},
    "the smallest phone": {"viewport": {"width": 320, "height": 568}, "is_mobile": True, "has_touch": True},
    "from right to left, in the dark": {"locale": "ar", "color_scheme": "dark"},
    "a theme of high contrast": {"forced_colors": "active"},
}


@pytest.fixture
def page(open_page, demo) -> Page:
    return open_page()


def go_on(page: Page, **fields: str) -> None:
    """Fill fields in and press the page's foremost button, in any language."""
    for name, text in fields.items():
        page.locator(f"#{name}").fill(text)
    page.locator("button.primary").click()


def expect_nothing_beside(page: Page, options: dict[str, object]) -> None:
    """The page is no wider than its window."""
    if options.get("java_script_enabled", True):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# Everybody


@pytest.mark.parametrize("place", PLACES)
def test_everything_can_be_done_everywhere(open_page, demo, sms_outbox, site, place):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=99)
    options = PLACES[place]
    page = open_page(f"{REGISTER}?next={ACCOUNT}", **options)
    expect_nothing_beside(page, options)
    go_on(page, phone=PHONE, password=PASSWORD)
    go_on(page, code=code_in_sms())
    expect(page.get_by_text(PHONE)).to_be_visible()
    expect_nothing_beside(page, options)
    page.locator("#phone").fill(NEW_PHONE)
    page.locator("button[value=change]").click()
    go_on(page, code=code_in_sms())
    expect(page.get_by_text(NEW_PHONE)).to_be_visible()
    page.goto(FORGOT)
    go_on(page, phone=NEW_PHONE)
    go_on(page, code=code_in_sms(), password=NEW_PASSWORD)
    expect(page.get_by_role("status")).to_be_visible()
    page.goto(f"{PASSWORD_PAGE}?next={ACCOUNT}")
    go_on(page, phone=NEW_PHONE, password=NEW_PASSWORD)
    page.locator("summary").last.click()
    page.locator("button[value=delete]").click()
    go_on(page, code=code_in_sms())
    expect(page.get_by_role("status")).to_be_visible()
    assert not Customer.objects.exists()


# The keyboard alone


@BOTH
def test_the_keyboard_alone_makes_an_account(open_page, demo, sms_outbox, javascript):
    page = open_page(wanting(REGISTER), java_script_enabled=javascript, **AMERICAN)
    expect(phone_field(page)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("Germ" if javascript else "DE")
    page.keyboard.press("Tab")
    page.keyboard.type("15123456789")
    page.keyboard.press("Tab")
    page.keyboard.type("Alice Example")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#code")).to_be_focused()
    assert sms_outbox[0].to == "+4915123456789"
    page.keyboard.type(code_in_sms())
    page.keyboard.press("Enter")
    expect_wanted(page)


@BOTH
def test_the_keyboard_alone_signs_in_with_a_password(open_page, phil, javascript):
    page = open_page(wanting(PASSWORD_PAGE), java_script_enabled=javascript, **AMERICAN)
    expect(phone_field(page)).to_be_focused()
    page.keyboard.type("4155550123")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_focused()
    page.keyboard.press("Space")
    expect_wanted(page)


@BOTH
def test_the_keyboard_alone_chooses_a_new_password(open_page, phil, sms_outbox, javascript):
    page = open_page(FORGOT, java_script_enabled=javascript)
    expect(phone_field(page)).to_be_focused()
    page.keyboard.type(PHONE)
    page.keyboard.press("Enter")
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type(code_in_sms())
    page.keyboard.press("Tab")
    page.keyboard.type(NEW_PASSWORD)
    page.keyboard.press("Enter")
    expect_heading(page, "You have a new password")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(phone_field(page)).to_be_focused()


@BOTH
def test_the_keyboard_alone_deletes_the_account(at_home, sms_outbox, javascript):
    page = at_home(java_script_enabled=javascript)
    page.get_by_role("link", name="Choose a new password").focus()
    for _stop in ("Sign out", "Remove", "Delete"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send me the code")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type(code_in_sms())
    page.keyboard.press("Enter")
    expect_heading(page, "Your account is deleted")
    assert users() == 0


def test_enter_in_the_field_for_the_new_number_changes_it_and_presses_no_other_button(at_home, phil, sms_outbox):
    page = at_home()
    with posts(page) as sent:
        phone_field(page).fill(NEW_PHONE)
        page.keyboard.press("Enter")
        expect_heading(page, "Enter the code")
    assert [parse_qs(form)["do"] for form in sent] == [["change"]]
    assert number_of(phil) == [PHONE]


# The keyboard is where the mistake is


def test_after_a_wrong_password_the_keyboard_is_in_its_field(page, phil):
    page.goto(PASSWORD_PAGE)
    sign_in(page, "wrong wrong wrong")
    expect_correction(page, "Error 966")
    expect(password_field(page)).to_be_focused()


def test_after_a_weak_password_the_keyboard_is_in_its_field(page):
    page.goto(REGISTER)
    sign_up(page, password="password")
    expect_correction(page, "This password is too short")
    expect(password_field(page)).to_be_focused()


def test_after_a_number_that_is_none_the_keyboard_is_in_its_field(at_home):
    page = at_home()
    phone_field(page).fill("12")
    press(page, "Change the number")
    expect_correction(page, "Error 1096")


def test_after_a_weak_new_password_the_code_need_not_be_typed_again(page, phil, sms_outbox):
    ask_for_new_password(page)
    password_field(page).fill("password")
    enter(page, "Set the new password")
    expect_correction(page, "This password is too short")
    expect(password_field(page)).to_be_focused()
    page.keyboard.type(NEW_PASSWORD)
    page.keyboard.press("Enter")
    expect_heading(page, "You have a new password")
