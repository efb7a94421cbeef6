"""The hosted pages for everybody: by axe-core, by keyboard alone, without JavaScript, and on the smallest screens.

With SCREENSHOTS=folder in the environment, pictures of every page are left there to be looked at.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

import loginradius_passwordless

from ..conftest import error_code, ping
from . import hosted_pages
from .hosted_pages import PAGES, Visit
from .phone_pages import PHONE_PAGES
from .sign_in_pages import SIGN_IN_PAGES

LANGUAGES = sorted(folder.name for folder in (Path(loginradius_passwordless.__file__).parent / "locale").iterdir())
EVERY_PAGE = {**PAGES, **SIGN_IN_PAGES, **PHONE_PAGES}

NARROW = {"width": 320, "height": 568}
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}

# What axe-core can say about pages, best practices and the size of what is pressed included.
EVERYTHING = {"resultTypes": ["violations", "incomplete"], "rules": {"target-size": {"enabled": True}}}
COLORS = {"resultTypes": ["violations", "incomplete"], "runOnly": ["color-contrast"]}

# What can have the focus, in the order of the page; the numbers are one stop.
STOPS = """
const radio = document.querySelector("input[type=radio]");
const stops = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")]
  .filter((each) => each.checkVisibility() && (each.type !== "radio" || each === radio));
"""
# Which of them has it, and how wide its ring is: that of a number is drawn around what stands beside it.
FOCUS = f"""
() => {{
  {STOPS}
  const focused = document.activeElement, isNumber = focused.type === "radio";
  const {{outlineStyle, outlineWidth}} = getComputedStyle(isNumber ? focused.nextElementSibling : focused);
  const ring = outlineStyle === "none" ? 0 : parseFloat(outlineWidth);
  return {{place: stops.indexOf(isNumber ? radio : focused), ring}};
}}
"""


# Text of twice its size, as people set it who would not read it otherwise, and what of it is then cut off.
TWICE = "html { font-size: 200% } body { font-size: 34px }"
CUT_OFF = """
all => all.filter((each) => each.checkVisibility() && each.clientWidth && each.scrollWidth > each.clientWidth + 1)
  .map((each) => each.outerHTML)
"""


@pytest.fixture
def visit(open_page, demo, mailbox, later, site, tmp_path) -> Callable[..., Visit]:
    """Open a browser for the ways to the pages."""
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=99, STARTS_PER_HOUR_PER_ADDRESS=999)

    def begin(name: str = "", **options: Any) -> Visit:
        begun = Visit(open_page(bypass_csp=True, **options), demo, mailbox, later)  # axe-core is a script
        if "country" in name:
            site(GEOIP_DATABASE=hosted_pages.geoip_database(tmp_path))
        if name:
            EVERY_PAGE[name](begun)
        return begun

    return begin


def found_by_axe(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe-core objects to, and what it leaves to people to look at, but for the sign that only decorates."""
    results = Axe().run(page, {"exclude": [[".mark"]]}, options).response
    return [
        f"{result['id']} ({result['impact']}): {node['html']} {[check['message'] for check in node['any']]}"
        for result in [*results["violations"], *results["incomplete"]]
        for node in result["nodes"]
    ]


def stops_of_tab(page: Page) -> list[dict[str, Any]]:
    """Where the Tab key stops, from the beginning of the page on."""
    page.mouse.click(1, 1)
    stops = []
    for _stop in range(page.evaluate(f"() => {{ {STOPS} return stops.length; }}")):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUS))
    return stops


def keep_pictures(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)
            page.screenshot(path=Path(folder) / f"{name}-{size}.png", full_page=True)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("name", EVERY_PAGE)
def test_every_page_is_for_everybody(visit, name, language):
    page = visit(name, locale=language, color_scheme="light").page
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    assert found_by_axe(page, EVERYTHING) == []
    keep_pictures(page, f"{name}-{language}-light")
    page.emulate_media(color_scheme="dark")
    assert found_by_axe(page, COLORS) == []
    keep_pictures(page, f"{name}-{language}-dark")
    expect(page.locator("script")).to_have_count(page.locator("#code, #country").count())  # only these fields have one
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    stops = stops_of_tab(page)
    assert [stop for stop in stops if stop["ring"] < 2] == []
    assert [stop["place"] for stop in stops] == list(range(len(stops)))


@pytest.mark.parametrize(
    "name",
    [
        "question-with-numbers", "sign-in-empty", "code-by-phone", "link-in-another-browser", "register-empty",
        "password-empty", "new-password", "account-opened",
    ],
)  # fmt: skip
def test_the_words_of_every_language_fit_the_smallest_screen(visit, name):
    page = visit(name, viewport=NARROW).page
    widths = {}
    for language in LANGUAGES:
        page.set_extra_http_headers({"Accept-Language": language})
        page.goto(page.url)
        expect(page.locator("html")).to_have_attribute("lang", language)
        widths[language] = page.evaluate("document.documentElement.scrollWidth")
    assert {language: width for language, width in widths.items() if width > NARROW["width"]} == {}


@pytest.mark.parametrize(
    "name",
    [
        "register-with-a-weak-password", "password-wrong", "new-password-too-weak", "account-opened",
        "account-with-a-long-address", "delete-code",
    ],
)  # fmt: skip
def test_words_of_twice_the_size_are_not_cut_off(visit, name):
    page = visit(name, viewport=SIZES["phone"]).page
    page.add_style_tag(content=TWICE)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES["phone"]["width"]
    assert page.locator("main *:not(option)").evaluate_all(CUT_OFF) == []
    keep_pictures(page, f"{name}-twice")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_number_is_picked_and_the_device_let_in_with_the_keyboard_alone(visit, demo, key, javascript):
    person = visit("question-with-numbers", java_script_enabled=javascript)
    page = person.page
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    while not page.get_by_label(str(person.number), exact=True).is_checked():
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Not me")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="It's me")).to_be_focused()
    page.keyboard.press(key)
    expect(page.get_by_role("heading", name="The other device is signed in")).to_be_visible()
    assert ping(demo, person.guid).status_code == 200


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_this_request_and_the_others_are_refused_with_the_keyboard_alone(visit, demo, javascript):
    person = visit(java_script_enabled=javascript)
    person.ask()
    other = person.guid
    hosted_pages.question_with_numbers(person)
    page = person.page
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="Nobody was signed in")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All requests were refused")).to_be_visible()
    assert [error_code(ping(demo, guid)) for guid in (person.guid, other)] == [1143] * 2


@pytest.mark.parametrize(
    "keys", [[], ["Space"], ["ArrowRight"], ["ArrowUp"]], ids=lambda keys: "+".join(keys) or "none"
)
def test_enter_among_the_numbers_decides_nothing(visit, demo, keys):
    """Browsers press a form's first button for it, and Chromium passes over one that is disabled."""
    person = visit("question-with-numbers")
    person.page.keyboard.press("Tab")
    for key in [*keys, "Enter"]:
        person.page.keyboard.press(key)
    person.page.wait_for_timeout(300)
    expect(person.page.get_by_role("radio", checked=True)).to_have_count(min(1, len(keys)))
    assert error_code(ping(demo, person.guid)) == 1139


def test_without_a_number_the_browser_says_so_and_the_keyboard_is_among_the_numbers(visit, demo):
    person = visit("question-with-numbers")
    person.page.get_by_role("button", name="It's me").focus()
    person.page.keyboard.press("Enter")
    expect(person.page.get_by_role("radio").first).to_be_focused()
    assert error_code(ping(demo, person.guid)) == 1139


def test_a_picked_number_is_seen_in_the_colours_of_a_high_contrast_theme(visit):
    page = visit("question-with-a-number-picked", forced_colors="active").page
    colors = page.locator(".numbers span").evaluate_all(
        "all => all.map(each => getComputedStyle(each).backgroundColor)"
    )
    assert len(set(colors)) == 2
    keep_pictures(page, "question-with-a-number-picked-high-contrast")
