"""Signing in with a phone: plain forms, so every story here runs without JavaScript."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, expect

from loginradius_passwordless.models import Customer

from ..conftest import code_from

NUMBER = "+1 415 555 0123"


@pytest.fixture
def phone(open_page):
    return open_page("/phone/", viewport={"width": 390, "height": 844}, java_script_enabled=False)


def ask_for_code(phone: Page, number: str = NUMBER) -> None:
    phone.get_by_label("Phone number").fill(number)
    phone.get_by_role("button", name="Send me a code").click()


def enter(phone: Page, code: str) -> None:
    phone.get_by_label("Code", exact=True).fill(code)
    phone.get_by_role("button", name="Sign in").click()


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


def test_a_phone_signs_in_with_the_code_from_the_sms(phone, sms_outbox):
    ask_for_code(phone)
    enter(phone, code_from(sms_outbox[0]))
    expect(phone.get_by_role("heading", name="Your account")).to_be_visible()
    expect(phone.get_by_text("+14155550123")).to_be_visible()
    expect(phone.get_by_text("verified", exact=True)).to_be_visible()


def test_a_wrong_code_is_explained_and_the_right_one_then_works(phone, sms_outbox):
    ask_for_code(phone)
    code = code_from(sms_outbox[0])
    enter(phone, wrong(code))
    expect(phone.get_by_role("alert")).to_contain_text("This code is not right")
    assert not get_user_model().objects.exists()
    enter(phone, code)
    expect(phone.get_by_role("heading", name="Your account")).to_be_visible()


def test_every_wrong_code_counts_until_the_right_one_comes_too_late(phone, sms_outbox):
    ask_for_code(phone)
    code = code_from(sms_outbox[0])
    for _guess in range(5):
        enter(phone, wrong(code))
    enter(phone, code)
    expect(phone.get_by_role("alert")).to_contain_text("This code can no longer be used")


@pytest.mark.parametrize("blank", [" ", "-", " – "])
def test_blanks_and_dashes_in_a_code_are_forgiven(phone, sms_outbox, blank):
    ask_for_code(phone)
    code = code_from(sms_outbox[0])
    enter(phone, f" {code[:3]}{blank}{code[3:]} ")
    expect(phone.get_by_role("heading", name="Your account")).to_be_visible()


def test_a_number_that_is_none_is_refused_and_kept_for_correction(phone, sms_outbox):
    ask_for_code(phone, "0155 555")
    expect(phone.get_by_role("alert")).to_contain_text("This is not a phone number we can use")
    expect(phone.get_by_label("Phone number")).to_have_value("0155 555")
    assert sms_outbox == []


def test_who_ticks_call_me_instead_is_called_with_a_code_that_works(phone, sms_outbox, voice_outbox):
    phone.get_by_label("Call me instead").check()
    ask_for_code(phone)
    assert sms_outbox == []
    enter(phone, code_from(voice_outbox[0]))
    expect(phone.get_by_role("heading", name="Your account")).to_be_visible()


def test_another_code_can_be_had_by_sms_and_by_call(phone, site, sms_outbox, voice_outbox):
    site(RESEND_GAP=0)
    ask_for_code(phone)
    phone.get_by_role("button", name="Send another code").click()
    expect(phone.get_by_role("status")).to_have_text("Another code is on its way.")
    phone.get_by_role("button", name="Call me instead").click()
    expect(phone.get_by_role("status")).to_have_text("We are calling you with a code.")
    assert len(sms_outbox) == 2
    enter(phone, code_from(voice_outbox[0]))
    expect(phone.get_by_role("heading", name="Your account")).to_be_visible()


def test_who_asks_for_another_code_too_soon_is_told_to_wait(phone, sms_outbox):
    ask_for_code(phone)
    phone.get_by_role("button", name="Send another code").click()
    expect(phone.get_by_role("alert")).to_contain_text("Too many codes were asked for")
    enter(phone, code_from(sms_outbox[0]))
    expect(phone.get_by_role("heading", name="Your account")).to_be_visible()


def test_another_number_can_be_used(phone, sms_outbox):
    ask_for_code(phone)
    phone.get_by_role("link", name="Use another number").click()
    expect(phone.get_by_label("Phone number")).to_have_value("+14155550123")
    ask_for_code(phone, "+1 415 555 0199")
    expect(phone.get_by_text("+14155550199")).to_be_visible()
    enter(phone, code_from(sms_outbox[1]))
    expect(phone.get_by_text("+14155550199")).to_be_visible()


def test_the_keyboard_of_a_phone_offers_digits_and_the_code_from_the_sms(phone):
    ask_for_code(phone)
    code = phone.get_by_label("Code", exact=True)
    expect(code).to_have_attribute("inputmode", "numeric")
    expect(code).to_have_attribute("autocomplete", "one-time-code")
    expect(code).to_be_focused()


def test_whoever_was_sent_to_sign_in_comes_back_to_where_they_were(phone, live_server, sms_outbox):
    phone.goto("/phone/?next=/tv/")
    ask_for_code(phone)
    enter(phone, code_from(sms_outbox[0]))
    expect(phone).to_have_url(f"{live_server.url}/tv/")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(phone, live_server, sms_outbox, elsewhere):
    phone.goto(f"/phone/?next={elsewhere}")
    ask_for_code(phone)
    enter(phone, code_from(sms_outbox[0]))
    expect(phone).to_have_url(f"{live_server.url}/account/")


def test_signing_out_ends_the_session(phone, sms_outbox):
    ask_for_code(phone)
    enter(phone, code_from(sms_outbox[0]))
    phone.get_by_role("button", name="Sign out").click()
    phone.goto("/account/")
    expect(phone.get_by_role("heading", name="Sign in to Example Shop")).to_be_visible()


def test_a_blocked_customer_is_signed_out_on_the_next_page(phone, sms_outbox):
    ask_for_code(phone)
    enter(phone, code_from(sms_outbox[0]))
    expect(phone.get_by_role("heading", name="Your account")).to_be_visible()
    Customer.objects.update(is_blocked=True)
    for _ in range(2):
        phone.goto("/account/")
        expect(phone.get_by_role("heading", name="Sign in to Example Shop")).to_be_visible()


def test_there_is_no_code_page_before_there_is_a_number(demo):
    assert Client().get("/phone/code/").headers["Location"] == "/phone/"


@pytest.mark.parametrize("address", ["/phone/", "/phone/code/", "/sign-out/"])
def test_no_other_site_can_send_these_forms(demo, person, address):
    assert person.post(address, {"phone": NUMBER}).status_code == 403
