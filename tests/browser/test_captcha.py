"""A CAPTCHA on the sign-in page: its script runs under the page's policy, and its solution goes along with the form."""

import json
import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect
from werkzeug import Response

from loginradius_passwordless.hosted import remembered

from ..captcha_vendors import HOST, SECRET, SITE_KEY, TOKEN, VENDORS
from .signing_in import complaints

# What Cloudflare's script does, as far as a page sees it: it finds the element and puts a field into it.
SCRIPT = f"""
document.querySelectorAll(".cf-turnstile").forEach((place) => {{
  const box = Object.assign(document.createElement("input"), {{ type: "checkbox", id: "person" }});
  const label = Object.assign(document.createElement("label"), {{ textContent: "I am a person", htmlFor: "person" }});
  const answer = Object.assign(document.createElement("input"), {{ type: "hidden", name: "cf-turnstile-response" }});
  box.addEventListener("change", () => {{ answer.value = "{TOKEN}" + Date.now(); }});
  place.append(box, label, answer);
}});
"""
ADDRESS = "/signin/"


@pytest.fixture
def asks(httpserver, site):
    httpserver.expect_request("/api.js").respond_with_handler(
        lambda request: Response(SCRIPT, mimetype="text/javascript")
    )
    verdict = VENDORS["turnstile"].verdict
    httpserver.expect_request("/api/siteverify").respond_with_handler(
        lambda request: Response(json.dumps(verdict(action="passwordlesslogin")), mimetype="application/json")
    )
    url = httpserver.url_for("").rstrip("/")
    options = {"site_key": SITE_KEY, "secret": SECRET, "hosts": [HOST], "verify_url": f"{url}/api/siteverify"}
    turnstile = {"BACKEND": "tests.captcha_vendors.TurnstileWithScript", "OPTIONS": options}
    site(CAPTCHA_PROVIDERS={"turnstile": turnstile})


def test_somebody_who_answers_it_gets_a_code(open_page, demo, asks, mailbox):
    page = open_page(ADDRESS)
    refused = complaints(page)
    page.get_by_label("E-mail address").fill("alice@example.com")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("Show that you are a person")
    expect(page.get_by_label("E-mail address")).to_have_value("alice@example.com")
    assert not mailbox
    page.get_by_label("I am a person").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#code")).to_be_visible()
    assert not refused


def test_another_code_a_while_later_needs_another_answer(open_page, demo, alice, asks, site, mailbox, monkeypatch):
    site(RESEND_GAP=0)
    page = open_page(ADDRESS)
    refused = complaints(page)
    page.get_by_label("E-mail address").fill("alice@example.com")
    page.get_by_label("I am a person").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#code")).to_be_visible()
    expect(page.get_by_label("I am a person")).to_have_count(0)
    monkeypatch.setattr(remembered, "EXCUSED_FOR", 0)
    page.reload()
    page.get_by_role("button", name="Send another message").click()
    expect(page.get_by_role("alert")).to_contain_text("Show that you are a person")
    assert len(mailbox) == 1
    page.get_by_label("I am a person").check()
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "captcha-again.png", full_page=True)
    page.get_by_role("button", name="Send another message").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert len(mailbox) == 2
    assert not refused


# Version 3 of reCAPTCHA: nothing to solve, and a token that is asked for while the form is sent

# What Google documents of its script: ready() calls back, execute() promises a token for a site key and an action.
SCORE_SCRIPT = """
window.grecaptcha = {
  ready: (then) => setTimeout(then, 50),
  execute: (siteKey, { action }) => Promise.resolve(`${action}-${siteKey}-${Date.now()}`),
};
"""
NO_ANSWER = "window.grecaptcha = { ready: (then) => then(), execute: () => Promise.reject(new Error('no network')) };"


@pytest.fixture
def scores(httpserver, site):
    """Have Google at an address of this machine; return its script, which a test may replace, and what it was asked."""
    google = {"script": SCORE_SCRIPT, "status": 200, "delay": 0.0, "action": "passwordlesslogin", "tokens": []}

    def script(request):
        time.sleep(google["delay"])
        return Response(google["script"], google["status"], mimetype="text/javascript")

    def verify(request):
        google["tokens"].append(request.form["response"])
        verdict = VENDORS["recaptcha score"].verdict(action=google["action"])
        return Response(json.dumps(verdict), mimetype="application/json")

    httpserver.expect_request("/api.js").respond_with_handler(script)
    httpserver.expect_request("/api/siteverify").respond_with_handler(verify)
    options = {"site_key": SITE_KEY, "secret": SECRET, "hosts": [HOST], "base_url": httpserver.url_for("").rstrip("/")}
    backend = "loginradius_passwordless.backends.captcha.recaptcha.ScoreCaptchaBackend"
    site(CAPTCHA_PROVIDERS={"google": {"BACKEND": backend, "OPTIONS": options}})
    return google


def ask_for_a_code(page):
    page.get_by_label("E-mail address").fill("alice@example.com")
    page.get_by_role("button", name="Continue").click()


def test_a_score_is_asked_for_while_the_form_is_sent(open_page, demo, alice, scores, mailbox):
    page = open_page(ADDRESS)
    refused = complaints(page)
    ask_for_a_code(page)
    expect(page.locator("#code")).to_be_visible()
    [token] = scores["tokens"]
    assert token.startswith(f"passwordlesslogin-{SITE_KEY}-")
    assert len(mailbox) == 1
    page.go_back()
    ask_for_a_code(page)
    expect(page.locator("#code")).to_be_visible()
    assert len(set(scores["tokens"])) == 2
    assert not refused


def test_somebody_faster_than_the_script_waits_for_it_and_presses_once(open_page, demo, alice, scores, mailbox):
    scores["delay"] = 1.0
    page = open_page()
    page.goto(ADDRESS, wait_until="commit")
    ask_for_a_code(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#code")).to_be_visible()
    assert len(scores["tokens"]) == len(mailbox) == 1


@pytest.mark.parametrize("broken", [{"status": 404}, {"script": NO_ANSWER}, {"script": "throw new Error()"}])
def test_where_nobody_gives_a_score_the_page_says_so_and_can_be_tried_again(
    open_page, demo, alice, scores, mailbox, broken
):
    scores |= broken
    page = open_page(ADDRESS)
    ask_for_a_code(page)
    expect(page.get_by_role("alert")).to_contain_text("Show that you are a person")
    expect(page.get_by_label("E-mail address")).to_have_value("alice@example.com")
    assert not mailbox
    scores |= {"script": SCORE_SCRIPT, "status": 200}
    page.reload()
    ask_for_a_code(page)
    expect(page.locator("#code")).to_be_visible()
    assert len(mailbox) == 1


def test_the_button_that_was_pressed_is_the_one_that_counts(open_page, demo, phone_customer, scores, site, sms_outbox, voice_outbox, monkeypatch):  # fmt: skip
    site(RESEND_GAP=0)
    page = open_page(ADDRESS)
    page.get_by_label("E-mail address").fill("+14155550123")
    page.get_by_role("button", name="Continue").click()
    monkeypatch.setattr(remembered, "EXCUSED_FOR", 0)
    expect(page.locator("#code")).to_be_visible()
    page.reload()
    with page.expect_navigation():
        page.get_by_role("button", name="Call me instead").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert (len(sms_outbox), len(voice_outbox), len(scores["tokens"])) == (1, 1, 2)


def test_nothing_waits_for_ever_for_a_score(open_page, demo, scores, mailbox):
    scores["script"] = "window.grecaptcha = { ready: () => {} };"
    page = open_page(ADDRESS)
    ask_for_a_code(page)
    expect(page.locator("form[aria-busy=true]")).to_have_count(1)
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "captcha-score-busy.png", full_page=True)
    expect(page.get_by_role("alert")).to_contain_text("Show that you are a person", timeout=20_000)
    assert not mailbox
