"""Registration by phone: it waits for its code, and nobody has anything before."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import is_password_usable
from django.core.management import call_command
from django.db.models import F

from loginradius_passwordless.flows import registration as registration_flow
from loginradius_passwordless.flows.steps import registering
from loginradius_passwordless.models import (
    AccessToken,
    Customer,
    Event,
    Identifier,
    LoginAttempt,
    Message,
    Registration,
)
from loginradius_passwordless.models.database import Now

from .conftest import code_from, customer_of, error_code

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
PHONE, PASSWORD = "+14155550123", "correct horse battery"
ROOMY = {
    "RESEND_GAP": 0, "SENDS_PER_TEN_MINUTES": 999, "SENDS_PER_DAY": 999, "STARTS_PER_HOUR_PER_ADDRESS": 9999,
    "FAILURES_PER_MINUTE_PER_ADDRESS": 9999, "LOOKUPS_PER_MINUTE_PER_ADDRESS": 9999,
}  # fmt: skip


@pytest.fixture
def register(api, shop_secret):
    """Register as an application's own server does."""

    def call(phone=PHONE, password=PASSWORD, query=None, **profile):
        secret = {"X-LoginRadius-ApiSecret": shop_secret}
        body = {"PhoneId": phone, "Password": password, **profile}
        return api.post("auth/register", body, headers=secret, **(query or {}))

    return call


def verify(api, code, phone=PHONE):
    return api.put("auth/phone/otp", {"phone": phone}, otp=code)


def login(api, password=PASSWORD, phone=PHONE):
    return api.post("auth/login", {"phone": phone, "password": password})


def bearer(answer):
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def nothing_waits():
    """No registration that a code could still finish, and nothing of what was typed."""
    told = {"password", "user_name", "email", "profile"}
    for row in Registration.objects.values(*told):
        assert (row["user_name"], row["email"], row["profile"]) == ("", "", {})
        assert not is_password_usable(row["password"])
    return not Registration.objects.filter(expires_at__gt=Now()).exists()


# The way through


def test_a_registration_waits_for_its_code_and_there_is_nobody_before(api, register, sms_outbox):
    answer = register(FirstName="Alice", LastName="Example")
    assert (answer.status_code, answer.json()["IsPosted"]) == (200, True)
    assert set(answer.json()["Data"]) == {"AccountSid", "Sid"}
    assert User.objects.count() == Customer.objects.count() == Identifier.objects.count() == 0
    assert error_code(login(api)) == 1066
    answer = verify(api, code_from(sms_outbox[0]))
    assert answer.status_code == 200, answer.content
    profile = answer.json()["Profile"]
    assert (profile["PhoneId"], profile["PhoneIdVerified"], profile["FirstName"]) == (PHONE, True, "Alice")
    assert profile["Password"] is None
    assert api.get("auth/account", headers=bearer(answer)).json()["Uid"] == profile["Uid"]
    assert User.objects.get().check_password(PASSWORD)
    assert nothing_waits()
    answer = login(api)
    assert answer.json()["Profile"]["Uid"] == profile["Uid"]


def test_what_waits_holds_no_password_in_clear_and_ends(api, register, sms_outbox, later):
    register()
    waiting = Registration.objects.get()
    assert PASSWORD not in waiting.password
    later(hours=2)
    assert error_code(login(api)) == 966
    assert error_code(verify(api, code_from(sms_outbox[0]))) in {1067, 1069}
    assert User.objects.count() == 0


def test_the_purge_takes_what_has_ended(register, later):
    register()
    later(hours=47)
    call_command("purge_passwordless", stdout=StringIO())
    assert Registration.objects.count() == 1
    later(hours=3)
    call_command("purge_passwordless", stdout=StringIO())
    assert Registration.objects.count() == 0


def test_the_profile_is_kept(api, register, sms_outbox):
    register(
        UserName="alice", Email=[{"Type": "Primary", "Value": "Alice@Example.com"}], FullName="Alice B. Example",
        Company="Ex  Ltd", CustomFields={"shoe": "42"}, BirthDate="01-02-1990",
    )  # fmt: skip
    profile = verify(api, code_from(sms_outbox[0])).json()["Profile"]
    assert profile["UserName"] == "alice"
    assert profile["FullName"] == "Alice B. Example"
    assert (profile["Company"], profile["BirthDate"], profile["CustomFields"]) == (
        "Ex Ltd",
        "01-02-1990",
        {"shoe": "42"},
    )
    assert profile["UnverifiedEmail"] == [{"Type": "Primary", "Value": "Alice@example.com"}]
    assert (profile["Email"], profile["EmailVerified"]) == (None, False)
    assert User.objects.get().email == ""  # nobody has proven it


def test_another_code_can_be_sent_and_both_work(api, register, sms_outbox, site):
    site(**ROOMY)
    register(FirstName="Alice")
    assert api.post("auth/phone/otp", {"phone": PHONE}).status_code == 200
    first, second = map(code_from, sms_outbox)
    assert verify(api, first).status_code == 200
    assert User.objects.get().first_name == "Alice"
    assert verify(api, second).status_code == 200  # the same phone, so the same person
    assert Customer.objects.count() == 1


def test_the_code_can_be_left_to_a_later_call(api, register, sms_outbox):
    answer = register(query={"options": "PreventVerificationSms,unknown"})
    assert answer.json() == {"IsPosted": True}
    assert sms_outbox == []
    api.post("auth/phone/otp", {"phone": PHONE})
    assert verify(api, code_from(sms_outbox[0])).status_code == 200
    assert login(api).status_code == 200


def test_the_code_can_be_called(api, register, sms_outbox, voice_outbox):
    assert register(query={"isvoiceotp": "true"}).status_code == 200
    assert sms_outbox == []
    assert verify(api, code_from(voice_outbox[0])).status_code == 200


def test_a_password_login_before_the_code_sends_another_one(api, register, sms_outbox, site):
    site(**ROOMY)
    register()
    assert error_code(login(api)) == 1066
    assert len(sms_outbox) == 2
    assert (
        error_code(api.post("auth/login", {"phone": PHONE, "password": PASSWORD}, options="preventverificationsms"))
        == 1066
    )
    assert len(sms_outbox) == 2
    assert error_code(login(api, "something else entirely")) == 966
    assert len(sms_outbox) == 2
    assert verify(api, code_from(sms_outbox[1])).status_code == 200


# Who may register


def test_registration_needs_a_sott_or_the_secret(api, shop_secret):
    body = {"PhoneId": PHONE, "Password": PASSWORD}
    assert error_code(api.post("auth/register", body)) == 1048
    assert error_code(api.post("auth/register", body, sott="nonsense")) == 1049
    assert error_code(api.post("auth/register", body, headers={"X-LoginRadius-ApiSecret": "wrong"})) == 902
    sott = api.get("manage/account/sott", headers={"X-LoginRadius-ApiSecret": shop_secret}).json()["Sott"]
    assert api.post("auth/register", body, headers={"X-LoginRadius-Sott": sott}).status_code == 200


def test_registration_can_be_switched_off(api, shop, register):
    shop.registration = False
    shop.save()
    assert error_code(register()) == 1190
    shop.registration, shop.phone_login = True, False
    shop.save()
    assert error_code(register()) == 1074


# Numbers that somebody has


def test_a_number_with_an_account_is_answered_alike_and_told(api, register, sms_outbox, phone_customer):
    mine = register(phone="+14155550199").json()
    theirs = register().json()
    assert mine.keys() == theirs.keys()
    assert mine["Data"].keys() == theirs["Data"].keys()
    assert "already" in sms_outbox[1].text
    assert not any(char.isdigit() for char in sms_outbox[1].text.split("\n")[0].replace(PHONE, ""))
    assert error_code(verify(api, "123456")) == 1067
    assert Customer.objects.count() == 1
    assert error_code(login(api)) == 966


def test_a_site_that_reveals_accounts_says_so(register, site, phone_customer):
    site(REVEAL_UNKNOWN_ACCOUNTS=True)
    assert error_code(register()) == 1058


def test_a_blocked_customer_gets_nothing(register, sms_outbox, phone_customer):
    Customer.objects.update(is_blocked=True)
    assert register().status_code == 200
    assert sms_outbox == []


def test_a_user_name_that_is_taken_is_said_to_be(register, alice):
    assert error_code(register(UserName="ALICE")) == 1017


def test_a_user_name_taken_meanwhile_keeps_nobody_out(api, register, sms_outbox):
    register(UserName="alice")
    User.objects.create_user("alice")
    profile = verify(api, code_from(sms_outbox[0])).json()["Profile"]
    assert profile["UserName"] is None
    assert login(api).status_code == 200


# Pre-hijacking


def attack(register, site):
    site(**ROOMY)
    return register(password="the attacker knows it", UserName="mallory", Email="mallory@example.com", FirstName="M")


def test_an_attackers_registration_dies_when_the_victim_signs_in_by_one_touch(api, register, sms_outbox, site):
    attack(register, site)
    api.post("auth/onetouchlogin/phone", {"phone": PHONE})
    answer = api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp=code_from(sms_outbox[1]))
    assert answer.status_code == 200
    assert_alone(api, sms_outbox[0])


def assert_alone(api, attackers_message):
    """The victim is alone in the account: nothing that the attacker typed or asked for works, or is there."""
    assert error_code(login(api, "the attacker knows it")) == 966
    assert nothing_waits()
    assert Customer.objects.count() == User.objects.count() == 1
    profile = Customer.objects.get()
    assert (profile.full_name, profile.profile) == ("", {})
    assert list(Identifier.objects.values_list("kind", flat=True)) == ["phone"]
    assert not User.objects.filter(username="mallory").exists()
    assert not User.objects.get().check_password("the attacker knows it")


def test_a_victim_who_registers_is_alone_whichever_code_comes_first(api, register, sms_outbox, site):
    """Nobody can tell which of two codes is theirs: both passwords die, the attacker's and the victim's."""
    attack(register, site)
    register()
    assert verify(api, code_from(sms_outbox[0])).status_code == 200  # the code of the attacker's registration
    assert_alone(api, sms_outbox[0])
    assert error_code(login(api)) == 966  # the victim asks for a new password, with the phone


def test_also_where_the_victims_own_message_was_refused(api, register, sms_outbox, site):
    register(password="the attacker knows it")
    assert error_code(register()) == 1123  # a code is on its way: the attacker's
    assert verify(api, code_from(sms_outbox[0])).status_code == 200
    assert not User.objects.get().has_usable_password()


def test_an_attacker_who_comes_second_gains_nothing(api, register, sms_outbox, site):
    site(**ROOMY)
    register(FirstName="Victoria")
    attack(register, site)
    assert verify(api, code_from(sms_outbox[1])).status_code == 200
    assert_alone(api, sms_outbox[1])


def test_somebody_who_registers_twice_with_one_password_keeps_it(api, register, sms_outbox, site):
    site(**ROOMY)
    register()
    register(FirstName="Alice")
    assert verify(api, code_from(sms_outbox[1])).status_code == 200
    assert login(api).json()["Profile"]["FirstName"] == "Alice"


def test_an_old_registration_of_somebody_else_costs_nobody_a_password(api, register, sms_outbox, site, later):
    attack(register, site)
    later(hours=2)
    register()
    assert verify(api, code_from(sms_outbox[1])).status_code == 200
    assert login(api).status_code == 200


def test_a_registration_of_another_application_is_not_sent_again(api, api_of, bank, register, sms_outbox, site):
    site(**ROOMY)
    register()
    assert api_of(bank).post("auth/phone/otp", {"phone": PHONE}).status_code == 200
    assert len(sms_outbox) == 1


@pytest.mark.parametrize("is_refused", [True, False])
def test_two_who_register_in_the_same_moment_both_lose_what_they_brought(
    api, register, sms_outbox, monkeypatch, site, is_refused
):
    if not is_refused:
        site(**ROOMY)
    make_password = registering.make_password

    def meanwhile(password):
        monkeypatch.undo()
        assert register(password="the attacker knows it").status_code == 200
        return make_password(password)

    monkeypatch.setattr(registering, "make_password", meanwhile)
    answer = register()
    assert error_code(answer) == 1123 if is_refused else answer.status_code == 200
    assert verify(api, code_from(sms_outbox[0])).status_code == 200
    assert not User.objects.get().has_usable_password()


def test_a_number_that_is_proven_while_somebody_registers_it_is_no_fault(api, register, sms_outbox, monkeypatch, site):
    site(**ROOMY)
    send = registration_flow._register

    def meanwhile(*arguments, **options):
        monkeypatch.undo()
        api.post("auth/onetouchlogin/phone", {"phone": PHONE})
        assert (
            api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp=code_from(sms_outbox[0])).status_code
            == 200
        )
        return send(*arguments, **options)

    monkeypatch.setattr(registration_flow, "_register", meanwhile)
    assert register().status_code == 200
    answer = verify(api, code_from(sms_outbox[-1]))
    assert answer.json()["Profile"]["Uid"] == Customer.objects.get().uid
    assert error_code(login(api)) == 966


def test_a_registration_that_has_ended_brings_nothing_though_its_last_code_works(api, register, sms_outbox, later):
    register(password="the attacker knows it")
    later(minutes=59, seconds=50)
    api.post("auth/phone/otp", {"phone": PHONE})
    later(seconds=20)
    assert error_code(register()) == 1123
    assert verify(api, code_from(sms_outbox[1])).status_code == 200
    assert not User.objects.get().has_usable_password()


def test_who_registers_a_number_whose_proof_was_reset_keeps_no_password(
    api, register, phone_customer, shop_secret, sms_outbox, site
):
    site(**ROOMY)
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    api.put(f"manage/account/{phone_customer.uid}/invalidatephone", headers=secret)
    register(password="the attacker knows it")
    assert verify(api, code_from(sms_outbox[-1])).status_code == 200
    assert error_code(login(api, "the attacker knows it")) == 966


def test_nor_who_registered_it_before(api, register, phone_customer, shop_secret, sms_outbox, site):
    site(**ROOMY)
    new = "+14155550188"
    register(phone=new, password="the attacker knows it")
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    api.put(f"manage/account/{phone_customer.uid}/phoneid", {"phone": new}, headers=secret)
    assert verify(api, code_from(next(sms for sms in sms_outbox if sms.to == new)), new).status_code == 200
    assert error_code(login(api, "the attacker knows it", new)) == 966


def test_a_number_set_by_uid_leads_nobody_into_that_account(
    api, register, phone_customer, shop_secret, sms_outbox, site
):
    site(**ROOMY)
    new = "+14155550188"
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    api.put(f"manage/account/{phone_customer.uid}/phoneid", {"phone": new}, headers=secret)
    register(phone=new)
    api.post("auth/phone/otp", {"phone": new})
    assert verify(api, code_from(sms_outbox[-1]), new).json()["Profile"]["Uid"] != phone_customer.uid


def test_a_login_that_sends_a_code_is_a_start(api, register, sms_outbox, site):
    site(**{**ROOMY, "STARTS_PER_HOUR_PER_ADDRESS": 1})
    register()
    assert {error_code(login(api)) for _turn in range(3)} == {1066}
    assert len(sms_outbox) == 1


# Bad input


def test_what_is_nested_too_deep_is_refused(api):
    for depth in (200, 450, 600, 800):
        nested = b'{"a":' * depth + b"1" + b"}" * depth
        answer = api.post("auth/password/otp", b'{"phone":"+14155550123","isvoiceotp":' + nested + b"}")
        assert error_code(answer) in {908, 965}


def test_user_names_follow_the_sites_rules(register):
    answer = register(UserName="root </script> / ;")
    assert error_code(answer) == 1134
    assert [problem["FieldName"] for problem in answer.json()["Errors"]] == ["UserName"]


def test_a_password_like_the_user_name_is_refused(register, settings):
    validator = "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": validator}]
    assert error_code(register(UserName="victoria1984", password="victoria1984")) == 1134


@pytest.mark.parametrize("spelling", [
    "+14155550123", "+1 415 555 0123", "+1 (415) 555-0123", "+1-415-555-0123", "+1.415.555.0123", " 14155550123",
    "+1 (415) 5550123", "+1/415/555/0123", "+1 415-555-0123", "+14155550123 ",
])  # fmt: skip
def test_one_number_in_ten_spellings_is_one_number(api, register, sms_outbox, spelling):
    register(phone=spelling)
    assert verify(api, code_from(sms_outbox[0])).status_code == 200
    assert login(api).status_code == 200


@pytest.mark.parametrize("phone", ["", None])
def test_a_number_is_needed(register, phone):
    assert error_code(register(phone=phone)) == 1076


@pytest.mark.parametrize(
    "phone",
    ["4155550123", "+1415555012", "+141555501234", "+19005550123", "+493012345678", "+", "phone", 14155550123, {}],
)
def test_what_cannot_be_texted_is_refused(register, phone):
    assert error_code(register(phone=phone)) == 1096


@pytest.mark.parametrize("password", ["short", "12345678", "password", "x" * 1025])
def test_the_sites_rules_for_passwords_are_said(register, password, settings):
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": f"django.contrib.auth.password_validation.{name}"}
        for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
    ]
    answer = register(password=password)
    assert (answer.status_code, error_code(answer)) == (403, 1134)
    problems = answer.json()["Errors"]
    assert {problem["FieldName"] for problem in problems} == {"Password"}
    assert all(problem["ErrorMessage"] for problem in problems)
    assert f'"{password}"' not in json.dumps(answer.json())


def test_a_password_is_needed_and_a_text(register):
    assert error_code(register(password=None)) == 1089
    assert error_code(register(password=12345678)) == 908
    assert error_code(register(password="x" * 5000)) == 908


@pytest.mark.parametrize(
    "bad",
    [
        {"FirstName": ["Alice"]}, {"LastName": {"a": "b"}}, {"Company": "x" * 201}, {"NickName": "a\u0007b"},
        {"CustomFields": "text"}, {"CustomFields": {"a": {"b": "c"}}}, {"CustomFields": {f"f{n}": "x" for n in range(21)}},
        {"UserName": "x" * 151}, {"UserName": ["alice"]}, {"BirthDate": 1990},
    ],
)  # fmt: skip
def test_every_field_that_cannot_be_used_is_named(register, bad):
    answer = register(**bad)
    assert error_code(answer) == (908 if "\u0007" in str(bad.get("NickName")) else 1134)
    if error_code(answer) == 1134:
        assert [problem["FieldName"] for problem in answer.json()["Errors"]] == list(bad)
    assert Registration.objects.count() == 0


@pytest.mark.parametrize(
    "email", ["not an address", [], [{}], [{"Value": 5}], [["Value", "a@example.com"]], {"Value": "a@b.c"}, 7]
)
def test_an_address_that_is_none_is_refused(register, email):
    answer = register(Email=email)
    assert error_code(answer) == 1038 if email else answer.status_code == 200


def test_a_megabyte_of_profile_is_refused(register):
    assert error_code(register(Company="x" * 2**20)) == 965


OWNED_BY_THE_SERVER = {
    "Uid": "0" * 32, "ID": "0" * 32, "EmailVerified": True, "PhoneIdVerified": True, "IsActive": False,
    "IsDeleted": True, "Roles": ["admin"], "is_staff": True, "is_superuser": True, "groups": [1],
    "user_permissions": [1], "LastLoginDate": "2000-01-01", "last_login": "2000-01-01", "CreatedDate": "2000-01-01",
    "SignupDate": "2000-01-01", "ModifiedDate": "2000-01-01", "NoOfLogins": 99, "logins": 99, "Provider": "Admin",
    "RegistrationProvider": "Admin", "RegistrationSource": "evil", "IsLoginLocked": False, "LoginLockedType": "None",
    "Identities": [{}], "UnverifiedEmail": [], "PasswordExpirationDate": "2099-01-01", "FirstLogin": False,
    "LastPasswordChangeDate": "2000-01-01", "is_blocked": False, "IsLoginDisabled": False, "DisableLogin": False,
    "IsContested": False, "expires_at": "2099-01-01", "application": 1, "customer": 1, "user": 1, "user_id": 1, "pk": 1,
    "attempt": 1, "tries": -9, "IsSecurePassword": True, "PasswordHash": "md5$a$b",
}  # fmt: skip


def test_nothing_that_the_server_owns_is_taken_from_a_profile(api, register, sms_outbox):
    assert len(OWNED_BY_THE_SERVER) >= 40
    assert register(**OWNED_BY_THE_SERVER).status_code == 200
    profile = verify(api, code_from(sms_outbox[0])).json()["Profile"]
    user, customer = User.objects.get(), Customer.objects.get()
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)
    assert user.groups.count() == user.user_permissions.count() == 0
    assert user.check_password(PASSWORD)
    assert (customer.logins, customer.is_blocked, customer.profile) == (1, False, {})
    assert profile["Uid"] == customer.uid != "0" * 32
    assert (profile["Roles"], profile["Identities"], profile["RegistrationSource"]) == (None, None, "API")


def test_a_name_that_reads_like_a_link_is_not_sent_to_strangers(register, sms_outbox):
    register(FirstName="win at evil.example", LastName="now")
    assert "evil" not in sms_outbox[0].text
    assert LoginAttempt.objects.get().name == ""


def test_wrong_codes_are_counted_and_lock(api, register, sms_outbox, site):
    site(**ROOMY)
    register()
    right = code_from(sms_outbox[0])
    wrong = f"{(int(right) + 1) % 10**6:06}"
    assert {error_code(verify(api, wrong)) for _try in range(5)} == {1067}
    assert error_code(verify(api, right)) == 1070
    assert AccessToken.objects.count() == 0


def test_resending_for_nobody_is_answered_alike(api, sms_outbox, phone_customer, site):
    for phone in ("+14155550199", PHONE):
        assert set(api.post("auth/phone/otp", {"phone": phone}).json()) == {"IsPosted", "Data"}
    assert sms_outbox == []
    assert set(Message.objects.values_list("state", flat=True)) == {"decoy"}
    site(REVEAL_UNKNOWN_ACCOUNTS=True, **ROOMY)
    assert error_code(api.post("auth/phone/otp", {"phone": PHONE})) == 1073
    assert error_code(api.post("auth/phone/otp", {"phone": "+14155550199"})) == 1043


# Is it taken?


def test_availability(api, phone_customer):
    assert api.get("auth/phone", phone=PHONE).json() == {"IsExist": True}
    assert api.get("auth/phone", phone=" 14155550123").json() == {"IsExist": True}
    assert api.get("auth/phone", phone="+14155550199").json() == {"IsExist": False}
    assert error_code(api.get("auth/phone", phone="12")) == 1096
    assert error_code(api.get("auth/phone")) == 1076


def test_availability_is_asked_for_seldom(api):
    answers = [api.get("auth/phone", phone=PHONE) for _turn in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert int(answers[-1]["Retry-After"]) <= 60


def test_nor_do_many_addresses_ask_without_end(api, api_of, bank, site):
    site(LOOKUPS_PER_MINUTE_PER_APPLICATION=3, TRUSTED_PROXY_COUNT=1)
    answers = [api.get("auth/phone", phone=PHONE, headers={"X-Forwarded-For": f"192.0.2.{n}"}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 3 + [429]
    assert api_of(bank).get("auth/phone", phone=PHONE).status_code == 200


def test_a_strict_site_tells_it_only_to_applications(api, shop_secret, site):
    site(LOOKUPS_NEED_PROOF=True)
    assert error_code(api.get("auth/phone", phone=PHONE)) == 1048
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    assert api.get("auth/phone", phone=PHONE, headers=secret).json() == {"IsExist": False}


# Numbers that were given away


@pytest.fixture
def idle(phone_customer):
    long_ago = timedelta(days=400)
    Identifier.objects.update(verified_at=F("verified_at") - long_ago)
    return phone_customer


def test_the_next_owner_of_a_number_gets_an_account_of_their_own(api, sms_outbox, idle):
    assert api.get("auth/phone", phone=PHONE).json() == {"IsExist": False}
    api.post("auth/onetouchlogin/phone", {"phone": PHONE})
    profile = api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp=code_from(sms_outbox[0])).json()[
        "Profile"
    ]
    assert profile["Uid"] != idle.uid
    assert not idle.identifiers.exists()
    assert Event.objects.get(name="phone_passed_on").customer == idle


def test_the_next_owner_can_register(api, register, sms_outbox, idle):
    register()
    assert verify(api, code_from(sms_outbox[0])).json()["Profile"]["Uid"] != idle.uid


def test_a_code_alone_opens_no_idle_account(api, sms_outbox, idle):
    api.get("auth/login/passwordlesslogin/otp", phone=PHONE)
    api.post("auth/password/otp", {"phone": PHONE})
    assert sms_outbox == []


def test_its_password_still_does(api, idle):
    idle.user.set_password(PASSWORD)
    idle.user.save()
    assert login(api).json()["Profile"]["Uid"] == idle.uid
    assert api.get("auth/phone", phone=PHONE).json() == {"IsExist": True}  # seen again


def test_who_was_seen_lately_is_not_idle(api, idle):
    for model, column in ((Customer, "last_seen_at"), (User, "last_login")):
        model.objects.update(**{column: F("date_joined") if model is User else F("created_at")})
        assert api.get("auth/phone", phone=PHONE).json() == {"IsExist": True}
        model.objects.update(**{column: None})


def test_a_site_may_have_another_opinion(api, idle, site):
    site(PHONES_IDLE_AFTER=timedelta(days=500))
    assert api.get("auth/phone", phone=PHONE).json() == {"IsExist": True}
    assert customer_of(User.objects.create(username="x")).pk
