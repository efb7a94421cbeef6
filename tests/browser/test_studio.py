"""The template studio in the admin: staff write what people receive, look at it, try it, publish it and go back.

With SCREENSHOTS=folder in the environment, pictures of every page are left there to be looked at.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Page, expect

from loginradius_passwordless.models import EmailTemplate

from ..conftest import start_email
from . import studio
from .studio import LINK, PAGES, findings, mail, notes_at, preview, version_from, version_to
from .test_accessibility import COLORS, EVERYTHING

DESKTOP, TABLET = 1280, 768
LIGHT_PAGE, DARK_PAGE = "rgb(244, 245, 247)", "rgb(16, 19, 23)"

# Not ours is the list of models at the side, in which axe-core finds things on every page of Django's. Of ours it
# cannot judge signs that only decorate, and cannot look into the frame, where nothing runs.
LEFT_OUT = {"exclude": [["#nav-sidebar"], [".studio-mark"], [".studio-screen"]]}
TARGETS = {"resultTypes": ["violations", "incomplete"], "runOnly": ["target-size"]}
# Everything of ours that can have the focus, and what is around it then.
OURS = ".studio :is(a[href], button, input, select), .studio-placeholders button, .studio-tool a"
RING = """
(selector) => {
  const each = document.activeElement;
  if (!each.matches(selector)) return null;
  const {outlineStyle, outlineWidth} = getComputedStyle(each);
  return {what: each.outerHTML.slice(0, 120), isSeen: outlineStyle === "auto" || outlineStyle !== "none" && parseFloat(outlineWidth) >= 2};
}
"""
ATTACK = """
<h1>The mail</h1>
<img src="TRACKER/open.gif">
<img src="x" onerror="parent.document.title = 'owned'">
<link rel="stylesheet" href="TRACKER/sheet.css">
<style>@import url("TRACKER/more.css"); body { background: url("TRACKER/back.png") }</style>
<iframe src="TRACKER/frame"></iframe>
<script>parent.document.title = document.title = "owned"; fetch("TRACKER/script")</script>
"""

Staff = Callable[..., Page]


@pytest.fixture
def writer(demo: Any) -> Any:
    """Somebody who may do with texts all that there is to do, and nothing else."""
    return studio.new_writer()


@pytest.fixture
def boss(demo: Any) -> Any:
    return get_user_model().objects.create_superuser("boss", email="boss@example.com")


@pytest.fixture
def staff(open_page: Any, live_server: Any) -> Staff:
    """Open a page of the admin in the browser of somebody who is signed in there."""

    def come(user: Any, address: str, **options: Any) -> Page:
        page = open_page(**options)
        client = Client()
        client.force_login(user)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([cookie])
        page.goto(address)
        return page

    return come


@pytest.fixture
def demo_inbox(settings: Any, tmp_path: Path, mail_through: Any) -> None:
    """The demo's inbox is where mail arrives."""
    settings.DEMO, settings.INBOX = True, tmp_path / "inbox"
    mail_through("example_project.inbox.EmailBackend")


@pytest.fixture
def inbox(demo_inbox: None, open_page: Any) -> Callable[[], Any]:
    """Look at the newest message in the demo's inbox."""
    page = None

    def newest() -> Any:
        nonlocal page
        page = page or open_page()
        page.goto("/inbox/")
        return page.locator("#messages > li").first

    return newest


def save(page: Page, button: str = "Save and continue editing") -> None:
    page.get_by_role("button", name=button, exact=True).click()


def subject(page: Page) -> Any:
    return page.get_by_label("Subject:")


def text(page: Page) -> Any:
    return page.get_by_label("Text part:")


# The story


def test_a_mail_is_written_tried_published_changed_and_brought_back(staff, writer, inbox, open_page, demo):
    page = staff(writer, "/admin/")
    page.get_by_role("link", name="Kinds of messages").first.click()
    page.get_by_role("link", name="One-touch login").click()
    page.get_by_role("link", name="de", exact=True).first.click()
    expect(subject(page)).to_have_value("Ihr Anmeldelink für #AppName#")
    expect(mail(page).get_by_role("heading", name="Bei Example Shop anmelden")).to_be_visible()

    subject(page).fill("Willkommen zurück bei #AppName#")
    text(page).fill(f"Schön, dass Sie da sind!\n\n{LINK}\n")
    html = page.get_by_label("HTML part:")
    html.fill(html.input_value().replace("Bei #AppName# anmelden</h1>", "Schön, dass Sie da sind</h1>"))
    expect(preview(page)).to_contain_text("Willkommen zurück bei Example Shop")
    expect(preview(page).locator("pre")).to_contain_text("Schön, dass Sie da sind!")
    expect(mail(page).get_by_role("heading", name="Schön, dass Sie da sind")).to_be_visible()
    assert not EmailTemplate.objects.exists()

    save(page, "Save and send me a test mail")
    expect(page.get_by_text("A test of version 1 is on its way to")).to_be_visible()
    trial = inbox()
    expect(trial.locator(".to")).to_contain_text("wanda@example.com")
    expect(trial.get_by_role("heading")).to_have_text("[Test] Willkommen zurück bei Example Shop")
    expect(trial.locator(".text")).to_contain_text("*** This is a test of a template.")
    stranger = open_page(trial.get_by_role("link").get_attribute("href"))
    expect(stranger.get_by_role("heading", name="This link is not known")).to_be_visible()

    save(page, "Save and publish")
    expect(page.get_by_text("Version 1 is published: it is sent from now on.")).to_be_visible()
    tv = open_page("/tv/", locale="de-DE")
    tv.get_by_role("button", name="No account needed").click()
    tv.locator("#who").fill("alice@example.com")
    tv.get_by_role("button", name="Send me a link").click()
    expect(tv.get_by_role("heading", name="Now look into your mail")).to_be_visible()
    arrived = inbox()
    expect(arrived.get_by_role("heading")).to_have_text("Willkommen zurück bei Example Shop")
    expect(arrived.locator(".text")).to_contain_text("Schön, dass Sie da sind!")
    reader = open_page(arrived.get_by_role("link").get_attribute("href"), locale="de-DE")
    expect(reader.locator("button[value=approve]")).to_be_visible()

    subject(page).fill("Hallo von #AppName#")
    page.get_by_label("Note:").fill("Kürzer")
    save(page)
    expect(page.get_by_text("version 1 is sent; version 2 is a draft")).to_be_visible()
    page.get_by_role("link", name="What changed").click()
    expect(page.get_by_text("From version 1 to version 2")).to_contain_text("wanda: Kürzer")
    expect(page.locator("#content").get_by_role("heading", level=2)).to_have_text(["Subject"])
    expect(page.locator("del")).to_contain_text("Willkommen zurück bei #AppName#")
    expect(page.locator("ins")).to_contain_text("Hallo von #AppName#")

    page.get_by_role("link", name="All versions").click()
    page.get_by_role("button", name="Restore 1").click()
    expect(page.get_by_text("Version 1 is back, as version 3. It is a draft until you publish it.")).to_be_visible()
    expect(subject(page)).to_have_value("Willkommen zurück bei #AppName#")
    page.get_by_role("link", name="Versions", exact=True).click()
    version_from(page, 1).check()
    version_to(page, 3).check()
    save(page, "Show what changed")
    expect(page.get_by_text("From version 1 to version 3")).to_be_visible()
    expect(page.get_by_text("The two versions say the same.")).to_be_visible()
    page.get_by_role("link", name="Back to the template").click()
    save(page, "Save and publish")
    expect(page.get_by_text("Version 3 is published: it is sent from now on.")).to_be_visible()
    page.get_by_role("link", name="Versions", exact=True).click()
    expect(page.get_by_role("row", name="sent now")).to_contain_text("Version 1 restored")
    start_email(demo, "bob@example.com", language="de")
    expect(inbox().get_by_role("heading")).to_have_text("Willkommen zurück bei Example Shop")


def test_a_draft_reaches_nobody(staff, writer, inbox, demo):
    page = staff(writer, studio.mail_address("en"))
    subject(page).fill("A draft")
    save(page)
    expect(page.get_by_text("version 1 is sent; version 2 is a draft")).to_be_visible()
    start_email(demo)
    expect(inbox().get_by_role("heading")).to_have_text("Your sign-in link for Example Shop")


# The preview


def test_what_is_wrong_is_said_beside_the_field_and_in_the_list_while_typing(staff, writer):
    page = staff(writer, studio.mail_address())
    expect(preview(page)).to_contain_text("All rules are kept.")
    subject(page).fill("123456 for #Nmae#")
    expect(notes_at(page, "subject")).to_have_text(
        [re.compile("^Error: Unknown here: #Nmae#"), re.compile("^Warning: ")]
    )
    expect(findings(page)).to_have_text(
        [re.compile("Error subject Unknown here"), re.compile("Warning subject The number")]
    )
    expect(notes_at(page, "text")).to_have_count(0)
    subject(page).fill("For #Name#")
    expect(preview(page)).to_contain_text("All rules are kept.")
    expect(page.locator(".studio-field-notes")).to_have_count(0)


def test_what_is_wrong_is_said_before_anything_is_typed(staff, writer):
    page = staff(writer, studio.faulty_mail_address())
    expect(notes_at(page, "subject")).to_have_count(2)
    expect(findings(page)).to_have_count(2)


def test_a_phone_is_as_narrow_as_phones_are(staff, writer):
    page = staff(writer, studio.mail_address())
    frame = preview(page).locator("iframe")
    assert frame.bounding_box()["width"] > 600
    page.get_by_label("Phone", exact=True).check()
    expect(preview(page).locator(".studio-phone")).to_be_visible()
    assert 360 <= frame.bounding_box()["width"] <= 376
    page.get_by_label("Desktop").check()
    expect(preview(page).locator(".studio-desktop")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_colour_schemes_are_shown_whichever_the_browser_prefers(staff, writer, scheme):
    page = staff(writer, studio.mail_address(), color_scheme=scheme)
    expect(mail(page).locator("body")).to_have_css("background-color", LIGHT_PAGE)
    page.get_by_label("Dark", exact=True).check()
    expect(mail(page).locator("body")).to_have_css("background-color", DARK_PAGE)


def test_another_language_is_shown_and_what_is_typed_stays(staff, writer):
    studio.written(language="de", subject="Hallo von #AppName#")
    page = staff(writer, studio.mail_address())
    subject(page).fill("Typed #Nmae#")
    expect(notes_at(page, "subject")).to_have_count(1)
    page.get_by_role("combobox", name="Language").select_option("de")
    expect(preview(page).locator(".studio-head")).to_contain_text("Hallo von Example Shop")
    page.get_by_role("combobox", name="Language").select_option("ar")
    expect(mail(page).locator("html")).to_have_attribute("dir", "rtl")
    expect(subject(page)).to_have_value("Typed #Nmae#")
    expect(notes_at(page, "subject")).to_have_count(1)


def test_a_customers_name_is_shown_masked(staff, boss, alice):
    page = staff(boss, studio.mail_address())
    subject(page).fill("For #UserName#")
    expect(preview(page)).to_contain_text("For alice")
    page.get_by_label("For a customer").fill("alice@example.com")
    expect(preview(page)).to_contain_text("For a•••")
    page.get_by_label("For a customer").fill("nobody@example.com")
    expect(preview(page)).to_contain_text("There is no customer with this address, number or UID.")


def test_who_may_not_see_customers_is_offered_none(staff, writer, alice):
    page = staff(writer, studio.mail_address())
    expect(page.get_by_role("combobox", name="Language")).to_be_visible()
    expect(page.get_by_label("For a customer")).to_have_count(0)


def test_nothing_in_a_preview_acts_or_asks_for_anything(staff, writer, httpserver):
    row = studio.written()
    html = ATTACK.replace("TRACKER", httpserver.url_for("").rstrip("/"))
    row.versions.update(content={**row.content, "html": html})
    page = staff(writer, studio.address("change", row.pk))
    expect(mail(page).get_by_role("heading", name="The mail")).to_be_visible()
    for words in ("Anew", "And once more"):
        text(page).fill(f"{words} {LINK}")
        expect(preview(page).locator("pre")).to_contain_text(words)
        expect(mail(page).get_by_role("heading", name="The mail")).to_be_visible()
    assert [request.path for request, _answer in httpserver.log] == []
    expect(page).not_to_have_title("owned")
    expect(preview(page).locator("iframe")).to_have_attribute("sandbox", "")


def test_enter_in_a_control_of_the_preview_saves_nothing(staff, boss):
    page = staff(boss, studio.mail_address())
    here = page.url
    page.get_by_label("For a customer").fill("nobody@example.com")
    page.keyboard.press("Enter")
    expect(preview(page)).to_contain_text("There is no customer")
    page.get_by_label("Dark", exact=True).press("Enter")
    subject(page).fill("Still here")
    expect(preview(page)).to_contain_text("Still here")
    assert page.url == here
    assert EmailTemplate.objects.get().latest == 1


@pytest.mark.parametrize("label", ["Subject:", "Note:"])
def test_enter_in_a_field_keeps_a_draft_and_publishes_nothing(staff, writer, label):
    page = staff(writer, studio.mail_address())
    subject(page).fill("Not yet")
    page.get_by_label(label).press("Enter")
    expect(page.get_by_text("version 1 is sent; version 2 is a draft")).to_be_visible()
    expect(subject(page)).to_have_value("Not yet")
    assert EmailTemplate.objects.get().published == 1


@pytest.mark.parametrize("fault", ["the network", "the server", "signed out"])
def test_a_preview_that_fails_says_so_and_loses_nothing(staff, writer, fault):
    page = staff(writer, studio.mail_address())
    answers = {
        "the network": lambda route: route.abort(),
        "the server": lambda route: route.fulfill(status=500, body="oh"),
        "signed out": lambda route: route.fulfill(status=200, body="<title>Log in</title>"),
    }
    page.route("**/preview/", answers[fault])
    subject(page).fill("Typed in vain?")
    expect(page.get_by_role("status")).to_have_text("The preview cannot be made now. What you typed is still here.")
    expect(subject(page)).to_have_value("Typed in vain?")
    expect(mail(page).get_by_role("heading")).to_be_visible()
    page.unroute("**/preview/")
    subject(page).press_sequentially(" No")
    expect(preview(page)).to_contain_text("Typed in vain? No")
    expect(page.get_by_role("status")).to_have_text("")


# Placeholders


def test_a_placeholder_is_put_where_the_cursor_was_with_the_mouse(staff, writer):
    page = staff(writer, studio.mail_address())
    text(page).fill(f"Hello !\n\n{LINK}")
    text(page).evaluate("each => each.setSelectionRange(6, 6)")
    page.get_by_role("button", name="Insert #Name#").click()
    expect(text(page)).to_have_value(f"Hello #Name#!\n\n{LINK}")
    expect(preview(page).locator("pre")).to_contain_text("Hello Alice Example!")
    subject(page).fill("For you")
    subject(page).evaluate("each => each.setSelectionRange(4, 7)")
    page.get_by_role("button", name="Insert #FirstName#").click()
    expect(subject(page)).to_have_value("For #FirstName#")
    expect(text(page)).to_have_value(f"Hello #Name#!\n\n{LINK}")


def test_a_placeholder_is_put_where_the_cursor_was_with_the_keyboard_alone(staff, writer):
    page = staff(writer, studio.mail_address())
    subject(page).fill("For , now")
    for key in ["Home", *["ArrowRight"] * 4, "Shift+Tab", "Shift+Tab"]:
        page.keyboard.press(key)
    button = page.locator(":focus")
    expect(button).to_have_accessible_name(re.compile("^Insert #"))
    inserted = button.text_content()
    page.keyboard.press("Enter")
    expect(subject(page)).to_be_focused()
    page.keyboard.type("!")
    expect(subject(page)).to_have_value(f"For {inserted}!, now")


# SMS and calls


def test_an_sms_is_shown_with_its_size_and_the_line_that_browsers_read(staff, writer):
    page = staff(writer, studio.sms_address())
    sms = page.get_by_label("SMS text:")
    sms.fill("#OTP# is your code")
    bubble = preview(page).locator(".studio-bubble")
    expect(bubble).to_have_text(re.compile(r"^123456 is your code\s+@localhost #123456$"))
    expect(preview(page)).to_contain_text(re.compile(r"GSM-7, \d+ characters: 1 message, \d+ left in it"))
    sms.fill(f"#OTP# is your code{'!' * 140}")
    expect(preview(page)).to_contain_text(re.compile(r"GSM-7, \d+ characters: 2 messages, \d+ left in the last"))
    sms.fill("#OTP# to Kod 🙂")
    expect(preview(page)).to_contain_text(re.compile(r"UCS-2, \d+ characters: 1 message.*because of:\s+🙂", re.DOTALL))
    expect(notes_at(page, "text")).to_have_text(re.compile("^Warning: “🙂” at place 14"))


def test_a_call_is_shown_as_it_is_said(staff, writer):
    page = staff(writer, studio.sms_address())
    page.get_by_label("Text of the call:").fill("It is #OTP#.")
    page.get_by_label("Said so many times:").fill("2")
    page.get_by_label("Language of the voice:").fill("en-GB")
    expect(preview(page).locator(".studio-call")).to_have_text("It is 123456. It is 123456.")
    expect(preview(page).get_by_text("Language of the voice:")).to_contain_text("en-GB")


@pytest.mark.parametrize("button", ["Save and send me a test SMS", "Save and call me"])
def test_who_has_no_number_is_told_so_and_keeps_what_was_typed(staff, writer, button, sms_outbox, voice_outbox):
    page = staff(writer, studio.sms_address())
    page.get_by_label("SMS text:").fill("#OTP#, and nothing else")
    save(page, button)
    expect(page.get_by_text("There is no address of yours to send it to")).to_be_visible()
    expect(page.get_by_label("SMS text:")).to_have_value("#OTP#, and nothing else")
    assert sms_outbox == voice_outbox == []


# Without JavaScript


def test_without_javascript_what_is_typed_is_shown_in_a_window_and_not_saved(staff, writer):
    page = staff(writer, studio.mail_address(), java_script_enabled=False)
    subject(page).fill("Only typed")
    page.get_by_label("Phone", exact=True).check()
    with page.context.expect_page() as opened:
        save(page, "Preview what is typed, without saving")
    window = opened.value
    expect(window.get_by_text("This is what you typed, and it is not saved.")).to_be_visible()
    expect(window.locator(".studio-head")).to_contain_text("Only typed")
    expect(window.locator(".studio-phone iframe")).to_be_visible()
    expect(subject(page)).to_have_value("Only typed")
    assert EmailTemplate.objects.get().latest == 1


def test_without_javascript_a_text_is_saved_published_and_brought_back(staff, writer):
    page = staff(writer, studio.mail_address(), java_script_enabled=False)
    expect(mail(page).get_by_role("heading")).to_be_visible()
    expect(page.locator(".studio-placeholders")).to_contain_text("#GUID#")
    subject(page).fill("Anew")
    save(page)
    expect(page.get_by_text("version 1 is sent; version 2 is a draft")).to_be_visible()
    save(page, "Save and publish")
    expect(page.get_by_text("Version 2 is published")).to_be_visible()
    page.get_by_role("link", name="Versions", exact=True).click()
    save(page, "Restore 1")
    expect(page.get_by_text("Version 1 is back, as version 3.")).to_be_visible()
    expect(subject(page)).to_have_value("Your sign-in link for #AppName#")


def test_without_javascript_enter_in_a_field_publishes_nothing(staff, writer):
    page = staff(writer, studio.mail_address(), java_script_enabled=False)
    subject(page).fill("Not yet")
    subject(page).press("Enter")
    expect(page.get_by_text("version 1 is sent; version 2 is a draft")).to_be_visible()


def test_without_javascript_what_is_wrong_is_said_when_it_is_saved(staff, writer):
    page = staff(writer, studio.mail_address(), java_script_enabled=False)
    subject(page).fill("For #Nmae#")
    save(page)
    expect(page.locator(".field-subject .errorlist")).to_have_text("Unknown here: #Nmae#.")
    expect(findings(page)).to_have_count(1)
    expect(subject(page)).to_have_value("For #Nmae#")


# Two people at once


def test_the_second_of_two_is_told_who_was_faster_and_puts_theirs_on_top_by_saving_again(staff, writer, boss):
    address = studio.mail_address()
    first, second = staff(writer, address), staff(boss, address)
    subject(second).fill("The second")
    subject(first).fill("The first")
    save(first, "Save and publish")
    expect(first.get_by_text("Version 2 is published")).to_be_visible()
    save(second)
    expect(second.get_by_text("wanda has saved or published version 2 while you were writing.")).to_be_visible()
    expect(subject(second)).to_have_value("The second")
    expect(preview(second)).to_contain_text("The second")
    assert EmailTemplate.objects.get().latest == 2
    save(second)
    expect(second.get_by_text("version 2 is sent; version 3 is a draft")).to_be_visible()
    expect(subject(second)).to_have_value("The second")


# For everybody


def found_by_axe(page: Page, options: dict[str, Any]) -> list[str]:
    page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")  # links fade into their colour
    results = Axe().run(page, LEFT_OUT, options).response
    return [
        f"{result['id']} ({result['impact']}): {node['html']} {[check['message'] for check in node['any']]}"
        for result in [*results["violations"], *results["incomplete"]]
        for node in result["nodes"]
    ]


def rings(page: Page) -> list[dict[str, Any]]:
    """What of ours the Tab key comes to, and whether that is seen."""
    page.locator("#content").evaluate("each => { each.tabIndex = -1; each.focus(); }")
    seen = []
    for _stop in range(page.locator(OURS).count() + 40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(RING, OURS))
    return [ring for ring in seen if ring]


def keep_picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        if page.locator("iframe").count():
            page.locator("iframe").scroll_into_view_if_needed()
            expect(mail(page).locator("body")).to_be_visible()
        page.screenshot(path=Path(folder) / f"studio-{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_the_studio_is_for_everybody(staff, boss, name, language):
    address = PAGES[name]()
    page = staff(boss, address, locale=language, color_scheme="light", bypass_csp=True)
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    for width in (DESKTOP, TABLET):
        page.set_viewport_size({"width": width, "height": 4000})  # it has no opinion of what has to be scrolled to
        assert found_by_axe(page, EVERYTHING if width == DESKTOP else TARGETS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        keep_picture(page, f"{name}-{language}-light-{width}")
        page.emulate_media(color_scheme="dark")
        keep_picture(page, f"{name}-{language}-dark-{width}")
        assert width != DESKTOP or found_by_axe(page, COLORS) == []
        page.emulate_media(color_scheme="light")
    met = rings(page)
    assert met
    assert [ring["what"] for ring in met if not ring["isSeen"]] == []


# Another admin


@pytest.fixture
def unfold_site(make_site: Any) -> Any:
    """A site whose admin is django-unfold's, in a process of its own, with its static files."""
    pytest.importorskip("unfold")
    secret = "only-of-this-test"
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "UNFOLD": "1", "DJANGO_SUPERUSER_PASSWORD": secret}
    site = make_site(environment={**environment, "SECRET_KEY": secret})
    site.manage("createsuperuser", "--noinput", "--username", "boss", "--email", "boss@example.com")
    site.start_server(static=True)
    return site


def test_under_unfold_a_text_is_written_looked_at_published_and_brought_back(unfold_site, chromium):
    with chromium.new_context(base_url=unfold_site.url, viewport={"width": DESKTOP, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(10_000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto("/admin/")
        page.locator("[name=username]").fill("boss")
        page.locator("[name=password]").fill("only-of-this-test")
        page.locator("[name=password]").press("Enter")
        page.get_by_role("link", name="Kinds of messages").first.click()
        expect(page.locator("body")).to_have_css("margin", "0px")
        expect(page.locator("html[x-data]")).to_have_count(1)  # it is unfold's
        page.locator("main, #content-main").get_by_role("link", name="One-touch login").first.click()
        keep_picture(page, "unfold-kind")
        page.get_by_role("link", name="de", exact=True).first.click()
        subject = page.locator("#id_subject")
        expect(subject).to_have_value("Ihr Anmeldelink für #AppName#")
        expect(subject).to_have_class(re.compile(r"\brounded"))  # a field of unfold's and not of Django's
        subject.fill("Willkommen, #Nmae#")
        expect(page.locator("#studio-notes-subject")).to_contain_text("Unknown here: #Nmae#")
        subject.fill("Willkommen, ")
        page.get_by_role("button", name="Insert #Name#").click()
        expect(preview(page)).to_contain_text("Willkommen, Alice Example")
        expect(mail(page).get_by_role("heading")).to_be_visible()
        keep_picture(page, "unfold-mail")
        save(page, "Save and publish")
        expect(page.get_by_text("Version 1 is published")).to_be_visible()
        subject.fill("Hallo")
        save(page)
        expect(page.get_by_text("version 1 is sent; version 2 is a draft")).to_be_visible()
        page.get_by_role("link", name="Versions", exact=True).click()
        keep_picture(page, "unfold-versions")
        save(page, "Show what changed")
        expect(page.locator("ins")).to_contain_text("Hallo")
        keep_picture(page, "unfold-diff")
        page.get_by_role("link", name="All versions").click()
        save(page, "Restore 1")
        expect(subject).to_have_value("Willkommen, #Name#")
        assert faults == []
