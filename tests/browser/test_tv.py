"""The TV page: it asks, shows the number to pick, waits, and says what somebody decided on another device."""

import json
import re

import pytest
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.management import call_command
from playwright.sync_api import Page, Route, expect

from ..conftest import error_code, link_from, press, start_email
from .conftest import PATIENCE

ALICE = "alice@example.com"
WAITING = re.compile("smartlogin/(ping|events)")
CLAIM = re.compile(r"smartlogin/ping\?(?!.*claim=false)")
HAVE, NEED = "I have an account", "No account needed"


@pytest.fixture
def tv(open_page, site):
    site(WAITING_THREADS=8)  # a thread that waits does not learn that the TV of another test has gone
    return open_page("/tv/", viewport={"width": 1280, "height": 720})


@pytest.fixture
def account(demo, person, mailbox, site):
    """An account that exists before the TV is asked."""
    site(RESEND_GAP=0)
    start_email(demo, ALICE)
    press(person, link_from(mailbox[-1]), "approve")


def ask_for_link(tv: Page, name: str = ALICE, choice: str = NEED) -> None:
    tv.get_by_role("button", name=choice).click()
    tv.get_by_role("textbox").fill(name)
    tv.get_by_role("button", name="Send me a link").click()


def wait_for_link(tv: Page, name: str = ALICE, choice: str = NEED) -> str:
    """Ask, and return the number that the TV shows."""
    ask_for_link(tv, name, choice)
    expect(tv.get_by_role("heading", name="Now look into your mail")).to_be_visible()
    return tv.locator("[data-number]").inner_text()


def decide(open_page, mailbox, button: str, number: str = "") -> None:
    phone = open_page(link_from(mailbox[-1]), viewport={"width": 390, "height": 844})
    if number:
        phone.get_by_label(number, exact=True).check()
    phone.get_by_role("button", name=button).click()
    expect(phone.get_by_role("radio")).to_have_count(0)


def sign_in(tv: Page, open_page, mailbox, choice: str = NEED) -> None:
    decide(open_page, mailbox, "It's me", wait_for_link(tv, choice=choice))
    expect(tv.get_by_role("heading", name=f"Welcome, {ALICE}")).to_be_visible()


def answers(route: Route, status: int, body: dict[str, object], **headers: str) -> None:
    route.fulfill(status=status, headers={"Content-Type": "application/json", **headers}, body=json.dumps(body))


def test_the_tv_is_signed_in_at_once_after_the_person_picked_its_number(tv, open_page, mailbox):
    number = wait_for_link(tv)
    expect(tv.get_by_text("a•••@example.com", exact=True)).to_be_visible()
    assert re.fullmatch("[1-9][0-9]", number)
    decide(open_page, mailbox, "It's me", number)
    expect(tv.get_by_role("heading", name=f"Welcome, {ALICE}")).to_be_visible(timeout=2000)
    expect(tv.get_by_text("This TV is signed in until")).to_be_visible()


def test_somebody_with_an_account_signs_in_with_its_address_or_its_user_name(tv, open_page, mailbox, account):
    sign_in(tv, open_page, mailbox, HAVE)
    tv.get_by_role("button", name="Sign out").click()
    expect(tv.get_by_role("heading", name="Sign in on this TV")).to_be_visible()
    decide(open_page, mailbox, "It's me", wait_for_link(tv, user_name(), HAVE))
    expect(tv.get_by_role("heading", name=f"Welcome, {ALICE}")).to_be_visible()


def user_name() -> str:
    from django.contrib.auth import get_user_model

    user = get_user_model().objects.get()
    user.username = "alice-in-front"
    user.save()
    return user.username


def test_a_name_that_nobody_has_looks_like_any_other(tv, mailbox, account):
    before = len(mailbox)
    assert re.fullmatch("[1-9][0-9]", wait_for_link(tv, "nobody", HAVE))
    assert len(mailbox) == before


def test_the_wrong_number_ends_the_login_on_the_tv(tv, open_page, mailbox):
    number = wait_for_link(tv)
    phone = open_page(link_from(mailbox[-1]))
    wrong = next(text for text in phone.locator("label").all_inner_texts() if text != number)
    phone.get_by_label(wrong, exact=True).check()
    phone.get_by_role("button", name="It's me").click()
    expect(tv.get_by_role("heading", name="The login was refused")).to_be_visible()


def test_not_me_ends_the_login_on_the_tv(tv, open_page, mailbox):
    wait_for_link(tv)
    decide(open_page, mailbox, "Not me")
    expect(tv.get_by_role("heading", name="The login was refused")).to_be_visible()
    tv.get_by_role("button", name="Start again").click()
    expect(tv.get_by_role("button", name=HAVE)).to_be_focused()


def test_a_screen_reader_hears_the_number_and_then_that_it_is_signed_in(tv, open_page, mailbox):
    number = wait_for_link(tv)
    told = f"Waiting. Open the link we sent to a•••@example.com. Pick {number} there."
    expect(tv.get_by_role("status")).to_have_text(told)
    decide(open_page, mailbox, "It's me", number)
    expect(tv.get_by_role("status")).to_contain_text(f"Signed in as {ALICE} until")


def test_the_whole_way_goes_with_the_keys_of_a_remote_control(tv, open_page, mailbox):
    expect(tv.get_by_role("button", name=HAVE)).to_be_focused()
    for key in ["ArrowDown", "ArrowDown", "ArrowUp", "Enter"]:  # around the two choices, to the second one
        tv.keyboard.press(key)
    expect(tv.get_by_label("Your e-mail address")).to_be_focused()
    tv.keyboard.type(ALICE)
    tv.keyboard.press("Enter")
    expect(tv.get_by_role("button", name="Cancel")).to_be_focused()
    decide(open_page, mailbox, "It's me", tv.locator("[data-number]").inner_text())
    expect(tv.get_by_role("button", name="Sign out")).to_be_focused()
    tv.keyboard.press("Enter")
    expect(tv.get_by_role("status")).to_have_text("You are signed out.")


def test_the_key_to_go_back_goes_back(tv):
    tv.keyboard.press("Enter")
    expect(tv.get_by_role("textbox")).to_be_focused()
    tv.keyboard.press("Escape")
    expect(tv.get_by_role("button", name=HAVE)).to_be_focused()
    wait_for_link(tv)
    tv.keyboard.press("Escape")
    expect(tv.get_by_text("Cancelled. This TV no longer waits for the link.")).to_be_visible()


def test_signing_out_ends_the_access_token(tv, open_page, mailbox, demo):
    with tv.expect_response(lambda answer: bool(CLAIM.search(answer.url)) and answer.ok) as given:
        sign_in(tv, open_page, mailbox)
    bearer = {"Authorization": f"Bearer {given.value.json()['access_token']}"}
    assert demo.get("auth/account", headers=bearer).status_code == 200
    tv.get_by_role("button", name="Sign out").click()
    expect(tv.get_by_role("heading", name="Sign in on this TV")).to_be_visible()
    assert error_code(demo.get("auth/account", headers=bearer)) == 905


def test_a_lost_connection_is_said_and_survived(tv, open_page, mailbox):
    number = wait_for_link(tv)
    tv.context.set_offline(True)
    expect(tv.get_by_text("The connection is lost. Still trying…")).to_be_visible()
    decide(open_page, mailbox, "It's me", number)
    tv.context.set_offline(False)
    expect(tv.get_by_role("heading", name=f"Welcome, {ALICE}")).to_be_visible()


def test_a_site_that_cannot_be_reached_is_said(tv):
    tv.context.set_offline(True)
    ask_for_link(tv)
    expect(tv.get_by_role("heading", name="The site does not answer")).to_be_visible()


def test_a_busy_site_is_said(tv):
    tv.route(WAITING, lambda route: answers(route, 429, {"ErrorCode": 429}, **{"Retry-After": "4"}))
    wait_for_link(tv)
    expect(tv.get_by_text("The site is busy. Asking less often…")).to_be_visible()


def test_a_link_that_nobody_opened_in_time_is_called_expired(tv, later):
    wait_for_link(tv)
    later(minutes=11)  # nobody is told that time passes, so the waiting thread finds out by itself
    expect(tv.get_by_role("heading", name="The link has expired")).to_be_visible(timeout=PATIENCE)


def test_the_tv_does_not_wait_for_ever(tv):
    tv.clock.install()
    tv.reload()
    tv.route(WAITING, lambda route: answers(route, 403, {"ErrorCode": 1139}))
    wait_for_link(tv)
    tv.clock.fast_forward("11:00")
    expect(tv.get_by_role("heading", name="Nobody opened the link")).to_be_visible()


def test_cancel_ends_the_asking(tv):
    wait_for_link(tv)
    tv.get_by_role("button", name="Cancel").click()
    expect(tv.get_by_role("heading", name="Sign in on this TV")).to_be_visible()
    asked = []
    tv.on("request", lambda request: asked.append(request.url))
    tv.wait_for_timeout(500)
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


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)], ids=["tv", "phone"])
def test_number_and_cancel_are_on_the_screen_without_scrolling(open_page, size):
    page = open_page("/tv/", viewport={"width": size[0], "height": size[1]})
    wait_for_link(page)
    number, cancel = (
        page.locator("[data-number]").bounding_box(),
        page.get_by_role("button", name="Cancel").bounding_box(),
    )
    assert number["height"] >= 100
    assert cancel["y"] + cancel["height"] <= size[1]
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_without_javascript_the_tv_says_what_it_needs(open_page):
    tv = open_page("/tv/", java_script_enabled=False)
    expect(tv.get_by_role("heading", name="This TV needs JavaScript")).to_be_visible()
    expect(tv.get_by_role("textbox")).to_have_count(0)


class ModulesToo(ManifestStaticFilesStorage):
    """Django's hashed names, in imports as well."""

    support_js_module_import_aggregation = True


@pytest.mark.parametrize("storage", [ManifestStaticFilesStorage, ModulesToo])
def test_the_page_finds_the_module_where_static_files_have_hashed_names(storage, settings, tmp_path):
    backend = f"{storage.__module__}.{storage.__qualname__}"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", "--no-input", "--verbosity", "0")
    script = next((tmp_path / "example_project").glob("tv.*.js"))
    imported = re.findall(r'^import .* from "(.*)";$', script.read_text("utf-8"), re.MULTILINE)
    assert [(script.parent / path).is_file() for path in imported] == [True]
