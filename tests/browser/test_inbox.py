"""The demo's inbox: everything that was sent, shown safely, and only where that is meant."""

import re
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import expect

from example_project import inbox

LINK = "http://testserver/signin/link/?vtype=onetouchlogin&vtoken=abcdefghijklmnopqrstuvwxyz_-0123456789ABCDEF"


@pytest.fixture
def demo_inbox(settings, tmp_path: Path):
    settings.DEMO = True
    settings.INBOX = tmp_path
    return inbox


def test_there_is_no_inbox_unless_the_site_is_a_demo(demo, settings):
    settings.DEMO = False
    assert Client().get("/inbox/").status_code == 404
    assert b"/inbox/" not in Client().get("/").content
    settings.DEMO = True
    assert Client().get("/inbox/").status_code == 200
    assert b"/inbox/" in Client().get("/").content


def test_messages_are_shown_newest_first_with_their_links_and_codes(demo_inbox, open_page):
    demo_inbox.put("email", "alice@example.com", f"Open it:\n\n{LINK}\n", "Your link", "<p>Open it</p>")
    demo_inbox.put("sms", "+14155550123", "123456 is your code.\n\n@testserver #123456")
    demo_inbox.put("voice", "+14155550199", "Your code is: 654321.")
    page = open_page("/inbox/")
    messages = page.locator("#messages > li")
    expect(messages).to_have_count(3)
    expect(messages.nth(0)).to_contain_text("+14155550199")
    expect(messages.nth(0).locator("code")).to_have_text("654321")
    expect(messages.nth(1)).to_contain_text("SMS")
    expect(messages.nth(1).locator("code")).to_have_text("123456")
    expect(messages.nth(2).get_by_role("heading")).to_have_text("Your link")
    expect(messages.nth(2).get_by_role("link")).to_have_attribute("href", LINK)
    expect(messages.nth(2).get_by_role("link")).to_have_attribute("rel", "nofollow")


def test_nothing_in_a_message_can_act_on_the_page(demo_inbox, open_page):
    attack = "<script>parent.document.title = 'owned'; document.title = 'owned'</script>"
    demo_inbox.put("email", "alice@example.com", attack, attack, f'"></iframe>{attack}<h1>The mail</h1>')
    page = open_page("/inbox/")
    page.get_by_text("How the mail looks").click()
    expect(page.frame_locator("iframe").get_by_role("heading", name="The mail", include_hidden=True)).to_be_attached()
    expect(page).to_have_title(re.compile("^Inbox"))
    assert page.locator("#messages script").count() == 0
    assert len(page.frames) == 2


def test_a_new_message_appears_by_itself_and_moves_nobody(demo_inbox, open_page):
    demo_inbox.put("email", "alice@example.com", "The first", "First", "<p>The first</p>")
    page = open_page("/inbox/")
    summary = page.get_by_text("How the mail looks")
    summary.click()
    demo_inbox.put("sms", "+14155550123", "123456 is your code.")
    expect(page.locator("#messages > li")).to_have_count(2)
    expect(page.locator("#messages > li").first).to_contain_text("123456")
    expect(page.locator("details")).to_have_attribute("open", "")
    expect(summary).to_be_focused()
    page.goto("about:blank")


def test_an_empty_inbox_says_so_until_the_first_message(demo_inbox, open_page):
    page = open_page("/inbox/")
    expect(page.get_by_text("Nothing was sent yet.")).to_be_visible()
    demo_inbox.put("sms", "+14155550123", "123456 is your code.")
    expect(page.locator("#messages > li")).to_have_count(1)
    expect(page.get_by_text("Nothing was sent yet.")).to_have_count(0)
    page.goto("about:blank")


def test_without_javascript_refresh_shows_what_is_new(demo_inbox, open_page):
    page = open_page("/inbox/", java_script_enabled=False)
    demo_inbox.put("sms", "+14155550123", "123456 is your code.")
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_text("123456 is your code.")).to_be_visible()
