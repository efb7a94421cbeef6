"""What people do on the pages that sign them in to the site, and how they read their messages."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ..conftest import code_from, link_from
from .conftest import PATIENCE

PHONE = "+14155550123"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"

# Behind login_required, and not where people go who did not say where they want to.
WANTED = "/account/?tab=orders"
CODE_PAGE, LINK_PAGE = "/signin/code/", "/signin/link/"

# What only people who do many things within a minute need.
ROOMY = {"RESEND_GAP": 0, "SENDS_PER_TEN_MINUTES": 99, "SENDS_PER_DAY": 99, "STARTS_PER_HOUR_PER_ADDRESS": 999}

NOT_REQUIRING = "form => { form.noValidate = true; }"  # as browsers do that know no "required"

# A browser that can take a code out of an SMS. What it was asked, and how that ended, survives the page.
WEB_OTP = """
Object.defineProperty(window, "OTPCredential", { value: class OTPCredential {} });
navigator.credentials.get = (options) => new Promise((resolve, reject) => {
  window.deliver = (code) => resolve({ type: "otp", code });
  window.refuse = () => reject(new DOMException("The person said no.", "NotAllowedError"));
  sessionStorage.setItem("transport", JSON.stringify(options.otp));
  options.signal.addEventListener("abort", () => {
    sessionStorage.setItem("stopped", "yes");
    reject(new DOMException("The page went on.", "AbortError"));
  });
});
"""


def who(page: Page) -> Any:
    return page.get_by_label("E-mail address, user name or phone number")


def code_field(page: Page) -> Any:
    return page.get_by_label("Code", exact=True)


def ask(page: Page, name: str = "alice@example.com") -> None:
    """Say who you are, and come to the page that wants the code."""
    who(page).fill(name)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()


def enter(page: Page, code: str) -> None:
    code_field(page).fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


def mails(mailbox: Any, subject: str = "") -> list[Any]:
    """The mails to sign in with, in any language, without the welcome that may have come between; or those of a subject."""
    if subject:
        return [mail for mail in mailbox if mail.subject.startswith(subject)]
    return [mail for mail in mailbox if "vtype=oneclicksignin" in mail.body]


def code_in(mailbox: Any) -> str:
    return code_from(mails(mailbox)[-1])


def link_in(mailbox: Any) -> str:
    return link_from(mails(mailbox)[-1])


def number_on(page: Page) -> str:
    """The number that the waiting browser shows."""
    return page.locator("#confirmed strong").inner_text()


def pick(page: Page, number: str) -> None:
    """Choose a number on the link's page, and let the browser in that shows it."""
    page.get_by_label(number, exact=True).check()
    page.get_by_role("button", name="Sign in on the device above instead").click()


def expect_wanted(page: Page, *, timeout: float = PATIENCE) -> None:
    """The person is signed in, and where they wanted to go."""
    expect(page).to_have_url(re.compile(f"{re.escape(WANTED)}$"), timeout=timeout)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def expect_signed_out(page: Page) -> None:
    page.goto("/account/")
    expect(who(page)).to_be_visible()


def expect_correction(page: Page, words: str) -> None:
    """What went wrong is announced, belongs to the field, and the field waits to be typed into."""
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(words)
    field = page.locator("input[aria-invalid=true]")
    expect(field).to_be_focused()
    assert alert.get_attribute("id") in (field.get_attribute("aria-describedby") or "").split()


@contextmanager
def posts(page: Page) -> Iterator[list[str]]:
    """What forms of this page sent meanwhile."""
    sent: list[str] = []

    def note(request: Any) -> None:
        if request.method == "POST":
            sent.append(request.post_data or "")

    page.on("request", note)
    yield sent
    page.remove_listener("request", note)


def complaints(page: Page) -> list[str]:
    """What the browser will have said about a page, but for answers that are meant to be errors."""
    words: list[str] = []

    def note(message: Any) -> None:
        if "the server responded with a status of 40" not in message.text:
            words.append(f"{message.type}: {message.text}")

    page.on("console", note)
    page.on("pageerror", lambda error: words.append(str(error)))
    return words


def history_of(page: Page) -> list[str]:
    """The addresses that the buttons "Back" and "Forward" know of a tab."""
    history = page.context.new_cdp_session(page).send("Page.getNavigationHistory")
    return [entry["url"] for entry in history["entries"]]


@pytest.fixture
def want(open_page: Callable[..., Page], alice: Any) -> Callable[..., Page]:
    """Open a page in a new browser that only shows itself to who is signed in."""
    return lambda **options: open_page(WANTED, **options)
