"""The account page: another phone number, none, a new password, or no account any more."""

import re

import pytest
from playwright.sync_api import Page, expect

from loginradius_passwordless.models import Customer

from . import phoning
from .phone_pages import ACCOUNT, NEW_PASSWORD, NEW_PHONE, PASSWORD_PAGE, code_in_sms
from .phoning import (
    AMERICAN,
    enter,
    expect_heading,
    number_of,
    password_field,
    phone_field,
    press,
    sign_in,
    users,
    wanting,
)
from .signing_in import PHONE, expect_correction, wrong

phil, at_home = phoning.phil, phoning.at_home


@pytest.fixture
def page(open_page, demo) -> Page:
    return open_page()


def account_of(page: Page) -> None:
    """Go from the example's account to the one of the hosted pages."""
    page.get_by_role("link", name="Change or remove the phone").click()
    expect_heading(page, "Your account at")


def test_the_number_is_changed_with_the_code_that_goes_to_the_new_one(at_home, phil, sms_outbox):
    page = at_home(**AMERICAN)
    phone_field(page).press_sequentially("4155550188")
    press(page, "Change the number")
    expect(page.get_by_text("If nobody else has this number")).to_contain_text(NEW_PHONE)
    assert sms_outbox[-1].to == NEW_PHONE
    enter(page, "Use this number", wrong(code_in_sms()))
    expect_correction(page, "This code is not right")
    enter(page, "Use this number")
    expect(page.get_by_role("definition").filter(has_text=NEW_PHONE)).to_be_visible()
    assert number_of(phil) == [NEW_PHONE]


def test_the_number_is_removed_where_there_is_an_e_mail_address(at_home, phil):
    page = at_home()
    remove = page.get_by_role("button", name="Remove it")
    expect(remove).to_be_hidden()
    page.get_by_text("Remove the phone number").click()
    remove.click()
    expect(page.get_by_role("definition").filter(has_text="none")).to_be_visible()
    expect(page.get_by_role("button", name="Add the number")).to_be_visible()
    assert number_of(phil) == []


def test_the_only_way_in_is_not_removed(at_home, phil):
    phil.identifiers.filter(kind="email").delete()
    page = at_home()
    page.get_by_text("Remove the phone number").click()
    press(page, "Remove it")
    expect(page.get_by_role("alert")).to_contain_text("This number is your only way in")
    assert number_of(phil) == [PHONE]


def test_the_account_is_deleted_with_a_code(at_home, sms_outbox):
    page = at_home()
    send = page.get_by_role("button", name="Send me the code")
    expect(send).to_be_hidden()
    page.get_by_text("Delete the account").click()
    send.click()
    expect_heading(page, "Delete the account for good")
    enter(page, "Delete my account", wrong(code_in_sms()))
    expect_correction(page, "This code is not right")
    assert Customer.objects.exists()
    enter(page, "Delete my account")
    expect(page.get_by_role("status")).to_contain_text("Nothing here says any more who you were")
    assert (users(), Customer.objects.count()) == (0, 0)
    page.goto(ACCOUNT)
    expect(page.locator("#who")).to_be_visible()


def test_a_sign_in_that_is_too_old_leads_to_signing_in_and_back(at_home, phil, later, sms_outbox):
    page = at_home()
    later(minutes=11)
    phone_field(page).fill(NEW_PHONE)
    press(page, "Change the number")
    expect(page.get_by_role("alert")).to_contain_text("Sign in once more first")
    assert NEW_PHONE not in [message.to for message in sms_outbox]
    page.get_by_role("link", name="Sign in again").click()
    page.get_by_role("link", name="Use a password instead").click()
    sign_in(page)
    expect(page).to_have_url(re.compile(f"{ACCOUNT}$"))
    phone_field(page).fill(NEW_PHONE)
    press(page, "Change the number")
    expect_heading(page, "Enter the code")


def test_the_account_leads_to_a_new_password_which_signs_out_and_in_again(at_home, sms_outbox):
    page = at_home()
    page.get_by_role("link", name="Choose a new password").click()
    phone_field(page).fill(PHONE)
    press(page, "Send me a code")
    password_field(page).fill(NEW_PASSWORD)
    enter(page, "Set the new password")
    expect_heading(page, "You have a new password")
    page.goto(ACCOUNT)
    expect(page.locator("#who")).to_be_visible()


def test_who_is_signed_in_comes_to_the_account_from_the_sites_own(page, phil):
    page.goto(wanting(PASSWORD_PAGE))
    sign_in(page)
    account_of(page)
    expect(page.get_by_text("phil@example.com")).to_be_visible()


def test_from_the_account_everything_stays_with_its_application(page, phil, bank, later):
    page.goto(f"{PASSWORD_PAGE}?next={ACCOUNT}&apikey={bank.api_key}")
    sign_in(page)
    expect_heading(page, "Your account at Example Bank")
    page.get_by_role("link", name="Choose a new password").click()
    expect(page.locator("input[name=apikey]")).to_have_value(bank.api_key)
    page.go_back()
    later(minutes=11)
    phone_field(page).fill(NEW_PHONE)
    press(page, "Change the number")
    page.get_by_role("link", name="Sign in again").click()
    expect_heading(page, "Sign in to Example Bank")


def test_another_device_is_signed_out_by_keyboard_and_a_screen_reader_knows_which(at_home):
    there, here = at_home(user_agent="Mozilla/5.0 (Windows NT 10.0)"), at_home()
    expect(here.get_by_role("heading", name="Where you are signed in")).to_be_visible()
    expect(here.get_by_text("This device")).to_have_count(1)
    button = here.get_by_role("button", name="Sign out a Windows computer", exact=True)
    button.focus()
    here.keyboard.press("Enter")
    expect(here.get_by_role("listitem")).to_have_count(1)
    expect(here.get_by_role("button", name="Sign out everywhere else")).to_have_count(0)
    there.reload()
    expect(there.locator("#who")).to_be_visible()


def test_all_other_devices_are_signed_out_with_one_button_and_no_script(at_home):
    there, here = at_home(), at_home(java_script_enabled=False)
    press(here, "Sign out everywhere else")
    expect(here.get_by_role("listitem")).to_have_count(1)
    expect_heading(here, "Your account at")
    there.reload()
    expect(there.locator("#who")).to_be_visible()
