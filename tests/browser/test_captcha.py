"""A CAPTCHA on the sign-in page: its script runs under the page's policy, and its solution goes along with the form."""

import json
import os
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
