"""Real browsers: headless chromium against the example project on a server of its own."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from loginradius_passwordless import waiting
from loginradius_passwordless.models import LoginAttempt, State

from ..conftest import API_Client, link_from, start_email
from .waiting_server import WaitingServer

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
PATIENCE = 10_000
TV = "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36"

Open = Callable[..., Page]


# Of the package and not of the session: while Playwright runs, its event loop runs in this thread, and no other
# test should meet it. Django would refuse its ORM there, so the browser tests have to say that they mean it.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    program = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium")
    if program is None:
        reason = "chromium is not installed (Debian: apt install chromium), so no page was tried in a browser"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
            yield browser
            browser.close()


class ThreadedClient(API_Client):
    """Calls from a thread beside Playwright's event loop, where Django can run its asynchronous views."""

    def call(self, *arguments: Any, **options: Any) -> Any:
        with ThreadPoolExecutor(1) as beside:
            return beside.submit(self._call, *arguments, **options).result()

    def _call(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().call(*arguments, **options)
        finally:
            connections.close_all()


@pytest.fixture
def demo(transactional_db: None) -> API_Client:
    """The demo's application, made as ``make demo`` makes it; returns a client that calls with its key."""
    call_command("demo", stdout=StringIO())
    return ThreadedClient(django_settings.DEMO_API_KEY, user_agent=TV)


@pytest.fixture
def ends_waiting(transactional_db: None) -> Iterator[None]:
    """End what still waits in the server after a test: a thread does not learn that its device has gone."""
    yield
    LoginAttempt.objects.update(state=State.DENIED)
    for attempt_id in LoginAttempt.objects.values_list("pk", flat=True):
        waiting.watch.ring(attempt_id)
    waiting.watch._needed_until = 0.0  # it would listen on for a while
    for thread in threading.enumerate():
        if thread.name == "loginradius_passwordless":
            thread.join(timeout=10)


@pytest.fixture
def open_page(
    chromium: Browser, live_server: Any, demo: API_Client, site: Callable[..., None], ends_waiting: None
) -> Iterator[Open]:
    """Open a page in a browser that nobody used before, so every call is another device."""
    site(PUBLIC_URL=live_server.url)
    contexts: list[BrowserContext] = []

    def open_page(address: str = "about:blank", **options: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def mailed_link(open_page: Open, demo: API_Client, mailbox: Any) -> Callable[[], tuple[str, str]]:
    """Start a login by e-mail and return the link from the mail, and the GUID of the device that waits."""

    def ask() -> tuple[str, str]:
        guid = start_email(demo)
        return link_from(mailbox[-1]), guid

    return ask


@pytest.fixture
def server() -> Iterator[WaitingServer]:
    """A site of the test's own, for ``waiting.js``."""
    server = WaitingServer()
    yield server
    server.close()


@pytest.fixture
def open_device(chromium: Browser, server: WaitingServer) -> Iterator[Callable[..., Page]]:
    """Open a page that has ``waiting.js``, after a script that makes its browser another one."""
    contexts: list[BrowserContext] = []

    def open_device(script: str = "") -> Page:
        context = chromium.new_context()
        contexts.append(context)
        context.add_cookies([{"name": "session", "value": "secret", "url": server.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(script)
        page.goto(f"{server.url}/device?room=12")
        page.wait_for_function("window.waiting")
        return page

    yield open_device
    for context in contexts:
        context.close()


@pytest.fixture
def device(open_device: Callable[..., Page]) -> Page:
    return open_device()
