"""Password login and reset by phone."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import identify_hasher, make_password
from django.test import Client
from django.utils import timezone

from loginradius_passwordless.flows import steps
from loginradius_passwordless.flows.steps import passwords
from loginradius_passwordless.models import AccessToken, Customer, Event, Identifier, LoginAttempt, Session

from .conftest import code_from, error_code, link_from, ping, press, start_email

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
PHONE, STRANGERS, PASSWORD = "+14155550123", "+14155550199", "correct horse battery"
ROOMY = {
    "RESEND_GAP": 0, "SENDS_PER_TEN_MINUTES": 999, "SENDS_PER_DAY": 999, "STARTS_PER_HOUR_PER_ADDRESS": 9999,
    "FAILURES_PER_MINUTE_PER_ADDRESS": 9999,
}  # fmt: skip


@pytest.fixture
def phil(phone_customer) -> Customer:
    """A customer who signs in with a phone and a password."""
    phone_customer.user.set_password(PASSWORD)
    phone_customer.user.last_login = timezone.now()  # was here before: nobody is welcomed
    phone_customer.user.save()
    return phone_customer


def login(api, password=PASSWORD, phone=PHONE):
    return api.post("auth/login", {"phone": phone, "password": password})


def forgot(api, phone=PHONE, **query):
    answer = api.post("auth/password/otp", {"phone": phone}, **query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def reset(api, code, password="another good password", phone=PHONE):
    return api.put("auth/password/otp", {"phone": phone, "otp": code, "password": password})


def bearer(answer):
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


# Login


def test_a_number_and_a_password_sign_in(api, phil):
    answer = login(api)
    assert answer.json()["Profile"]["Uid"] == phil.uid
    assert api.get("auth/account", headers=bearer(answer)).status_code == 200
    attempt = LoginAttempt.objects.get()
    assert (attempt.flow, attempt.state, attempt.channel) == ("phone", "consumed", "")
    assert list(Event.objects.values_list("name", flat=True)) == ["signed_in"]


def test_the_number_may_be_spelled_in_any_way(api, phil):
    assert login(api, phone="+1 (415) 555-0123").status_code == 200
    assert login(api, phone=" 14155550123").status_code == 200


@pytest.mark.parametrize("phone", [PHONE, STRANGERS])
def test_wrong_is_wrong_whoever_it_is(api, phil, phone):
    answer = login(api, "wrong", phone)
    assert (answer.status_code, error_code(answer)) == (401, 966)
    assert AccessToken.objects.count() == 0


def test_an_account_without_a_password_has_none(api, phone_customer):
    for password in ("", "!", phone_customer.user.password, "wrong"):
        assert error_code(login(api, password)) == (966 if password else 1089)


def test_an_old_hash_is_replaced_on_the_way(api, phil, settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher", "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    ]  # fmt: skip
    phil.user.password = make_password(PASSWORD, hasher="pbkdf2_sha1")
    phil.user.save()
    assert login(api).status_code == 200
    assert identify_hasher(User.objects.get().password).algorithm == "md5"


def test_only_phones_go_with_passwords_here(api, alice):
    assert error_code(api.post("auth/login", {"email": "alice@example.com", "password": PASSWORD})) == 1077
    assert error_code(api.post("auth/login", {"username": "alice", "password": PASSWORD})) == 1077
    assert error_code(api.post("auth/login", {"password": PASSWORD})) == 1076
    assert error_code(api.post("auth/login", {"phone": PHONE})) == 1089
    assert error_code(api.post("auth/login", {"phone": PHONE, "password": ["x"]})) == 908
    assert error_code(api.post("auth/login", b"{")) == 965


@pytest.mark.parametrize(("switch", "code"), [("password_login", 1286), ("phone_login", 1074)])
def test_each_application_may_switch_it_off(api, shop, phil, switch, code):
    setattr(shop, switch, False)
    shop.save()
    assert error_code(login(api)) == code
    assert error_code(api.post("auth/password/otp", {"phone": PHONE})) == code
    assert error_code(reset(api, "123456")) == code


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_a_blocked_customer_is_told_only_after_the_password(api, phil, password):
    Customer.objects.update(is_blocked=True)
    assert error_code(login(api, password)) == (991 if password == PASSWORD else 966)
    assert AccessToken.objects.count() == 0


def test_an_inactive_user_and_staff_stay_out(api, phil):
    User.objects.update(is_active=False)
    assert error_code(login(api)) == 991
    User.objects.update(is_active=True, is_staff=True)
    assert error_code(login(api)) == 1220


def test_a_number_that_is_only_claimed_opens_nothing(api, phil, sms_outbox):
    Identifier.objects.update(proven_key=None, verified_at=None)
    assert error_code(login(api)) == 1066
    assert error_code(login(api, "wrong")) == 966
    answer = api.put("auth/phone/otp", {"phone": PHONE}, otp=code_from(sms_outbox[0]))
    assert answer.json()["Profile"]["Uid"] == phil.uid
    assert login(api).status_code == 200


# Lockout


def test_wrong_passwords_lock_the_password_and_nothing_else(api, phil, sms_outbox, site):
    site(**ROOMY)
    for _try in range(10):
        assert error_code(login(api, "wrong")) == 966
    answer = login(api)
    assert (answer.status_code, error_code(answer)) == (403, 1198)
    assert answer.json()["Data"]["LoginLockedTimeout"].endswith("Z")
    assert "code" in answer.json()["Description"]
    api.get("auth/login/passwordlesslogin/otp", phone=PHONE)
    code = code_from(sms_outbox[0])
    assert api.put("auth/login/passwordlesslogin/otp/verify", {"phone": PHONE, "otp": code}).status_code == 200
    assert login(api).status_code == 200  # the proof of the phone has forgiven the rest


def test_a_stranger_locks_alike(api, site):
    site(**ROOMY)
    codes = [error_code(login(api, "wrong", STRANGERS)) for _try in range(11)]
    assert codes == [966] * 10 + [1198]


def test_wrong_codes_leave_the_password_open(api, phil, sms_outbox, site):
    site(IDENTITY_FAILURES=3, **ROOMY)
    forgot(api)
    wrong = f"{(int(code_from(sms_outbox[0])) + 1) % 10**6:06}"
    codes = [error_code(reset(api, wrong)) for _try in range(4)]
    assert codes[-1] == 1198
    assert login(api).status_code == 200


def test_the_lock_ends_and_a_right_password_forgives(api, phil, site, later):
    site(**ROOMY)
    for _try in range(10):
        login(api, "wrong")
    later(minutes=2)
    assert login(api).status_code == 200
    assert [error_code(login(api, "wrong")) for _try in range(3)] == [966] * 3


def test_guesses_from_one_address_are_counted(api, phil):
    codes = [error_code(login(api, "wrong", f"+1415555{n:04}")) for n in range(200, 211)]
    assert codes == [966] * 10 + [429]


def test_a_right_password_is_no_guess_though_the_number_is_not_verified(api, phil, site):
    site(**ROOMY)
    Identifier.objects.update(proven_key=None, verified_at=None)
    assert {error_code(login(api)) for _try in range(12)} == {1066}


# A new password


def test_a_code_sets_a_new_password_and_signs_nobody_in(api, phil, sms_outbox):
    answer = forgot(api)
    assert set(answer) == {"IsPosted", "Data"}
    answer = reset(api, code_from(sms_outbox[0]))
    assert answer.json() == {"IsPosted": True}
    assert error_code(login(api)) == 966
    assert login(api, "another good password").status_code == 200
    assert AccessToken.objects.count() == 1
    assert api.get("auth/account", headers=bearer(login(api, "another good password"))).json()["LastPasswordChangeDate"]


def test_a_reset_ends_everything_and_tells_once(api, phil, shop_secret, sms_outbox, site):
    site(**ROOMY)
    old, browser = login(api), Client()
    browser.force_login(User.objects.get())
    assert browser.get("/account/").status_code == 200
    api.get("auth/login/passwordlesslogin/otp", phone=PHONE)
    api.post("auth/onetouchlogin/phone", {"phone": PHONE})
    forgot(api)
    forgot(api)
    others = [code_from(message) for message in sms_outbox[:3]]
    assert reset(api, code_from(sms_outbox[3])).json() == {"IsPosted": True}
    assert error_code(api.get("auth/account", headers=bearer(old))) == 905
    secret, refresh_token = {"X-LoginRadius-ApiSecret": shop_secret}, old.json()["refresh_token"]
    again = api.get("manage/account/access_token/refresh", headers=secret, refresh_token=refresh_token)
    assert error_code(again) == 1217
    assert not Session.objects.live().exists()
    assert browser.get("/account/").status_code == 302
    assert error_code(api.put("auth/login/passwordlesslogin/otp/verify", {"phone": PHONE, "otp": others[0]})) == 1067
    assert error_code(api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE, "otp": others[1]})) == 1067
    assert error_code(reset(api, others[2])) == 1067
    [notice] = sms_outbox[4:]
    assert "password was changed" in notice.text
    assert error_code(reset(api, code_from(sms_outbox[3]))) in {1067, 1068}


def test_the_notice_goes_to_the_mailbox_where_there_is_one(api, phil, sms_outbox, mailbox):
    customer = Customer.objects.get()
    from loginradius_passwordless.identifiers import parse_email

    Identifier.objects.add_proven(customer, parse_email("phil@example.com"))
    forgot(api)
    reset(api, code_from(sms_outbox[0]))
    assert len(sms_outbox) == 1
    assert [mail.to for mail in mailbox] == [["phil@example.com"]]
    assert "password" in mailbox[0].subject
    assert "another good password" not in mailbox[0].body


def test_a_weak_password_does_not_use_the_code_up(api, phil, sms_outbox, settings):
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
        {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    ]
    User.objects.update(username="philomena-the-great")
    forgot(api)
    code = code_from(sms_outbox[0])
    assert error_code(reset(api, code, "short")) == 1134
    assert error_code(reset(api, code, "philomena-the-grea")) == 1134  # a rule that knows the person
    assert error_code(reset(api, code, "x" * 1025)) == 1134
    assert login(api).status_code == 200  # nothing has changed yet
    assert reset(api, code).status_code == 200


def test_nobody_learns_who_has_an_account(api, phil, sms_outbox):
    assert forgot(api, STRANGERS).keys() == forgot(api).keys()
    assert len(sms_outbox) == 1
    assert error_code(reset(api, "123456", phone=STRANGERS)) == 1067


def test_a_site_may_reveal_it(api, phil, site):
    site(REVEAL_UNKNOWN_ACCOUNTS=True)
    assert error_code(api.post("auth/password/otp", {"phone": STRANGERS})) == 1043


def test_the_code_can_be_called(api, phil, voice_outbox):
    forgot(api, isvoiceotp="true")
    assert reset(api, code_from(voice_outbox[0])).status_code == 200


def test_a_customer_who_never_had_a_password_can_choose_one(api, phone_customer, sms_outbox):
    forgot(api)
    assert reset(api, code_from(sms_outbox[0])).status_code == 200
    assert login(api, "another good password").json()["Profile"]["Uid"] == phone_customer.uid


def test_a_blocked_customer_gets_no_code(api, phil, sms_outbox):
    Customer.objects.update(is_blocked=True)
    forgot(api)
    assert sms_outbox == []


def test_somebody_blocked_meanwhile_changes_nothing(api, phil, sms_outbox):
    forgot(api)
    Customer.objects.update(is_blocked=True)
    assert error_code(reset(api, code_from(sms_outbox[0]))) == 991
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("body", "code"),
    [({}, 1076), ({"phone": PHONE}, 908), ({"phone": PHONE, "otp": "123456"}, 1089), ({"phone": "1"}, 1096)],
)
def test_what_is_missing_is_said(api, body, code):
    assert error_code(api.put("auth/password/otp", body)) == code


def test_two_resets_with_one_code_are_one(api, phil, sms_outbox):
    forgot(api)
    code = code_from(sms_outbox[0])
    assert reset(api, code).status_code == 200
    assert error_code(reset(api, code, "a third good password")) == 1068
    assert login(api, "another good password").status_code == 200


# What happens between the right password and the session


@pytest.mark.parametrize(("module", "name"), [(steps, "sign_in_with_password"), (passwords, "_sign_in")])
def test_the_old_password_signs_nobody_in_after_a_reset(api, phil, sms_outbox, monkeypatch, module, name):
    sign_in = getattr(module, name)

    def meanwhile(*arguments):
        monkeypatch.undo()
        forgot(api)
        assert reset(api, code_from(sms_outbox[0])).status_code == 200
        return sign_in(*arguments)

    monkeypatch.setattr(module, name, meanwhile)
    assert error_code(login(api)) == 966
    assert not AccessToken.objects.live().exists()


@pytest.mark.parametrize(
    ("module", "name"), [(steps, "sign_in_with_password"), (passwords, "_sign_in"), (passwords, "sign_in")]
)
def test_somebody_deleted_meanwhile_is_no_fault(api, phil, monkeypatch, module, name):
    sign_in = getattr(module, name)

    def meanwhile(*arguments):
        monkeypatch.undo()
        Customer.objects.all().delete()
        return sign_in(*arguments)

    monkeypatch.setattr(module, name, meanwhile)
    assert error_code(login(api)) in {938, 966}


def test_a_reset_leaves_the_logins_of_a_mailbox_alone_that_was_only_claimed(
    api, alice, sms_outbox, mailbox, person, shop_secret, site
):
    site(**ROOMY)
    body = {"PhoneId": STRANGERS, "Password": PASSWORD, "Email": "alice@example.com"}
    api.post("auth/register", body, headers={"X-LoginRadius-ApiSecret": shop_secret})
    api.put("auth/phone/otp", {"phone": STRANGERS}, otp=code_from(sms_outbox[0]))
    guid = start_email(api)
    forgot(api, STRANGERS)
    assert reset(api, code_from(sms_outbox[-1]), phone=STRANGERS).status_code == 200
    press(person, link_from(mailbox[0]), "approve")
    assert ping(api, guid).status_code == 200
