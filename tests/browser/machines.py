"""Machines that open links: some only look, some press whatever can be pressed. None of them sees the asking device."""

import random
import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import requests
from playwright.sync_api import Page

from ..conftest import fields_of

A_MOMENT = 100  # milliseconds for which a sandbox lets a page run
PATIENCE = 20

Visit = Callable[[str], object]
Order = Callable[[list[Any]], list[Any]]
ORDERS: list[Order] = [list, lambda buttons: buttons[::-1], lambda buttons: random.sample(buttons, len(buttons))]


def get(link: str) -> None:
    with requests.Session() as scanner:
        assert scanner.get(link, timeout=PATIENCE).status_code == 200


def head(link: str) -> None:
    with requests.Session() as scanner:
        assert scanner.head(link, timeout=PATIENCE, allow_redirects=True).status_code == 200


def prefetch(link: str) -> None:
    headers = {"Sec-Purpose": "prefetch", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    with requests.Session() as browser:
        assert browser.get(link, headers=headers, timeout=PATIENCE).ok


def run(page: Page, link: str) -> None:
    page.goto(link)
    page.wait_for_timeout(A_MOMENT)


def bots(page: Page) -> Iterator[Visit]:
    """Every way to press every button, each in every order."""
    for order in ORDERS:
        yield lambda link, order=order: post_everything(link, order)
        yield lambda link, order=order: click_everything(page, link, order)
        yield lambda link, order=order: submit_everything(page, link, order)


def post_everything(link: str, order: Order) -> None:
    """Post the form once for each of its buttons, whatever a browser would say to that, and then what comes back."""
    with requests.Session() as bot:
        page = bot.get(link, timeout=PATIENCE)
        for button in order(_buttons(page)):
            answer = _post(bot, page, button)
            for next_button in order(_buttons(answer)):
                _post(bot, answer, next_button)


def click_everything(page: Page, link: str, order: Order) -> None:
    """Press Enter, click a button that can be seen, press Enter again, and so on until every button was clicked."""
    page.goto(link)
    page.keyboard.press("Enter")
    clicked: set[str] = set()
    while left := [text for text in page.locator("button:visible").all_inner_texts() if text not in clicked]:
        [text, *_later] = order(left)
        clicked.add(text)
        button = page.get_by_role("button", name=text, exact=True)
        leads_away = button.evaluate("button => button.formNoValidate || button.form.checkValidity()")
        with page.expect_navigation() if leads_away else nullcontext():
            button.click()
        page.keyboard.press("Enter")


def submit_everything(page: Page, link: str, order: Order) -> None:
    """Submit the form by script, once with each button, after switching the browser's own checks off."""
    page.goto(link)
    for text in order(page.locator("button:visible").all_inner_texts()):
        button = page.get_by_role("button", name=text, exact=True)
        if button.count():  # and the attempt is not over yet
            with page.expect_navigation():
                button.evaluate("button => { button.form.noValidate = true; button.form.requestSubmit(button); }")


def numbers_behind(link: str) -> list[str]:
    return re.findall(r'type="radio" name="number" value="(\d+)"', requests.get(link, timeout=PATIENCE).text)


def pick(link: str, number: object) -> requests.Response:
    """Open a link, choose a number if the page has any, and press the button that approves."""
    with requests.Session() as bot:
        page = bot.get(link, timeout=PATIENCE)
        if not _buttons(page):
            return page
        return bot.post(page.url, {**fields_of(page), "number": number, "decision": "approve"}, timeout=PATIENCE)


def _buttons(page: requests.Response) -> list[tuple[str, str]]:
    return re.findall(r'<button[^>]* name="(\w+)" value="(\w+)"', page.text)


def _post(bot: requests.Session, page: requests.Response, button: tuple[str, str]) -> requests.Response:
    return bot.post(page.url, {**fields_of(page), **dict([button])}, timeout=PATIENCE)
