"""What people do on the pages for phone numbers and passwords."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from loginradius_passwordless.models import Customer

from .conftest import Open
from .phone_pages import ACCOUNT, FORGOT, PASSWORD, PASSWORD_PAGE, code_in_sms, meet_phil
from .signing_in import PHONE, WANTED

AMERICAN = {"locale": "en-US"}


def phone_field(page: Page) -> Any:
    return page.locator("#phone")


def country_field(page: Page) -> Any:
    return page.locator("#country")  # by no words: it is tried in several languages


def password_field(page: Page) -> Any:
    return page.locator("#password")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def sign_up(page: Page, phone: str = PHONE, password: str = PASSWORD, name: str = "Alice Example") -> None:
    phone_field(page).fill(phone)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Choose a password").fill(password)
    press(page, "Send me a code")


def sign_in(page: Page, password: str = PASSWORD, phone: str = PHONE) -> None:
    phone_field(page).fill(phone)
    page.get_by_label("Password", exact=True).fill(password)
    press(page, "Sign in")


def enter(page: Page, button: str, code: str = "") -> None:
    """Enter a code, or the one in the last SMS."""
    page.get_by_label("Code", exact=True).fill(code or code_in_sms())
    press(page, button)


def ask_for_new_password(page: Page) -> None:
    page.goto(FORGOT)
    phone_field(page).fill(PHONE)
    press(page, "Send me a code")
    expect_heading(page, "Choose a new password")


def expect_heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", name=words)).to_be_visible()


def number_of(customer: Customer) -> list[str]:
    """The phone numbers that a customer has; at most one."""
    return list(customer.identifiers.filter(kind="phone").values_list("canonical", flat=True))


def users() -> int:
    return int(get_user_model().objects.count())


def wanting(address: str) -> str:
    return f"{address}?next={WANTED.replace('?', '%3F').replace('=', '%3D')}"


@pytest.fixture
def phil(demo: Any) -> Customer:
    """Somebody with a phone number, a password, and an e-mail address as another way in."""
    return meet_phil("phil@example.com")


@pytest.fixture
def at_home(open_page: Open, phil: Customer) -> Callable[..., Page]:
    """Open a browser that phil has just signed in with, on the page of his account."""

    def at_home(**options: Any) -> Page:
        page = open_page(f"{PASSWORD_PAGE}?next={ACCOUNT}", **options)
        sign_in(page)
        expect_heading(page, "Your account at")
        return page

    return at_home
