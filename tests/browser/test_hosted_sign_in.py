"""Signing in to the site on the hosted pages: by a code, by a name, by a link. Each way ends where one wanted to go."""

import re

import pytest
from playwright.sync_api import Page, expect

from loginradius_passwordless.models import Application

from ..conftest import code_from
from . import signing_in
from .signing_in import (
    PHONE,
    ROOMY,
    ask,
    code_field,
    code_in,
    enter,
    expect_wanted,
    link_in,
)

want = signing_in.want


@pytest.fixture
def page(want) -> Page:
    return want()


def press_sign_in(page: Page) -> None:
    expect(page.get_by_text("You asked for this link in this browser.")).to_be_visible()
    page.get_by_role("button", name="Sign in", exact=True).click()


# Each way in ends on the page that asked for signing in


@pytest.mark.parametrize("name", ["alice@example.com", "alice", " Alice@Example.COM "])
def test_the_code_from_the_mail_signs_in_whoever_gave_an_address_or_a_name(page, mailbox, name):
    ask(page, name)
    enter(page, code_in(mailbox))
    expect_wanted(page)
    expect(page.get_by_text("alice@example.com")).to_be_visible()


@pytest.mark.parametrize("name", [PHONE, "+1 (415) 555-0123", "0014155550123"])
def test_the_code_from_the_sms_signs_in_whoever_gave_a_phone_number(page, sms_outbox, phone_customer, name):
    ask(page, name)
    enter(page, code_from(sms_outbox[0]))
    expect_wanted(page)
    expect(page.get_by_text(PHONE)).to_be_visible()


def test_a_call_brings_the_code_as_well(page, site, sms_outbox, voice_outbox, phone_customer):
    site(**ROOMY)
    ask(page, PHONE)
    page.get_by_role("button", name="Call me instead").click()
    expect(code_field(page)).to_be_focused()
    enter(page, code_from(voice_outbox[0]))
    expect_wanted(page)


def test_in_the_browser_that_asked_the_link_needs_one_press(page, mailbox):
    ask(page)
    tab = page.context.new_page()
    tab.goto(link_in(mailbox))
    expect(tab.get_by_role("radio")).to_have_count(0)
    press_sign_in(tab)
    expect_wanted(tab)


def test_the_tab_that_waits_goes_on_by_itself_after_the_link_signed_in_in_another(page, mailbox):
    ask(page)
    tab = page.context.new_page()
    tab.goto(link_in(mailbox))
    press_sign_in(tab)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible(timeout=10_000)


def test_who_wants_to_go_nowhere_in_particular_comes_to_the_account(open_page, live_server, alice, mailbox):
    page = open_page("/signin/")
    ask(page)
    enter(page, code_in(mailbox))
    expect(page).to_have_url(f"{live_server.url}/account/")


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_site(open_page, live_server, alice, mailbox, elsewhere):
    page = open_page(f"/signin/?next={elsewhere}")
    ask(page)
    enter(page, code_in(mailbox))
    expect(page).to_have_url(f"{live_server.url}/account/")


@pytest.mark.parametrize("way", ["the code", "the link"])
def test_an_application_gets_the_person_back_on_its_own_site_with_a_token(open_page, live_server, alice, mailbox, way):
    theirs = f"{live_server.url.replace('localhost', '127.0.0.1')}/tv/"  # to a browser that is another site
    Application.objects.update(return_urls=[theirs], token_delivery="fragment")
    page = open_page(f"/signin/?return_url={theirs}")
    ask(page)
    if way == "the code":
        enter(page, code_in(mailbox))
    else:
        page.goto(link_in(mailbox))
        press_sign_in(page)
    expect(page).to_have_url(re.compile(rf"^{re.escape(theirs)}#token=[\w-]{{36}}$"))


# A code as people type it


@pytest.mark.parametrize("spelling", ["{0} {1}", " {0}-{1} ", "{0}\u00a0{1}", "{0} – {1}"])
def test_a_code_may_be_pasted_with_the_blanks_and_dashes_around_it(page, mailbox, spelling):
    ask(page)
    code = code_in(mailbox)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", spelling.format(code[:3], code[3:]))
    expect(code_field(page)).to_be_focused()
    page.keyboard.press("ControlOrMeta+V")
    page.keyboard.press("Enter")
    expect_wanted(page)
