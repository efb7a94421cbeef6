"""A TV that waits and a phone that opens the mail's link, each in a browser of its own, at a site in its own process."""

import os
import re
import uuid
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from ..running import API_KEY, RunningSite
from ..running_redis import BINARY, RunningRedis
from .conftest import PATIENCE

ROUNDS = 20
AT_ONCE = 0.3  # seconds from the press on the phone to the welcome on the TV
PING_INTERVAL = 5.0

# The two moments that matter, by the clock that both browsers share. A window keeps its name while its pages change.
NOTE_PRESS = (
    "addEventListener('click', ({target}) => { if (target.value === 'approve') window.name = Date.now(); }, true)"
)
NOTE_WELCOME = """
new MutationObserver(() => {
  const heading = Array.from(document.querySelectorAll("h1")).find((each) => each.offsetParent);
  if (heading && !heading.textContent.startsWith("Welcome")) window.welcomed = 0;
  else if (heading && !window.welcomed) window.welcomed = Date.now();
}).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
"""


@pytest.fixture
def redis_url(tmp_path) -> Iterator[str]:
    """The Redis of the environment, or one of the test's own."""
    if "REDIS_URL" in os.environ:
        yield os.environ["REDIS_URL"]
        return
    if BINARY is None:
        reason = "there is neither REDIS_URL nor redis-server (Debian: apt install redis-server)"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    redis = RunningRedis(tmp_path)
    redis.start()
    yield redis.url
    redis.kill()


@pytest.fixture
def device(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Make a device: a browser that nobody used before, and a script that runs in each of its pages."""
    contexts: list[BrowserContext] = []

    def make(script: str, **options: Any) -> Page:
        contexts.append(chromium.new_context(**options))
        contexts[-1].set_default_timeout(PATIENCE)
        page = contexts[-1].new_page()
        page.add_init_script(script)
        return page

    yield make
    for context in contexts:
        context.close()


def serve_file(route: Route) -> None:
    """Serve the site's static files, as the web server in front of it does."""
    route.fulfill(path=finders.find(urlsplit(route.request.url).path.removeprefix("/static/")))


@pytest.fixture
def sign_in(device, make_site) -> Callable[..., Callable[[], float]]:
    """Serve a site; returns what signs a TV in and out again, and tells the seconds between the press and the welcome."""

    def serve(*, asgi: bool, redis_url: str) -> Callable[[], float]:
        site: RunningSite = make_site(environment={"REDIS_URL": redis_url, "DEMO_API_KEY": API_KEY})
        site.start_server(asgi=asgi)
        tv = device(NOTE_WELCOME, viewport={"width": 1280, "height": 720})
        phone = device(NOTE_PRESS, viewport={"width": 390, "height": 844}, is_mobile=True)
        tv.route("**/static/**", serve_file)
        tv.goto(f"{site.url}tv/", wait_until="networkidle")
        tv.unroute_all()  # from now on nothing stands between the TV and the site
        return lambda: sign_in_once(site, tv, phone)

    return serve


def sign_in_once(site: RunningSite, tv: Page, phone: Page) -> float:
    address = f"{uuid.uuid4()}@example.com"
    tv.get_by_role("button", name="No account needed").click()
    tv.get_by_role("textbox").fill(address)
    tv.get_by_role("button", name="Send me a link").click()
    expect(tv.locator("[data-number]")).to_be_visible()
    phone.goto(re.findall(r"http\S+vtoken=\S+", site.wait_for_message(address)["text"])[0])
    phone.get_by_label(tv.locator("[data-number]").inner_text(), exact=True).check()
    phone.get_by_role("button", name="It's me").click()
    expect(phone.get_by_role("heading", name="The other device is signed in")).to_be_visible()
    expect(tv.get_by_role("heading", name=f"Welcome, {address}")).to_be_visible(timeout=PATIENCE)
    seconds = (tv.evaluate("window.welcomed") - int(phone.evaluate("window.name"))) / 1000
    tv.get_by_role("button", name="Sign out").click()
    expect(tv.get_by_role("button", name="No account needed")).to_be_visible()
    return seconds


def test_under_asgi_with_redis_the_tv_is_signed_in_as_soon_as_the_phone_has_said_so(sign_in, redis_url):
    sign_in_again = sign_in(asgi=True, redis_url=redis_url)
    seconds = sorted(sign_in_again() for _round in range(ROUNDS))
    # Where programs wait in line for a processor, everything takes as many times as long as the line has programs.
    line = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert median(seconds) < AT_ONCE * line, (line, seconds)


def test_under_wsgi_without_redis_the_tv_is_signed_in_within_one_ping(sign_in):
    sign_in_again = sign_in(asgi=False, redis_url="")
    seconds = sorted(sign_in_again() for _round in range(3))
    assert seconds[-1] < PING_INTERVAL, seconds
