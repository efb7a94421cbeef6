"""The stories of passwordless login, told the same under every user model; see ``test_user_models``.

Alice is a user of the site whom this app has never seen: she has an address there, and a login name if the model has
one. Where people sign in with their phone she has a number; where they do not, she has proven one before.
"""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from loginradius_passwordless.identifiers import parse_email
from loginradius_passwordless.models import Customer, Event, Identifier

from ..conftest import code_from, customer_of, error_code, link_from, start_email, start_phone, token_from
from ..conftest import ping as ping_device
from ..conftest import press as press_on_landing_page
from ..test_sign_in_page import ask, enter, fields_of, press, user_of

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
EMAIL, PHONE = "alice@example.com", "+14155550123"
NAMES = {
    "auth.User": {"username": "alice"},
    "user_models.EmailUser": {},
    "user_models.PhoneUser": {"phone_number": PHONE},
}


def make_user(email, **fields):
    names = NAMES[User._meta.label]
    return User.objects.create(email=email, **{**names, **fields})


@pytest.fixture
def alice(shop):
    return make_user(EMAIL)


@pytest.fixture
def alice_with_phone(alice):
    if User.USERNAME_FIELD != "phone_number":
        customer_of(alice, phone=PHONE)
    return alice


def test_by_the_code_in_the_mail(person, mailbox, alice):
    ask(person, EMAIL)
    assert mailbox[0].to == [EMAIL]
    assert enter(person, "000000" if code_from(mailbox[0]) != "000000" else "111111").status_code == 403
    assert enter(person, code_from(mailbox[0])).status_code == 303
    assert user_of(person) == alice
    assert Customer.objects.get().user == alice


def test_by_the_link_in_the_mail(person, mailbox, alice):
    ask(person, EMAIL)
    page = person.get(link_from(mailbox[0]), follow=True)
    assert person.post("/signin/link/", {**fields_of(page), "decision": "here"}).status_code == 303
    assert user_of(person) == alice
    assert b"used before" in Client().get(link_from(mailbox[0]), follow=True).content


def test_by_the_code_in_the_sms(person, sms_outbox, alice_with_phone):
    ask(person, PHONE)
    assert enter(person, code_from(sms_outbox[0])).status_code == 303
    assert user_of(person) == alice_with_phone


def test_by_the_login_name(api, person, mailbox, alice):
    """A name typed on the page; where it is an address or a number, as the parameter ``username`` of the API."""
    name = alice.get_username()
    if User.USERNAME_FIELD == "username":
        ask(person, name)
        assert enter(person, code_from(mailbox[0])).status_code == 303
        assert user_of(person) == alice
        return
    assert api.get("auth/login/passwordlesslogin/email", username=name).json() == {"IsPosted": True}
    assert mailbox[0].to == [EMAIL]
    answer = api.post(
        "auth/login/passwordlesslogin/username/verifyotp", {"username": name, "otp": code_from(mailbox[0])}
    )
    assert answer.json()["Profile"]["Uid"] == Customer.objects.get(user=alice).uid


def test_an_expired_code_helps_on(person, mailbox, alice, later):
    ask(person, EMAIL)
    later(minutes=6)
    assert b"has expired" in enter(person, code_from(mailbox[0])).content
    press(person, "again")
    assert enter(person, code_from(mailbox[1])).status_code == 303


def test_over_the_api_by_mail_and_by_phone(api, mailbox, sms_outbox, alice_with_phone):
    api.get("auth/login/passwordlesslogin/email", email=EMAIL)
    by_phone = api.get("auth/login/passwordlesslogin/otp", phone=PHONE)
    assert by_phone.json()["IsPosted"] is True
    answer = api.put("auth/login/passwordlesslogin/otp/verify", {"phone": PHONE, "otp": code_from(sms_outbox[0])})
    assert answer.status_code == 200
    if User.USERNAME_FIELD == "phone_number":
        # Her address is now that of a customer who has proven something else: mail alone does not open the account.
        assert error_code(api.get("auth/login/passwordlesslogin/email/verify", vtoken=token_from(mailbox[0]))) == 938
    assert User.objects.count() == 1


def test_what_the_site_verified_opens_the_account_by_either(api, mailbox, sms_outbox, alice_with_phone, site):
    site(SITE_EMAILS_ARE_VERIFIED=True, SITE_PHONES_ARE_VERIFIED=True)
    api.get("auth/login/passwordlesslogin/otp", phone=PHONE)
    api.put("auth/login/passwordlesslogin/otp/verify", {"phone": PHONE, "otp": code_from(sms_outbox[0])})
    api.get("auth/login/passwordlesslogin/email", email=EMAIL)
    answer = api.get("auth/login/passwordlesslogin/email/verify", vtoken=token_from(mailbox[-1]))
    assert answer.json()["Profile"]["Uid"] == Customer.objects.get().uid
    assert Identifier.objects.count() == 2


@pytest.mark.parametrize("verified", ["SITE_EMAILS_ARE_VERIFIED", "SITE_PHONES_ARE_VERIFIED"])
def test_a_row_with_one_address_that_the_site_verified_is_not_opened_by_another_that_it_did_not(
    api, mailbox, sms_outbox, alice, site, verified
):
    """Mallory's row, in which somebody wrote the address, or number, of a victim: both must not meet in one account."""
    if User.USERNAME_FIELD != "phone_number":
        return  # no number stands in the row of such a user
    site(**{verified: True})
    api.get("auth/login/passwordlesslogin/otp", phone=PHONE)
    api.get("auth/login/passwordlesslogin/email", email=EMAIL)
    code, token = code_from(sms_outbox[0]), token_from(mailbox[0])
    ways = [
        lambda: api.put("auth/login/passwordlesslogin/otp/verify", {"phone": PHONE, "otp": code}),
        lambda: api.get("auth/login/passwordlesslogin/email/verify", vtoken=token),
    ]
    victims, mallorys = ways if verified == "SITE_EMAILS_ARE_VERIFIED" else reversed(ways)
    assert error_code(victims()) == 1220
    assert mallorys().status_code == 200
    assert Identifier.objects.count() == 1


def test_an_inactive_user_does_not_get_in(person, mailbox, alice):
    ask(person, EMAIL)
    User.objects.update(is_active=False)
    assert b"blocked" in enter(person, code_from(mailbox[0])).content
    ask(Client(), EMAIL)
    assert len(mailbox) == 1
    assert not Customer.objects.exists()


def test_of_two_users_with_one_address_nobody_gets_in(person, mailbox, alice):
    """One of them as IDNA spells the domain: two texts to every database, and one mailbox."""
    names = {} if User.USERNAME_FIELD == "email" else {User.USERNAME_FIELD: "+14155550199"}
    User.objects.update(email="alice@bücher.example")
    make_user("alice@xn--bcher-kva.example", **names)
    ask(person, "alice@bücher.example")
    assert b"may not sign in" in enter(person, code_from(mailbox[0])).content
    assert "2 of the site's users" in Event.objects.get(name="sign_in_refused").detail


def test_a_new_person_registers_by_one_touch_and_comes_back_by_passwordless(
    api, person, mailbox, sms_outbox, shop, site
):
    site(RESEND_GAP=0)
    guid = start_email(api, "new@example.com")
    press_on_landing_page(Client(enforce_csrf_checks=True), link_from(mailbox[0]), "approve")
    registered = ping_device(api, guid).json()["Profile"]["Uid"]
    ask(person, "new@example.com")
    assert enter(person, code_from(mailbox[-1])).status_code == 303
    assert user_of(person).passwordless_customer.uid == registered
    start_phone(api, "+14155550177")
    answer = api.put("auth/onetouchlogin/phone/verify", {"phone": "+14155550177", "otp": code_from(sms_outbox[0])})
    assert answer.status_code == 200
    other = Client()
    ask(other, "+14155550177")
    assert enter(other, code_from(sms_outbox[-1])).status_code == 303
    assert user_of(other).passwordless_customer.uid == answer.json()["Profile"]["Uid"]


def test_a_stranger_gets_no_message_and_no_account(person, mailbox, sms_outbox, alice):
    for who in ("nobody@example.com", "+14155550188"):
        ask(person, who)
    assert not mailbox
    assert not sms_outbox
    assert User.objects.count() == 1


# Phone numbers and passwords

PASSWORD, NEWCOMER, NEW_PHONE = "correct horse battery", "+14155550199", "+14155550188"


def sign_in(api, phone):
    return api.post("auth/login", {"phone": phone, "password": PASSWORD})


def test_by_a_number_and_a_password_after_registering(api, shop_secret, sms_outbox):
    body = {"PhoneId": NEWCOMER, "Password": PASSWORD, "UserName": "newt", "FirstName": "Newt"}
    assert api.post("auth/register", body, headers={"X-LoginRadius-ApiSecret": shop_secret}).status_code == 200
    profile = api.put("auth/phone/otp", {"phone": NEWCOMER}, otp=code_from(sms_outbox[0])).json()["Profile"]
    assert profile["UserName"] == ("newt" if User.USERNAME_FIELD == "username" else None)
    assert profile["FirstName"] == "Newt"
    assert sign_in(api, NEWCOMER).json()["Profile"]["Uid"] == profile["Uid"]


def test_a_changed_number_is_the_login_name_where_numbers_are(api, site, sms_outbox, alice_with_phone):
    site(SITE_PHONES_ARE_VERIFIED=True)
    alice_with_phone.set_password(PASSWORD)
    alice_with_phone.save()
    customer = Customer.objects.first() or customer_of(alice_with_phone, phone=PHONE)
    token = {"Authorization": f"Bearer {sign_in(api, PHONE).json()['access_token']}"}
    assert api.put("auth/phone", {"phone": NEW_PHONE}, headers=token).status_code == 200
    code = code_from([sms for sms in sms_outbox if sms.to == NEW_PHONE][-1])
    assert api.put("auth/phone/otp", headers=token, otp=code).status_code == 200
    alice_with_phone.refresh_from_db()
    has_number = User.USERNAME_FIELD == "phone_number"
    assert (alice_with_phone.get_username() == NEW_PHONE) is has_number
    # What the site signs people in with cannot be taken off here alone.
    Identifier.objects.add_proven(customer, parse_email(EMAIL))
    removed = api.call("DELETE", "auth/phone", headers=token)
    assert (error_code(removed) == 1043) if has_number else (removed.json() == {"IsDeleted": True})


def test_the_next_owner_of_a_number_does_not_get_the_account(api, site, sms_outbox, alice_with_phone):
    """Where the number is the login name, the old row keeps it: the site's table refuses a second one."""
    long_ago = timezone.now() - timedelta(days=400)
    for is_verified in (False, True):
        site(SITE_PHONES_ARE_VERIFIED=is_verified, RESEND_GAP=0)
        User.objects.update(last_login=long_ago)
        Identifier.objects.update(verified_at=long_ago)
        start_phone(api)
        answer = api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp=code_from(sms_outbox[-1]))
        if User.USERNAME_FIELD == "phone_number":
            assert error_code(answer) == 1220
        else:
            assert Customer.objects.get(uid=answer.json()["Profile"]["Uid"]).user != alice_with_phone
            return
