"""The demo around its pages: what ``manage.py demo`` makes, and that every page fits every screen."""

from io import StringIO

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import expect

from loginradius_passwordless.models import Application

PAGES = ["/", "/tv/", "/phone/", "/inbox/"]


def run_demo() -> str:
    words = StringIO()
    call_command("demo", stdout=words)
    return words.getvalue()


def test_the_demo_can_be_prepared_again_and_again(transactional_db, settings):
    settings.DEBUG = True
    first, second = run_demo(), run_demo()
    assert first == second
    assert settings.DEMO_STAFF_PASSWORD in first
    assert Application.objects.get().name == "Example Shop"
    staff = authenticate(username="staff", password="staff-demo-only")
    assert staff is not None
    assert staff.is_superuser


def test_a_site_that_is_no_demo_gets_no_known_password(transactional_db, settings):
    settings.DEBUG = False
    assert settings.DEMO_STAFF_PASSWORD not in run_demo()
    assert not get_user_model().objects.exists()
    assert settings.DEMO_STAFF_PASSWORD.encode() not in Client().get("/").content


def test_staff_who_came_by_password_have_an_account_page_too(demo):
    staff = Client()
    staff.force_login(get_user_model().objects.create_superuser("staff"))
    assert b"staff" in staff.get("/account/").content


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_its_screen_or_complains(open_page, settings, live_server, width, scheme):
    settings.DEMO = True
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    words, requests = [], []
    page.on("console", lambda message: words.append(message.text))
    page.on("pageerror", lambda error: words.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    for address in PAGES:
        page.goto(address, wait_until="load")
        expect(page.locator("h1:visible")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    assert words == []
    assert [url for url in requests if not url.startswith(f"{live_server.url}/")] == []


def test_the_first_tab_skips_to_the_content(open_page):
    page = open_page("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="On a TV")).to_be_focused()
