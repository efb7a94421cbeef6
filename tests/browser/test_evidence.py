"""A superuser finds out why a message did not come, in a real browser.

With SCREENSHOTS=folder in the environment, pictures of the pages are left there to be looked at.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from ..conftest import code_from, start_email, start_phone

ATTEMPTS = "/admin/loginradius_passwordless/loginattempt/"
OURS = {"include": [[".studio"]]}


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.fixture
def staff(open_page: Any, admin_user: Any) -> Any:
    """Sign in to the admin as a superuser."""
    admin_user.set_password("a-long-password")
    admin_user.save()

    def sign_in(**options: Any) -> Page:
        page = open_page("/admin/login/", **options)
        page.locator("#id_username").fill(admin_user.get_username())
        page.locator("#id_password").fill("a-long-password")
        page.keyboard.press("Enter")
        expect(page.locator("#user-tools")).to_be_visible()
        return page

    return sign_in


def test_one_search_tells_why_she_got_no_mail(staff, demo, mail_through):
    mail_through("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=1)
    start_email(demo, "alice@example.com")
    start_email(demo, "bob@example.com")
    page = staff()
    page.goto(ATTEMPTS)
    page.locator("#searchbar").fill("a•••@example.com")
    page.keyboard.press("Enter")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.locator("#result_list tbody tr")).to_contain_text("Waiting")
    page.goto(f"{ATTEMPTS}?q=alice@example.com")
    expect(page.locator(".studio-diagnosis")).to_contain_text("the last message is too recent")
    picture(page, "search-light-1280")
    page.locator("#result_list tbody th a").click()
    messages = page.locator("#messages-group")
    expect(messages).to_contain_text("ConnectionRefusedError")
    expect(messages).to_contain_text("django.core.mail.backends.smtp")
    picture(page, "attempt-light-1280")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 768)])
def test_the_funnel_and_the_search_are_for_everybody(staff, demo, mailbox, sms_outbox, site, scheme, width):
    site(RESEND_GAP=0)
    for number in range(5):
        start_email(demo, f"person{number}@example.com")
    start_phone(demo, "+14155550123")
    verified = demo.put("auth/onetouchlogin/phone/verify", {"phone": "+14155550123", "otp": code_from(sms_outbox[0])})
    assert verified.status_code == 200
    page = staff(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page.goto(f"{ATTEMPTS}funnel/")
    expect(page.locator("svg.studio-funnel")).to_have_count(1)
    expect(page.locator("table tbody tr").last).to_contain_text("6")
    picture(page, f"funnel-{scheme}-{width}")
    _check(page)
    page.get_by_role("link", name="30 days").click()
    expect(page.get_by_role("link", name="30 days")).to_have_attribute("aria-current", "page")
    page.goto(f"{ATTEMPTS}?q=person1@example.com")
    expect(page.locator(".studio-diagnosis")).to_be_visible()
    picture(page, f"search-{scheme}-{width}")
    _check(page)


def _check(page: Page) -> None:
    found = Axe().run(page, OURS, {"resultTypes": ["violations"]}).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
