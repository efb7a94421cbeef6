"""The page that describes the API, for everybody: by axe-core, without JavaScript, dark and light, on small screens."""

import os
from pathlib import Path
from typing import Any

import pytest

from .test_accessibility import EVERYTHING, NARROW, SIZES, found_by_axe

PAGE = "/identity/docs/"


@pytest.fixture(autouse=True)
def _shown(site: Any) -> None:
    site(API_DOCS="always")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page: Any, live_server: Any, scheme: str) -> None:
    page = open_page(color_scheme=scheme, bypass_csp=True)
    page.goto(f"{live_server.url}{PAGE}")
    page.locator("summary").first.click()
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"api-docs-{scheme}.png")
    assert found_by_axe(page, EVERYTHING) == []


@pytest.mark.parametrize("size", [NARROW, *SIZES.values()], ids=["narrow", *SIZES])
def test_nothing_is_wider_than_the_screen(open_page: Any, live_server: Any, size: dict[str, int]) -> None:
    page = open_page(viewport=size, java_script_enabled=False)
    page.goto(f"{live_server.url}{PAGE}#one_touch_start_by_email")
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"api-docs-{size['width']}.png")
    assert page.locator("main").bounding_box()["width"] <= size["width"]
    assert page.locator("#one_touch_start_by_email summary").is_visible()


def test_under_its_own_policy_the_browser_has_nothing_to_complain_of(open_page: Any, live_server: Any) -> None:
    page = open_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(f"{live_server.url}{PAGE}")
    page.get_by_role("link", name="openapi.json").click()
    page.wait_for_url("**/identity/openapi.json")
    assert complaints == []
