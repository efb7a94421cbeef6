"""What goes wrong on the sign-in pages is said where the person looks, and they go on from there."""

import pytest
from playwright.sync_api import Page, expect

from . import signing_in
from .signing_in import (
    CODE_PAGE,
    ROOMY,
    WANTED,
    ask,
    code_field,
    code_in,
    enter,
    expect_correction,
    expect_signed_out,
    expect_wanted,
    link_in,
    mails,
    posts,
    who,
    wrong,
)

want = signing_in.want


@pytest.fixture
def page(want) -> Page:
    return want()


def test_a_wrong_code_is_explained_and_the_right_one_then_works(page, mailbox):
    ask(page)
    enter(page, wrong(code_in(mailbox)))
    expect_correction(page, "This code is not right")
    expect(code_field(page)).to_have_value("")
    page.keyboard.type(code_in(mailbox))
    page.keyboard.press("Enter")
    expect_wanted(page)


def test_an_expired_code_is_explained_and_another_message_helps(page, mailbox, later):
    ask(page)
    later(minutes=6)
    enter(page, code_in(mailbox))
    expect_correction(page, "This code has expired")
    page.get_by_role("button", name="Send another message").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert len(mails(mailbox)) == 2
    enter(page, code_in(mailbox))
    expect_wanted(page)


def test_after_too_many_wrong_codes_another_message_helps(page, mailbox, site):
    site(**ROOMY)
    ask(page)
    code = code_in(mailbox)
    for _guess in range(5):
        enter(page, wrong(code))
    enter(page, code)
    expect_correction(page, "This code can no longer be used")
    page.get_by_role("button", name="Send another message").click()
    enter(page, code_in(mailbox))
    expect_wanted(page)


def test_who_asks_again_too_soon_is_told_that_a_message_is_on_its_way(page, mailbox):
    ask(page)
    page.get_by_role("button", name="Send another message").click()
    expect(page.get_by_role("alert")).to_contain_text("already on its way")
    enter(page, code_in(mailbox))
    expect_wanted(page)


def test_a_used_link_says_so_and_a_new_message_helps(page, open_page, mailbox, site):
    site(**ROOMY)
    ask(page)
    enter(page, code_in(mailbox))
    expect_wanted(page)
    other = open_page(link_in(mailbox))
    expect(other.get_by_role("heading", name="This link was used before")).to_be_visible()
    expect(other.get_by_role("alert")).to_contain_text("A link works once, and so does the code beside it")
    expect_signed_out(other)
    ask(other)
    enter(other, code_in(mailbox))
    expect(other.get_by_role("heading", name="Your account")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("alice@", "This is not an e-mail address"),
        ("+1", "This is not a phone number"),
        ("x" * 254, "That does not look right"),
    ],
)
def test_what_is_nobody_is_explained_and_kept_for_correction(page, mailbox, name, words):
    who(page).fill(name)
    who(page).press("Enter")
    expect_correction(page, words)
    expect(who(page)).to_have_value(name)
    ask(page)
    enter(page, code_in(mailbox))
    expect_wanted(page)


def test_an_empty_field_is_not_sent(page, mailbox):
    with posts(page) as sent:
        page.get_by_role("button", name="Continue").click()
        expect(who(page)).to_be_focused()
    assert sent == []
    ask(page)
    with posts(page) as sent:
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(code_field(page)).to_be_focused()
    assert sent == []


def test_another_address_may_be_used_and_still_ends_where_the_person_wanted_to_go(page, mailbox):
    ask(page, "alise@example.com")
    assert mails(mailbox) == []
    page.get_by_role("link", name="Use another address, name or number").click()
    expect(who(page)).to_be_focused()
    ask(page)
    enter(page, code_in(mailbox))
    expect_wanted(page)


def test_who_asks_for_the_same_again_too_soon_may_type_the_code_all_the_same(page, mailbox):
    ask(page)
    page.go_back()
    ask(page)
    assert len(mails(mailbox)) == 1
    enter(page, code_in(mailbox))
    expect_wanted(page)


def test_who_presses_twice_gets_one_message_and_may_type_its_code(page, mailbox):
    who(page).fill("alice@example.com")
    page.get_by_role("button", name="Continue").dblclick()
    expect(page.get_by_role("heading", name="Enter the code")).to_be_visible()
    assert len(mails(mailbox)) == 1
    enter(page, code_in(mailbox))
    expect_wanted(page)


def test_going_back_from_where_one_is_signed_in_asks_for_no_code(page, mailbox):
    ask(page)
    enter(page, code_in(mailbox))
    expect_wanted(page)
    page.goto(CODE_PAGE)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    page.goto(WANTED)
    page.go_back()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
