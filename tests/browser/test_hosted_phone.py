"""Phone numbers and passwords on the hosted pages: making an account, signing in, choosing a new password."""

import re

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from loginradius_passwordless.models import Identifier

from . import phoning
from .phone_pages import FORGOT, NEW_PASSWORD, PASSWORD, PASSWORD_PAGE, REGISTER, code_in_sms
from .phoning import (
    AMERICAN,
    country_field,
    enter,
    expect_heading,
    password_field,
    phone_field,
    press,
    sign_in,
    sign_up,
    users,
    wanting,
)
from .signing_in import PHONE, WANTED, expect_correction, expect_signed_out, expect_wanted, posts, wrong

phil = phoning.phil


@pytest.fixture
def page(open_page, demo) -> Page:
    return open_page()


# An account


def test_an_account_is_made_with_a_number_a_name_a_password_and_the_code(page, sms_outbox):
    page.goto(wanting(REGISTER))
    country_field(page).select_option("US")
    phone_field(page).press_sequentially("4155550123")
    expect(phone_field(page)).to_have_value("415-555-0123")
    page.get_by_label("Your name").fill("Alice Example")
    password_field(page).fill(PASSWORD)
    press(page, "Send me a code")
    expect_heading(page, "Enter the code")
    expect(page.get_by_text(PHONE)).to_be_visible()
    assert users() == 0
    enter(page, "Go on")
    expect_wanted(page)
    expect(page.get_by_text("Alice Example")).to_be_visible()
    user = get_user_model().objects.get()
    assert (user.first_name, user.last_name, user.check_password(PASSWORD)) == ("Alice", "Example", True)


def test_a_wrong_code_is_explained_and_the_right_one_then_makes_the_account(page, sms_outbox):
    page.goto(wanting(REGISTER))
    sign_up(page)
    enter(page, "Go on", wrong(code_in_sms()))
    expect_correction(page, "This code is not right")
    page.keyboard.type(code_in_sms())
    page.keyboard.press("Enter")
    expect_wanted(page)


def test_a_call_brings_the_code_as_well(page, site, sms_outbox, voice_outbox):
    site(RESEND_GAP=0)
    page.goto(wanting(REGISTER))
    sign_up(page)
    press(page, "Call me instead")
    expect(page.locator("#code")).to_be_focused()
    assert len(voice_outbox) == 1
    enter(page, "Go on", re.findall(r"\d{6}", voice_outbox[0].text)[0])
    expect_wanted(page)


def test_who_asks_for_the_same_again_too_soon_may_type_the_code_all_the_same(page, sms_outbox):
    page.goto(wanting(REGISTER))
    sign_up(page)
    expect_heading(page, "Enter the code")
    page.go_back()
    sign_up(page)
    expect_heading(page, "Enter the code")
    assert len(sms_outbox) == 1
    enter(page, "Go on")
    expect_wanted(page)


def test_a_number_that_has_an_account_gets_no_second_one(page, phil, sms_outbox):
    page.goto(REGISTER)
    sign_up(page)
    expect_heading(page, "Enter the code")
    assert "has a Example Shop account already" in sms_outbox[-1].text
    assert users() == 1


def test_what_is_missing_is_not_sent(page, sms_outbox):
    page.goto(REGISTER)
    with posts(page) as sent:
        press(page, "Send me a code")
        expect(phone_field(page)).to_be_focused()
        phone_field(page).fill(PHONE)
        press(page, "Send me a code")
        expect(password_field(page)).to_be_focused()
    assert sent == []


def test_a_number_that_is_none_is_explained_and_kept_for_correction(page, sms_outbox):
    page.goto(REGISTER)
    country_field(page).select_option("DE")
    sign_up(page, "12")
    expect_correction(page, "Error 1096")
    expect(phone_field(page)).to_have_value("12")
    expect(country_field(page)).to_have_value("DE")
    expect(page.get_by_label("Your name")).to_have_value("Alice Example")
    expect(password_field(page)).to_have_value("")


def test_who_goes_back_from_the_code_finds_what_was_typed(open_page, sms_outbox):
    page = open_page(REGISTER, **AMERICAN)
    sign_up(page, "415-555-0132")
    expect_heading(page, "Enter the code")
    page.go_back()
    expect(phone_field(page)).to_have_value("415-555-0132")
    expect(country_field(page)).to_have_value("US")


# A password


def test_a_number_and_its_password_sign_in(page, phil):
    page.goto(wanting("/signin/"))
    page.get_by_role("link", name="Use a password instead").click()
    sign_in(page)
    expect_wanted(page)
    expect(page.get_by_text(PHONE)).to_be_visible()


def test_a_wrong_password_is_explained_and_the_right_one_then_works(page, phil):
    page.goto(wanting(PASSWORD_PAGE))
    sign_in(page, "wrong wrong wrong")
    expect(page.get_by_role("alert")).to_contain_text("Error 966")
    expect(phone_field(page)).to_have_value(PHONE)
    expect(password_field(page)).to_have_value("")
    password_field(page).fill(PASSWORD)
    press(page, "Sign in")
    expect_wanted(page)


def test_a_number_that_is_not_verified_gets_its_code_before_the_password_signs_in(page, phil, sms_outbox):
    Identifier.objects.filter(kind="phone").update(proven_key=None, verified_at=None)
    page.goto(wanting(PASSWORD_PAGE))
    sign_in(page)
    expect_heading(page, "Enter the code")
    enter(page, "Go on")
    expect_wanted(page)


def test_who_forgot_the_password_chooses_another_with_the_code_and_signs_in_with_it(page, phil, sms_outbox):
    page.goto(wanting(PASSWORD_PAGE))
    page.get_by_role("link", name="Forgotten the password?").click()
    phone_field(page).fill(PHONE)
    press(page, "Send me a code")
    page.get_by_label("New password").fill(NEW_PASSWORD)
    enter(page, "Set the new password")
    expect_heading(page, "You have a new password")
    expect_signed_out(page.context.new_page())
    page.get_by_role("link", name="Sign in").click()
    sign_in(page, NEW_PASSWORD)
    expect_wanted(page)


def test_a_wrong_code_changes_no_password_and_the_right_one_does(page, phil, sms_outbox):
    page.goto(FORGOT)
    phone_field(page).fill(PHONE)
    press(page, "Send me a code")
    password_field(page).fill(NEW_PASSWORD)
    enter(page, "Set the new password", wrong(code_in_sms()))
    expect_correction(page, "This code is not right")
    password_field(page).fill(NEW_PASSWORD)
    enter(page, "Set the new password")
    expect_heading(page, "You have a new password")


# Where people come from, and go back to


@pytest.mark.parametrize("begin", [REGISTER, FORGOT])
def test_going_back_from_the_code_keeps_the_application_and_where_one_wanted_to_go(page, bank, begin):
    page.goto(f"{wanting(begin)}&apikey={bank.api_key}")
    phone_field(page).fill(PHONE)
    for password in password_field(page).all():
        password.fill(PASSWORD)
    press(page, "Send me a code")
    page.get_by_role("link", name="Go back").click()
    expect(page.locator("input[name=apikey]")).to_have_value(bank.api_key)
    expect(page.locator("input[name=target]")).to_have_value(WANTED)
