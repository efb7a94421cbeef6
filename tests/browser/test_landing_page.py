"""The page that a mailed link opens, as people meet it: every browser, every screen, every hand."""

import re

import pytest
from playwright.sync_api import Page, expect

from ..conftest import error_code, ping, token_from

PHONE = {"width": 390, "height": 844}

# The contrast of every text with what it stands on, by the formula of WCAG 2.
CONTRASTS = """
() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => channels(color).slice(0, 3)
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const isOpaque = (color) => channels(color).length === 3 || channels(color)[3] === 1;
  const ground = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return isOpaque(color) ? color : ground(element.parentElement);
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll("main *")].filter(hasText).map((element) => {
    const pair = [luminance(getComputedStyle(element).color), luminance(ground(element))].sort((a, b) => b - a);
    return [element.textContent.trim(), (pair[0] + 0.05) / (pair[1] + 0.05)];
  });
}
"""
LIGHTNESS = """
() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).reduce((sum, part) => sum + Number(part), 0) / 765
"""


def approve(page: Page) -> None:
    page.get_by_role("button", name="It's me").click()
    expect(page.get_by_role("heading", name="The other device is signed in")).to_be_visible()


def test_a_person_without_javascript_lets_the_device_in(open_page, mailed_link, demo):
    link, guid = mailed_link()
    approve(open_page(link, java_script_enabled=False))
    assert ping(demo, guid).status_code == 200


def test_a_person_without_javascript_refuses_the_device(open_page, mailed_link, demo):
    link, guid = mailed_link()
    page = open_page(link, java_script_enabled=False)
    page.get_by_role("button", name="Not me").click()
    expect(page.get_by_role("heading", name="Nobody was signed in")).to_be_visible()
    assert error_code(ping(demo, guid)) == 1143


def test_the_keyboard_alone_is_enough(open_page, mailed_link, demo):
    link, guid = mailed_link()
    page = open_page(link)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Not me")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="It's me")).to_be_focused()
    assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The other device is signed in")).to_be_visible()
    assert ping(demo, guid).status_code == 200


def test_enter_alone_decides_nothing(open_page, mailed_link, demo):
    link, guid = mailed_link()
    page = open_page(link)
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    assert error_code(ping(demo, guid)) == 1139


def test_both_buttons_are_on_a_phones_screen_alike_and_large_enough_for_a_thumb(open_page, mailed_link):
    page = open_page(mailed_link()[0], viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    deny, allow = (page.get_by_role("button", name=name).bounding_box() for name in ("Not me", "It's me"))
    assert deny
    assert allow
    assert (deny["width"], deny["height"]) == pytest.approx((allow["width"], allow["height"]), abs=1)
    for box in (deny, allow):
        assert box["height"] >= 44
        assert 0 <= box["x"] < box["x"] + box["width"] <= PHONE["width"]
        assert box["y"] + box["height"] <= PHONE["height"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_can_be_read_in_light_and_in_dark(open_page, mailed_link, scheme):
    page = open_page(mailed_link()[0], color_scheme=scheme)
    lightness = page.evaluate(LIGHTNESS)
    assert lightness < 0.2 if scheme == "dark" else lightness > 0.8
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) >= 10
    assert [pair for pair in contrasts if pair[1] < 4.5] == []


def test_in_arabic_the_page_reads_from_right_to_left(open_page, mailed_link):
    page = open_page(mailed_link()[0], locale="ar")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    label, value = page.locator("dt").first.bounding_box(), page.locator("dd").first.bounding_box()
    assert label
    assert value
    assert label["x"] >= value["x"] + value["width"]
    deny, allow = (page.locator(f"button[value={decision}]").bounding_box() for decision in ("deny", "approve"))
    assert deny
    assert allow
    assert deny["x"] > allow["x"]


def test_the_secret_leaves_the_address_bar_the_history_and_the_page(open_page, mailed_link, live_server, mailbox):
    page = open_page(mailed_link()[0])
    expect(page).to_have_url(f"{live_server.url}/signin/link/")
    secret = token_from(mailbox[0])
    assert secret not in page.content()
    assert secret not in page.evaluate("document.referrer")
    assert secret not in page.evaluate("document.cookie")
    page.goto("/")
    page.go_back()
    expect(page).to_have_url(f"{live_server.url}/signin/link/")


def test_the_page_loads_nothing_from_elsewhere_and_breaks_none_of_its_own_rules(open_page, mailed_link, live_server):
    page = open_page()
    requests, words, errors = [], [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: words.append(message.text))
    page.on("pageerror", lambda error: errors.append(error))
    page.goto(mailed_link()[0], wait_until="networkidle")
    approve(page)
    page.wait_for_load_state("networkidle")
    assert requests
    assert [url for url in requests if not url.startswith(f"{live_server.url}/")] == []
    assert words == []
    assert errors == []


def test_the_page_asks_about_the_right_device_and_account(open_page, mailed_link):
    page = open_page(mailed_link()[0])
    expect(page.get_by_role("heading", name="Sign in to Example Shop?")).to_be_visible()
    expect(page.get_by_text("a•••@example.com")).to_be_visible()
    expect(page.get_by_role("time")).to_have_text(re.compile("ago$|just now"))
    expect(page.get_by_text("a TV", exact=True)).to_be_visible()


def test_a_used_link_says_so_and_has_nothing_to_press(open_page, mailed_link):
    link, _guid = mailed_link()
    approve(open_page(link))
    page = open_page(link)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
