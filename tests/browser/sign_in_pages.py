"""The way to each of the pages that sign in to the site, as people come to them. In any language, so by no words."""

from collections.abc import Callable
from typing import Any, Literal

from django.contrib.auth import get_user_model

from loginradius_passwordless.models import Application, LoginAttempt, Session

from ..conftest import customer_of, link_from
from .hosted_pages import ELSEWHERE, Visit, picture
from .signing_in import IPHONE, NOT_REQUIRING, PHONE, WINDOWS, code_in, link_in, wrong

LONG_NAME = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
LONG_ADDRESS = f"alice@{'subdomain.' * 20}example.com"


def press(visit: Visit, selector: str) -> None:
    """Press a button that brings another page."""
    with visit.page.expect_navigation():
        visit.page.locator(selector).click()


def press_for(visit: Visit, selector: str, role: Literal["alert", "status"]) -> None:
    """Press a button whose page says what went wrong, or what was done."""
    press(visit, selector)
    visit.page.get_by_role(role).wait_for()


def sign_in_empty(visit: Visit) -> None:
    visit.page.goto("/signin/")


def sign_in_with_an_error(visit: Visit) -> None:
    sign_in_empty(visit)
    type_name(visit, "alice@")
    visit.page.get_by_role("alert").wait_for()


def sign_in_with_a_logo(visit: Visit) -> None:
    Application.objects.update(logo=picture(360, 96))
    sign_in_empty(visit)


def sign_in_with_a_long_name(visit: Visit) -> None:
    Application.objects.update(name=LONG_NAME)
    sign_in_empty(visit)


def sign_in_to_nothing(visit: Visit) -> None:
    visit.page.goto("/signin/?apikey=unknown-key")


def type_name(visit: Visit, name: str) -> None:
    visit.page.locator("#who").fill(name)
    press(visit, "button.primary")


def ask_for_code(visit: Visit, name: str = "alice@example.com") -> None:
    sign_in_empty(visit)
    type_name(visit, name)
    visit.page.locator("#code").wait_for()


def code_by_email(visit: Visit) -> None:
    ask_for_code(visit)


def code_by_phone(visit: Visit) -> None:
    ask_for_code(visit, PHONE)


def code_by_name(visit: Visit) -> None:
    ask_for_code(visit, "alice")


def code_with_a_long_address(visit: Visit) -> None:
    ask_for_code(visit, LONG_ADDRESS)


def code_typed(visit: Visit) -> None:
    ask_for_code(visit)
    visit.page.locator("#code").fill("123456")


def code_wrong(visit: Visit) -> None:
    meet_alice()
    ask_for_code(visit)
    visit.page.locator("#code").fill(wrong(code_in(visit.mailbox)))
    press_for(visit, "button.primary", "alert")


def code_not_confirmed(visit: Visit) -> None:
    ask_for_code(visit)
    press_for(visit, "button[value=confirmed]", "alert")


def code_wrong_by_phone(visit: Visit) -> None:
    ask_for_code(visit, PHONE)
    visit.page.locator("#code").fill("000000")
    press_for(visit, "button.primary", "alert")


def meet_alice() -> None:
    """Have the site know her."""
    user, is_new = get_user_model().objects.get_or_create(username="alice")
    if is_new:
        customer_of(user, "alice@example.com")


def ask_for_link(visit: Visit) -> None:
    meet_alice()
    ask_for_code(visit)
    LoginAttempt.objects.update(asked_agent=WINDOWS)


def open_elsewhere(visit: Visit, link: str) -> None:
    """Open a link in what is another browser to the site."""
    visit.page.context.clear_cookies()
    visit.page.goto(link)


def link_in_the_same_browser(visit: Visit) -> None:
    ask_for_link(visit)
    visit.page.goto(link_in(visit.mailbox))


def link_in_another_browser(visit: Visit) -> None:
    ask_for_link(visit)
    open_elsewhere(visit, link_in(visit.mailbox))


def link_with_a_number_picked(visit: Visit) -> None:
    link_in_another_browser(visit)
    visit.page.get_by_role("radio").nth(1).check()


def link_with_its_number_missing(visit: Visit) -> None:
    link_in_another_browser(visit)
    visit.page.locator("form").evaluate(NOT_REQUIRING)
    press_for(visit, "button[value=approve]", "alert")


def link_from_another_network(visit: Visit) -> None:
    ask_for_link(visit)
    LoginAttempt.objects.update(asked_address=ELSEWHERE)
    visit.later(minutes=7)
    open_elsewhere(visit, link_in(visit.mailbox))


def link_with_a_long_name(visit: Visit) -> None:
    Application.objects.update(name=LONG_NAME)
    link_in_another_browser(visit)


def link_confirmed(visit: Visit) -> None:
    link_in_another_browser(visit)
    number = str(LoginAttempt.objects.get().match.number)
    visit.page.locator(f"input[value='{number}']").check()
    press_for(visit, "button[value=approve]", "status")


def link_refused(visit: Visit) -> None:
    link_in_another_browser(visit)
    press_for(visit, "button[value=deny]", "status")


def link_used(visit: Visit) -> None:
    link_in_another_browser(visit)
    press(visit, "button[value=here]")
    open_elsewhere(visit, link_in(visit.mailbox))
    visit.page.get_by_role("alert").wait_for()


def sign_in_twice(visit: Visit) -> str:
    """Sign in on a new kind of device, and return the link from the mail about it."""
    for _time in range(2):
        Session.objects.update(device="a Mac")
        visit.page.context.clear_cookies()
        ask_for_link(visit)
        visit.page.locator("#code").fill(code_in(visit.mailbox))
        press(visit, "button.primary")
    Session.objects.exclude(device="a Mac").update(agent=IPHONE)
    notices = [mail for mail in visit.mailbox if "/not-me/" in mail.body]  # in any language
    return link_from(notices[0])


def notice(visit: Visit) -> None:
    open_elsewhere(visit, sign_in_twice(visit))


def notice_with_a_long_name(visit: Visit) -> None:
    link = sign_in_twice(visit)
    Application.objects.update(name=LONG_NAME)
    Session.objects.update(address="2001:db8:85a3:1234:5678:8a2e:1370:7334")
    open_elsewhere(visit, link)


def notice_from_another_country(visit: Visit) -> None:
    link = sign_in_twice(visit)
    Session.objects.update(address=ELSEWHERE)
    open_elsewhere(visit, link)


def notice_done(visit: Visit) -> None:
    notice(visit)
    press_for(visit, "button[value=disown]", "status")


def notice_over(visit: Visit) -> None:
    link = sign_in_twice(visit)
    open_elsewhere(visit, link)
    press_for(visit, "button[value=disown]", "status")
    visit.page.goto(link)


SIGN_IN_PAGES: dict[str, Callable[[Visit], Any]] = {
    way.__name__.replace("_", "-"): way
    for way in [
        sign_in_empty, sign_in_with_an_error, sign_in_with_a_logo, sign_in_with_a_long_name, sign_in_to_nothing,
        code_by_email, code_by_phone, code_by_name, code_with_a_long_address, code_typed, code_wrong,
        code_not_confirmed, code_wrong_by_phone, link_in_the_same_browser, link_in_another_browser,
        link_with_a_number_picked, link_with_its_number_missing, link_from_another_network, link_with_a_long_name,
        link_confirmed, link_refused, link_used, notice, notice_with_a_long_name, notice_from_another_country,
        notice_done, notice_over,
    ]
}  # fmt: skip
