"""The way to each of the pages for phone numbers and passwords, as people come to them. By no words, as above."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model

from loginradius_passwordless import access_tokens
from loginradius_passwordless.backends.sms import locmem
from loginradius_passwordless.models import Application, Customer, Session
from loginradius_passwordless.models.database import Now

from ..conftest import code_from, customer_of
from .hosted_pages import Visit, picture
from .sign_in_pages import LONG_ADDRESS, LONG_NAME, press, press_for
from .signing_in import PHONE, wrong

PASSWORD, NEW_PASSWORD, NEW_PHONE = "correct horse battery", "another good password", "+14155550188"
REGISTER, PASSWORD_PAGE, FORGOT = "/signin/register/", "/signin/password/", "/signin/password/forgot/"
ACCOUNT = "/signin/account/"


def meet_phil(email: str = "") -> Customer:
    """Have the site know somebody with a phone number and a password."""
    user = get_user_model().objects.create(username="phil")
    user.set_password(PASSWORD)
    user.save()
    return customer_of(user, email, PHONE)


def code_in_sms() -> str:
    return code_from(locmem.outbox[-1])


def fill(visit: Visit, **fields: str) -> None:
    """Fill fields in, each found by its id."""
    for name, text in fields.items():
        visit.page.locator(f"#{name}").fill(text)


def register_empty(visit: Visit) -> None:
    visit.page.goto(REGISTER)


def register_with_a_logo_and_a_long_name(visit: Visit) -> None:
    Application.objects.update(name=LONG_NAME, logo=picture(360, 96))
    register_empty(visit)


def register_with_a_wrong_number(visit: Visit) -> None:
    register_empty(visit)
    fill(visit, phone="12", name="Alice", password=PASSWORD)
    press_for(visit, "button.primary", "alert")


def register_with_a_weak_password(visit: Visit) -> None:
    register_empty(visit)
    fill(visit, phone=PHONE, password="password")
    press_for(visit, "button.primary", "alert")


def register_code(visit: Visit) -> None:
    register_empty(visit)
    fill(visit, phone=PHONE, password=PASSWORD)
    press(visit, "button.primary")
    visit.page.locator("#code").wait_for()


def register_code_wrong(visit: Visit) -> None:
    register_code(visit)
    enter_code(visit, wrong(code_in_sms()))


def register_off(visit: Visit) -> None:
    Application.objects.update(registration=False)
    register_empty(visit)


def enter_code(visit: Visit, code: str) -> None:
    """Enter a code that the page objects to."""
    fill(visit, code=code)
    press_for(visit, "button.primary", "alert")


def password_empty(visit: Visit) -> None:
    visit.page.goto(PASSWORD_PAGE)


def password_wrong(visit: Visit) -> None:
    password_empty(visit)
    fill(visit, phone=PHONE, password=NEW_PASSWORD)
    press_for(visit, "button.primary", "alert")


def forgot_empty(visit: Visit) -> None:
    visit.page.goto(FORGOT)


def forgot_with_a_wrong_number(visit: Visit) -> None:
    forgot_empty(visit)
    fill(visit, phone="12")
    press_for(visit, "button.primary", "alert")


def new_password(visit: Visit) -> None:
    meet_phil()
    forgot_empty(visit)
    fill(visit, phone=PHONE)
    press(visit, "button.primary")
    visit.page.locator("#code").wait_for()


def new_password_with_a_wrong_code(visit: Visit) -> None:
    new_password(visit)
    fill(visit, password=NEW_PASSWORD)
    enter_code(visit, wrong(code_in_sms()))


def new_password_too_weak(visit: Visit) -> None:
    new_password(visit)
    fill(visit, password="password")
    enter_code(visit, code_in_sms())


def new_password_chosen(visit: Visit) -> None:
    new_password(visit)
    fill(visit, code=code_in_sms(), password=NEW_PASSWORD)
    press_for(visit, "button.primary", "status")


def account(visit: Visit, email: str = "") -> None:
    meet_phil(email)
    visit.page.goto(f"{PASSWORD_PAGE}?next={ACCOUNT}")
    fill(visit, phone=PHONE, password=PASSWORD)
    press(visit, "button.primary")
    visit.page.locator("button[value=change]").wait_for()


def be_signed_in_elsewhere() -> None:
    """Have phil signed in on another device, which was used since."""
    session = Session.objects.create(
        customer=Customer.objects.get(), application=Application.objects.latest("pk"), device="a Windows computer",
        agent="Mozilla/5.0 (Windows NT 10.0)", address="2001:db8:85a3:8d3:1319:8a2e:370:7348",
    )  # fmt: skip
    access_tokens.issue(session, session.customer.user)
    Session.objects.filter(pk=session.pk).update(created_at=Now() - timedelta(hours=2))


def account_opened(visit: Visit) -> None:
    account(visit, "phil@example.com")
    be_signed_in_elsewhere()
    visit.page.goto(ACCOUNT)
    for summary in visit.page.locator("summary").all():
        summary.click()


def account_with_a_long_address(visit: Visit) -> None:
    Application.objects.update(name=LONG_NAME)
    account(visit, LONG_ADDRESS)


def account_with_a_wrong_number(visit: Visit) -> None:
    account(visit)
    ask_for_number(visit, "12")
    visit.page.get_by_role("alert").wait_for()


def account_after_a_while(visit: Visit) -> None:
    account(visit)
    visit.later(minutes=11)
    ask_for_number(visit)
    visit.page.get_by_role("alert").wait_for()


def account_with_no_other_way_in(visit: Visit) -> None:
    account(visit)
    visit.page.locator("summary").first.click()
    press_for(visit, "button[value=remove]", "alert")


def account_without_a_phone(visit: Visit) -> None:
    account(visit, "phil@example.com")
    visit.page.locator("summary").first.click()
    press(visit, "button[value=remove]")


def ask_for_number(visit: Visit, phone: str = NEW_PHONE) -> None:
    """Ask for another number on the account's page."""
    fill(visit, phone=phone)
    press(visit, "button[value=change]")


def account_code(visit: Visit) -> None:
    account(visit)
    ask_for_number(visit)
    visit.page.locator("#code").wait_for()


def account_code_wrong(visit: Visit) -> None:
    account_code(visit)
    enter_code(visit, wrong(code_in_sms()))


def delete_code(visit: Visit) -> None:
    account(visit)
    visit.page.locator("summary").last.click()
    press(visit, "button[value=delete]")
    visit.page.locator("#code").wait_for()


def delete_code_wrong(visit: Visit) -> None:
    delete_code(visit)
    enter_code(visit, wrong(code_in_sms()))


def account_deleted(visit: Visit) -> None:
    delete_code(visit)
    fill(visit, code=code_in_sms())
    press_for(visit, "button.primary", "status")
    assert not Session.objects.exists()


PHONE_PAGES: dict[str, Callable[[Visit], Any]] = {
    way.__name__.replace("_", "-"): way
    for way in [
        register_empty, register_with_a_logo_and_a_long_name, register_with_a_wrong_number,
        register_with_a_weak_password, register_code, register_code_wrong, register_off, password_empty,
        password_wrong, forgot_empty, forgot_with_a_wrong_number, new_password, new_password_with_a_wrong_code,
        new_password_too_weak, new_password_chosen, account, account_opened, account_with_a_long_address,
        account_with_a_wrong_number, account_after_a_while, account_with_no_other_way_in, account_without_a_phone,
        account_code, account_code_wrong, delete_code, delete_code_wrong, account_deleted,
    ]
}  # fmt: skip
