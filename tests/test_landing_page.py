"""The page that a mailed link opens: inert, plain about who asks, and without the secret in its address."""

import re

import pytest
from django.test import Client

from .conftest import ADMINS, error_code, fields_of, link_from, new_guid, ping, press, start_email, token_from

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/signin/link/"


@pytest.fixture
def link(api, mailbox):
    start_email(api)
    return link_from(mailbox[0])


def test_opening_the_link_moves_its_secret_from_the_address_into_a_cookie(person, link, mailbox):
    answer = person.get(link)
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    cookie = answer.cookies["loginradius_link_token"]
    assert cookie.value == token_from(mailbox[0])
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"], cookie["max-age"]) == ("Lax", PAGE, 600)
    assert token_from(mailbox[0]) not in person.get(PAGE).content.decode()


def test_on_https_the_cookie_is_one_that_no_subdomain_can_plant(person, link):
    cookie = person.get(link, secure=True).cookies["__Host-loginradius_link_token"]
    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert not cookie["domain"]


def test_the_page_says_who_asks_from_where_and_when_and_never_the_whole_address(api, person, mailbox):
    agent = "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 Chrome/94 Safari/537.36"
    body = {"email": "alice@example.com", "clientguid": new_guid()}
    api.post("auth/onetouchlogin/email", body, headers={"User-Agent": agent})
    page = person.get(link_from(mailbox[0]), follow=True).content.decode()
    for fact in ("Example Shop", "a•••@example.com", "a TV", "127.0.0.1", "just now"):
        assert fact in page
    assert "alice@example.com" not in page


def test_the_page_says_how_long_ago_it_was(person, link, later):
    later(minutes=3)
    assert "3\xa0minutes ago" in person.get(link, follow=True).content.decode()


def test_the_page_lets_browsers_say_where_its_form_comes_from(person, link):
    assert '<meta name="referrer" content="same-origin">' in person.get(link, follow=True).content.decode()


def test_both_buttons_are_alike(person, link):
    page = person.get(link, follow=True).content.decode()
    buttons = re.findall(r"<button ([^>]*)>", page)
    assert buttons.pop(0) == 'formmethod="dialog" hidden'  # what Enter presses
    assert [re.sub(r'value="\w+"| formnovalidate', "", button) for button in buttons] == ['name="decision" '] * 2
    assert "autofocus" not in page
    assert "<script" not in page


def test_looking_changes_nothing_however_often(api, person, link, mailbox):
    for _ in range(3):
        assert person.get(link, follow=True).status_code == 200
        assert person.head(link).status_code == 200
        assert person.options(link).status_code == 405
    assert api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0])).status_code == 200


def test_the_page_is_closed_to_everything_but_its_own_form(person, link):
    answer = person.get(link, follow=True)
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    nonce = re.search(r'<style nonce="([^"]+)"', answer.content.decode())[1]
    assert policy == {
        "default-src": "'none'", "style-src": f"'nonce-{nonce}'", "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'", "img-src": "data:",
    }  # fmt: skip
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Frame-Options"] == "DENY"
    assert re.search(r'<style nonce="([^"]+)"', person.get(PAGE).content.decode())[1] != nonce


def test_the_form_may_end_at_the_return_address_that_the_application_lists(api, person, mailbox):
    start_email(api, redirecturl="https://shop.example/welcome")
    answer = person.get(link_from(mailbox[0]), follow=True)
    assert "form-action 'self' https://shop.example;" in answer["Content-Security-Policy"]


def test_a_form_without_its_csrf_token_decides_nothing(api, person, link, mailbox):
    person.get(link, follow=True)
    for decision in ("approve", "deny"):
        assert person.post(PAGE, {"decision": decision}).status_code == 403
    assert api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0])).status_code == 200


def test_a_form_from_another_browser_decides_nothing(api, person, link):
    form = {**fields_of(person.get(link, follow=True)), "decision": "approve"}
    assert Client(enforce_csrf_checks=True).post(PAGE, form).status_code == 403
    assert Client().post(PAGE, form).status_code == 400


@pytest.mark.parametrize("decision", ["", "Approve", "yes", "approve deny"])
def test_a_form_that_says_neither_asks_again(api, person, link, mailbox, decision):
    answer = press(person, link, decision)
    assert b"Was it you" in answer.content
    assert api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0])).status_code == 200


def test_a_form_sent_twice_decides_once_and_says_so(api, person, link):
    form = {**fields_of(person.get(link, follow=True)), "decision": "approve"}
    secret = person.cookies["loginradius_link_token"].value
    assert b"The other device is signed in" in person.post(PAGE, form).content
    person.cookies["loginradius_link_token"] = secret
    again = person.post(PAGE, form)
    assert again.status_code == 403
    assert b"was used before" in again.content


def test_the_cookie_goes_when_the_decision_is_made(person, link):
    answer = press(person, link, "approve")
    assert answer.cookies["loginradius_link_token"]["max-age"] == 0
    assert person.get(PAGE).status_code == 400


def test_the_page_without_a_link_says_what_to_do(person):
    answer = person.get(PAGE)
    assert answer.status_code == 400
    assert b"Open the link in the message once more" in answer.content


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 5000, "ü", "a b", "<script>alert(1)</script>", "%00"])
def test_a_link_that_nobody_made_is_unknown_and_echoed_nowhere(person, token):
    answer = person.get(PAGE, {"vtoken": token}, follow=True)
    assert answer.status_code == 403
    assert b"This link is not known" in answer.content
    assert b"<script" not in answer.content


def test_a_denied_link_and_a_superseded_one_read_well(api, person, mailbox, site):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=9)
    for _ in range(4):
        start_email(api)
    assert b"A newer link replaced this one" in person.get(link_from(mailbox[0]), follow=True).content
    press(person, link_from(mailbox[1]), "deny")
    assert b"This request was refused" in person.get(link_from(mailbox[1]), follow=True).content


def test_the_page_of_a_switched_off_application_knows_no_link(shop, person, link):
    shop.is_active = False
    shop.save()
    assert b"This link is not known" in person.get(link, follow=True).content


def test_an_arabic_reader_gets_a_page_from_right_to_left(link):
    page = Client(headers={"Accept-Language": "ar"}).get(link, follow=True).content.decode()
    assert '<html lang="ar" dir="rtl">' in page


@pytest.mark.parametrize("language", ["he", "ru", "xx", "sv, de;q=0.1", ""])
def test_a_reader_of_a_language_we_do_not_speak_gets_a_page_in_english(link, language):
    page = Client(headers={"Accept-Language": language}).get(link, follow=True).content.decode()
    assert '<html lang="en" dir="ltr">' in page
    assert "just now" in page


def test_a_german_reader_is_told_the_device_in_german_and_the_code_without_dots(api, mailbox, link, settings):
    settings.USE_THOUSAND_SEPARATOR = True
    german = Client(headers={"Accept-Language": "de"})
    assert "ein unbekanntes Gerät" in german.get(link, follow=True).content.decode()
    assert "1063" in german.get(PAGE, {"vtoken": "x" * 43}, follow=True).content.decode()


def test_scanners_of_every_kind_leave_the_link_to_the_person(api, person, mailbox):
    guid = start_email(api)
    link = link_from(mailbox[0])
    for visit in range(12):
        scanner = Client(headers={"Sec-Purpose": "prefetch"} if visit % 2 else {})
        (scanner.head if visit % 3 == 0 else scanner.get)(link, follow=True)
    assert error_code(ping(api, guid)) == 1139
    press(person, link, "approve")
    assert ping(api, guid).status_code == 200


def test_a_fault_of_ours_is_a_page_and_its_report_shows_no_link(
    api, person, link, mailbox, monkeypatch, caplog, settings
):
    from loginradius_passwordless.flows import decision

    def fail(visitor, secret, **options):
        raise ZeroDivisionError

    settings.ADMINS = ADMINS
    person.raise_request_exception = False
    person.get(link)
    monkeypatch.setattr(decision, "look", fail)
    mailbox_before = len(mailbox)
    answer = person.get(PAGE)
    assert answer.status_code == 500
    assert b"Something went wrong on our side" in answer.content
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    reports = caplog.text + "".join(str(mail.message()) for mail in mailbox[mailbox_before:])
    assert "ZeroDivisionError" in reports
    assert token_from(mailbox[0]) not in reports
