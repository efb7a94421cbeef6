"""The hosted pages of phone authentication, without a script: register, password, new password, account."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from loginradius_passwordless.hosted import phone_field
from loginradius_passwordless.identifiers import parse_email
from loginradius_passwordless.models import AccessToken, Customer, Identifier, LoginAttempt, Session

from .conftest import code_from, fields_of

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
REGISTER, REGISTER_CODE = "/signin/register/", "/signin/register/code/"
PASSWORD_PAGE, FORGOT, NEW = "/signin/password/", "/signin/password/forgot/", "/signin/password/new/"
ACCOUNT, ACCOUNT_CODE = "/signin/account/", "/signin/account/code/"
PHONE, NEW_PHONE, PASSWORD = "+14155550123", "+14155550188", "correct horse battery"


@pytest.fixture(autouse=True)
def _an_application(shop):
    return shop


@pytest.fixture
def roomy(site):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=99, SENDS_PER_DAY=99)


@pytest.fixture
def phil(phone_customer) -> Customer:
    phone_customer.user.set_password(PASSWORD)
    phone_customer.user.last_login = timezone.now()
    phone_customer.user.save()
    return phone_customer


def send(person, address, *, follow=False, **typed):
    """Fill a form of a page in, and send it."""
    page = person.get(address)
    assert page.status_code == 200, (address, page.status_code)
    return person.post(address, {**fields_of(page), **typed}, follow=follow)


def code_wrong(code):
    return f"{(int(code) + 1) % 10**6:06}"


def user_of(person):
    return person.session.get("_auth_user_id")


def said(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# An account


def test_an_account_is_made_with_a_code_and_the_browser_is_signed_in(person, sms_outbox):
    answer = send(person, f"{REGISTER}?next=/account/", phone=PHONE, password=PASSWORD, name="Alice Example")
    assert answer["Location"] == REGISTER_CODE
    assert User.objects.count() == 0
    page = person.get(REGISTER_CODE)
    assert PHONE in said(page)
    wrong = send(person, REGISTER_CODE, code=code_wrong(code_from(sms_outbox[0])))
    assert "1067" in said(wrong)
    answer = send(person, REGISTER_CODE, code=code_from(sms_outbox[0]))
    assert (answer.status_code, answer["Location"]) == (303, "/account/")
    user = User.objects.get()
    assert user_of(person) == str(user.pk)
    assert (user.first_name, user.last_name, user.check_password(PASSWORD)) == ("Alice", "Example", True)
    assert Customer.objects.get().full_name == "Alice Example"


def test_another_code_can_be_sent_or_called(person, sms_outbox, voice_outbox, roomy):
    send(person, REGISTER, phone=PHONE, password=PASSWORD)
    assert send(person, REGISTER_CODE, do="again").status_code == 302
    assert send(person, REGISTER_CODE, do="call").status_code == 302
    assert (len(sms_outbox), len(voice_outbox)) == (2, 1)
    assert send(person, REGISTER_CODE, code=code_from(voice_outbox[0])).status_code == 303


def test_who_asks_twice_is_sent_on_to_the_code(person, sms_outbox):
    for _turn in range(2):
        assert send(person, REGISTER, phone=PHONE, password=PASSWORD)["Location"] == REGISTER_CODE
    assert len(sms_outbox) == 1
    assert send(person, REGISTER_CODE, code=code_from(sms_outbox[0])).status_code == 303


def test_the_sites_rules_for_passwords_are_said_in_the_readers_language(person, settings):
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}]
    page = person.get(REGISTER, headers={"Accept-Language": "de"})
    typed = {**fields_of(page), "phone": PHONE, "password": "short"}
    answer = person.post(REGISTER, typed, headers={"Accept-Language": "de"})
    assert (answer.status_code, "Passwort ist zu kurz" in said(answer)) == (403, True)
    assert "short" not in said(answer)
    assert f'value="{PHONE}"' in answer.content.decode()


@pytest.mark.parametrize(("country", "number"), [
    ("US", "(415) 555-0123"), ("US", "415-555-0123"), ("", "+1 415 555 0123"), ("DE", "+14155550123"), ("", "0014155550123"),
    ("US", "４１５-555-0123"),
])  # fmt: skip
def test_a_number_is_understood_as_people_write_it(person, sms_outbox, country, number):
    assert send(person, REGISTER, country=country, phone=number, password=PASSWORD).status_code == 302
    assert sms_outbox[0].to == PHONE


def test_a_number_as_germans_write_theirs(person, sms_outbox):
    send(person, REGISTER, country="DE", phone="0151 23456789", password=PASSWORD)
    assert sms_outbox[0].to == "+4915123456789"


@pytest.mark.parametrize(
    ("country", "number"),
    [("", "415 555 0123"), ("US", "12"), ("XX", "4155550123"), ("US", ""), ("de", "0151 23456789")],
)
def test_what_is_no_number_is_refused(person, sms_outbox, country, number):
    answer = send(person, REGISTER, country=country, phone=number, password=PASSWORD)
    assert (answer.status_code, "1096" in said(answer)) == (400, True)
    assert sms_outbox == []


def test_the_country_of_the_browser_is_chosen(person, site):
    page = person.get(REGISTER, headers={"Accept-Language": "de-AT,de;q=0.9"}).content.decode()
    assert re.search(r'<option value="AT"[^>]*data-pattern="[^"]*"[^>]* selected>AT \+43', page)
    site(SMS_COUNTRIES=["PT"])
    page = person.get(REGISTER).content.decode()
    assert page.count("<option") == 2
    assert re.search(r'<option value="PT"[^>]* selected>', page)


def test_every_country_says_how_its_numbers_are_written():
    countries = {country.region: country for country in phone_field.countries()}
    assert len(countries) > 200
    assert (countries["US"].pattern, countries["US"].dialling_code) == ("###-###-####", 1)
    assert all(re.fullmatch(r"[# .-]*", country.pattern) for country in countries.values())


# A password


def test_a_number_and_a_password_sign_in(person, phil):
    answer = send(person, f"{PASSWORD_PAGE}?return_url=https://shop.example/welcome", phone=PHONE, password=PASSWORD)
    assert (answer.status_code, answer["Location"]) == (303, "https://shop.example/welcome")
    assert user_of(person) == str(phil.user.pk)
    assert Session.objects.get().browser_key == person.session.session_key


def test_an_address_that_is_not_on_the_list_is_refused(person, phil):
    assert "1249" in said(person.get(f"{PASSWORD_PAGE}?return_url=https://evil.example/"))


def test_a_wrong_password_is_said_and_not_shown(person, phil):
    answer = send(person, PASSWORD_PAGE, phone=PHONE, password="wrong wrong wrong")
    assert answer.status_code == 401
    assert "966" in said(answer)
    assert "wrong wrong wrong" not in answer.content.decode()
    assert user_of(person) is None


def test_a_number_that_is_not_verified_gets_its_code_first(person, phil, sms_outbox):
    Identifier.objects.update(proven_key=None, verified_at=None)
    assert send(person, PASSWORD_PAGE, phone=PHONE, password=PASSWORD)["Location"] == REGISTER_CODE
    send(person, REGISTER_CODE, code=code_from(sms_outbox[0]))
    assert user_of(person) == str(phil.user.pk)


def test_a_new_password_is_chosen_with_a_code(person, phil, sms_outbox):
    assert send(person, FORGOT, phone=PHONE)["Location"] == NEW
    weak = send(person, NEW, code=code_from(sms_outbox[0]), password="x" * 1025)
    assert "1134" in said(weak)
    missing = send(person, NEW, code=code_from(sms_outbox[0]), password="")
    assert "1089" in said(missing)
    done = send(person, NEW, code=code_from(sms_outbox[0]), password="another good password")
    assert (done.status_code, "new password" in said(done)) == (200, True)
    assert user_of(person) is None
    assert AccessToken.objects.count() == 0
    send(person, PASSWORD_PAGE, phone=PHONE, password="another good password")
    assert user_of(person) == str(phil.user.pk)


def test_who_is_signed_in_and_chooses_a_new_password_is_signed_out(at_home, sms_outbox):
    send(at_home, FORGOT, phone=PHONE)
    done = send(at_home, NEW, code=code_from(sms_outbox[-1]), password="another good password")
    assert (done.status_code, "new password" in said(done)) == (200, True)
    assert user_of(at_home) is None


@pytest.mark.parametrize("number", ["+١٤١٥٥٥٥٠١٢٣", "\u202a+1 415 555 0123\u202c", "+1–415–555–0123"])
def test_numbers_that_were_copied_or_typed_in_another_script_are_understood(person, sms_outbox, number):
    send(person, REGISTER, phone=number, password=PASSWORD)
    assert sms_outbox[0].to == PHONE


def test_a_reset_signs_other_browsers_out(person, phil, sms_outbox):
    other = Client()
    send(other, PASSWORD_PAGE, phone=PHONE, password=PASSWORD)
    assert user_of(other)
    send(person, FORGOT, phone=PHONE)
    send(person, NEW, code=code_from(sms_outbox[0]), password="another good password")
    assert other.get(ACCOUNT).status_code == 302
    assert user_of(other) is None


@pytest.mark.parametrize("address", [PASSWORD_PAGE, FORGOT, REGISTER])
def test_pages_that_are_switched_off_say_so(person, shop, address):
    shop.password_login = False
    shop.save()
    page = person.get(address)
    assert (page.status_code, "1286" in said(page)) == (403, True)
    sign_in = said(person.get("/signin/"))
    assert "There is no password" in sign_in
    assert "Create an account" not in sign_in


def test_nobody_registers_where_registration_is_off(person, shop):
    shop.registration = False
    shop.save()
    assert "1190" in said(person.get(REGISTER))
    assert "Create an account" not in said(person.get(PASSWORD_PAGE))


@pytest.mark.parametrize("address", [REGISTER_CODE, NEW, ACCOUNT_CODE])
def test_a_page_for_a_code_that_nobody_asked_for_leads_to_its_beginning(person, address):
    assert person.get(address).status_code == 302
    assert Client().post(address, {"code": "123456"}).status_code == 302


@pytest.mark.parametrize("address", [REGISTER, PASSWORD_PAGE, FORGOT, REGISTER_CODE, NEW, ACCOUNT, ACCOUNT_CODE])
def test_a_form_without_its_token_is_refused(person, address):
    assert person.post(address, {"phone": PHONE, "password": PASSWORD}).status_code == 403


# The account of whoever is signed in


@pytest.fixture
def at_home(person, phil) -> Client:
    """A browser that phil has signed in to a moment ago."""
    send(person, PASSWORD_PAGE, phone=PHONE, password=PASSWORD)
    return person


def test_the_account_shows_what_its_owner_goes_by(at_home, phil):
    Identifier.objects.add_proven(phil, parse_email("phil@example.com"))
    page = said(at_home.get(ACCOUNT))
    assert PHONE in page
    assert "phil@example.com" in page


def test_who_is_not_signed_in_signs_in_first(person):
    assert person.get(ACCOUNT)["Location"] == "/signin/?next=%2Fsignin%2Faccount%2F"


def test_a_user_of_the_site_who_is_no_customer_signs_in_first(person):
    person.force_login(User.objects.create_user("somebody"))
    assert person.get(ACCOUNT)["Location"] == "/signin/?next=%2Fsignin%2Faccount%2F"


def test_the_number_is_changed_with_a_code(at_home, phil, sms_outbox):
    assert send(at_home, ACCOUNT, do="change", phone=NEW_PHONE)["Location"] == ACCOUNT_CODE
    assert PHONE in said(at_home.get(ACCOUNT))
    assert NEW_PHONE in said(at_home.get(ACCOUNT_CODE))
    assert "1067" in said(send(at_home, ACCOUNT_CODE, code=code_wrong(code_from(sms_outbox[0]))))
    assert send(at_home, ACCOUNT_CODE, code=code_from(sms_outbox[0]))["Location"] == ACCOUNT
    assert NEW_PHONE in said(at_home.get(ACCOUNT))
    assert phil.identifiers.get().canonical == NEW_PHONE


def test_another_code_for_the_new_number(at_home, sms_outbox, roomy):
    send(at_home, ACCOUNT, do="change", phone=NEW_PHONE)
    assert send(at_home, ACCOUNT_CODE, do="again").status_code == 302
    assert [message.to for message in sms_outbox] == [NEW_PHONE] * 2


def test_what_cannot_be_changed_is_said(at_home, sms_outbox):
    assert "1073" in said(send(at_home, ACCOUNT, do="change", phone=PHONE))
    assert "1096" in said(send(at_home, ACCOUNT, do="change", phone="12"))
    assert "1043" in said(send(at_home, ACCOUNT, do="remove"))
    assert send(at_home, ACCOUNT, do="nonsense").status_code == 200
    assert sms_outbox == []


def test_the_number_is_removed_where_there_is_another_way_in(at_home, phil):
    Identifier.objects.add_proven(phil, parse_email("phil@example.com"))
    assert send(at_home, ACCOUNT, do="remove")["Location"] == ACCOUNT
    assert "none" in said(at_home.get(ACCOUNT))
    assert "Delete the account" not in said(at_home.get(ACCOUNT))


def test_a_sign_in_of_a_while_ago_asks_for_another_one(at_home, later, phil):
    later(minutes=11)
    answer = send(at_home, ACCOUNT, do="change", phone=NEW_PHONE)
    assert "1120" in said(answer)
    assert 'href="/signin/?apikey=shop-key-0001&amp;next=%2Fsignin%2Faccount%2F"' in answer.content.decode()
    send(at_home, f"{PASSWORD_PAGE}?next={ACCOUNT}", phone=PHONE, password=PASSWORD)
    assert send(at_home, ACCOUNT, do="change", phone=NEW_PHONE)["Location"] == ACCOUNT_CODE


def test_the_account_is_deleted_with_a_code(at_home, sms_outbox):
    assert send(at_home, ACCOUNT, do="delete")["Location"] == ACCOUNT_CODE
    assert PHONE in said(at_home.get(ACCOUNT_CODE))
    assert "1067" in said(send(at_home, ACCOUNT_CODE, code=code_wrong(code_from(sms_outbox[0]))))
    done = send(at_home, ACCOUNT_CODE, code=code_from(sms_outbox[0]))
    assert "deleted" in said(done)
    assert user_of(at_home) is None
    assert User.objects.count() == Customer.objects.count() == 0
    assert at_home.get(ACCOUNT).status_code == 302


def test_a_session_that_was_ended_changes_nothing(at_home, phil, sms_outbox):
    page = at_home.get(ACCOUNT)
    Session.objects.update(ended_at=timezone.now())
    answer = at_home.post(ACCOUNT, {**fields_of(page), "do": "change", "phone": NEW_PHONE})
    assert answer["Location"] == "/signin/?next=%2Fsignin%2Faccount%2F"
    assert sms_outbox == []
    assert not LoginAttempt.objects.filter(recipient=NEW_PHONE).exists()
