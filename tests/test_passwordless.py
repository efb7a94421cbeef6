"""Passwordless login over the API: a link and a code in one message, for people who have an account."""

import itertools
import re

import pytest
from django.contrib.auth import get_user_model

from loginradius_passwordless.backends.accounts import AccountPolicy
from loginradius_passwordless.models import (
    AccessToken,
    Customer,
    EmailTemplate,
    Event,
    LoginAttempt,
    Message,
    SMSTemplate,
)

from .conftest import code_from, customer_of, error_code, token_from

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
MAIL = "auth/login/passwordlesslogin/email"
LINK = "auth/login/passwordlesslogin/email/verify"
CODE_BY_MAIL = "auth/login/passwordlesslogin/email/verifyotp"
CODE_BY_NAME = "auth/login/passwordlesslogin/username/verifyotp"
PHONE_START = "auth/login/passwordlesslogin/otp"
CODE_BY_PHONE = "auth/login/passwordlesslogin/otp/verify"
PHONE = "+14155550123"
ROOMY = {
    "RESEND_GAP": 0, "SENDS_PER_TEN_MINUTES": 999, "SENDS_PER_DAY": 999,
    "STARTS_PER_HOUR_PER_ADDRESS": 9999, "FAILURES_PER_MINUTE_PER_ADDRESS": 9999,
}  # fmt: skip


def start(api, **who):
    answer = api.get(MAIL, **(who or {"email": "alice@example.com"}))
    assert answer.status_code == 200, answer.content
    assert answer.json() == {"IsPosted": True}


def start_by_phone(api, **more):
    answer = api.get(PHONE_START, phone=PHONE, **more)
    assert answer.status_code == 200, answer.content
    return answer.json()


def by_mail(api, code, email="alice@example.com"):
    return api.post(CODE_BY_MAIL, {"email": email, "otp": code})


def by_name(api, code, name="alice"):
    return api.post(CODE_BY_NAME, {"username": name, "otp": code})


def by_phone(api, code, phone=PHONE):
    return api.put(CODE_BY_PHONE, {"phone": phone, "otp": code})


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06}"


# The ways in


def test_the_mail_has_a_link_and_a_code_and_the_link_signs_in(api, mailbox, alice):
    start(api)
    assert mailbox[0].to == ["alice@example.com"]
    assert f"vtype=oneclicksignin&vtoken={token_from(mailbox[0])}" in mailbox[0].body
    assert code_from(mailbox[0]) in mailbox[0].alternatives[0][0]
    assert code_from(mailbox[0]) not in mailbox[0].subject
    answer = api.get(LINK, verificationtoken=token_from(mailbox[0])).json()
    assert answer["Profile"]["Uid"] == alice.uid
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer["access_token"])
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    assert api.get("auth/account", headers=bearer).json()["Uid"] == alice.uid


def test_the_code_signs_in_by_address(api, mailbox, alice):
    start(api)
    assert by_mail(api, code_from(mailbox[0]), "ALICE@example.com").json()["Profile"]["Uid"] == alice.uid


def test_the_code_signs_in_by_user_name(api, mailbox, alice):
    start(api, username="alice")
    assert mailbox[0].to == ["alice@example.com"]
    assert by_name(api, code_from(mailbox[0])).json()["Profile"]["Uid"] == alice.uid


@pytest.mark.parametrize("phone", [PHONE, " 1 415 555 0123", "+1 (415) 555-0123"])
def test_the_code_signs_in_by_phone_in_any_spelling(api, sms_outbox, phone_customer, phone):
    started = start_by_phone(api)
    assert set(started) == {"IsPosted", "Data"}
    assert started["Data"]["Sid"] == Message.objects.get().sid.hex
    assert sms_outbox[0].text.endswith(f"@testserver #{code_from(sms_outbox[0])}")
    assert by_phone(api, code_from(sms_outbox[0]), phone).json()["Profile"]["Uid"] == phone_customer.uid


def test_a_code_is_spoken_when_a_call_is_asked_for(api, voice_outbox, phone_customer):
    start_by_phone(api, isvoiceotp="True")
    assert by_phone(api, code_from(voice_outbox[0])).status_code == 200


def test_starts_may_be_posted_with_their_parameters_in_the_body(api, mailbox, sms_outbox, alice, phone_customer):
    assert api.post(MAIL, {"email": "alice@example.com"}).json() == {"IsPosted": True}
    assert api.post(PHONE_START, {"PhoneId": PHONE}).json()["IsPosted"] is True
    assert by_phone(api, code_from(sms_outbox[0])).status_code == 200
    assert by_mail(api, code_from(mailbox[0])).status_code == 200


def test_a_template_chosen_by_name_is_sent(api, mailbox, sms_outbox, alice, phone_customer):
    EmailTemplate.objects.put(kind="passwordless_login", name="short", subject="Hi", text="Code #OTP#")
    SMSTemplate.objects.put(kind="passwordless_login", name="short", text="Code #OTP#")
    start(api, email="alice@example.com", passwordlesslogintemplate="short")
    start_by_phone(api, smstemplate="short")
    assert mailbox[0].subject == "Hi"
    assert sms_outbox[0].text.startswith("Code ")
    assert by_mail(api, code_from(mailbox[0])).status_code == 200


# Two proofs of one attempt


def test_using_the_link_spends_the_code_and_using_the_code_spends_the_link(api, mailbox, alice, site):
    site(**ROOMY)
    start(api)
    start(api)
    first, second = mailbox
    assert api.get(LINK, verificationtoken=token_from(first)).status_code == 200
    assert error_code(by_mail(api, code_from(first))) == 1186
    assert by_mail(api, code_from(second)).status_code == 200
    assert error_code(api.get(LINK, verificationtoken=token_from(second))) == 1062
    assert LoginAttempt.objects.filter(state="consumed").count() == AccessToken.objects.count() == 2


def test_after_three_starts_an_old_code_and_an_old_link_still_work_once(api, mailbox, alice, site):
    site(**ROOMY)
    for _ in range(3):
        start(api)
    assert by_mail(api, code_from(mailbox[0])).status_code == 200
    assert api.get(LINK, vtoken=token_from(mailbox[1])).status_code == 200
    assert error_code(by_mail(api, code_from(mailbox[0]))) == 1186
    assert error_code(api.get(LINK, vtoken=token_from(mailbox[1]))) == 1062
    assert by_mail(api, code_from(mailbox[2])).status_code == 200


def test_the_fourth_start_ends_the_first_and_says_nothing_to_the_caller(api, mailbox, alice, site):
    site(**ROOMY)
    answers = [api.get(MAIL, email="alice@example.com") for _ in range(4)]
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    assert error_code(by_mail(api, code_from(mailbox[0]))) == 1188
    assert error_code(api.get(LINK, vtoken=token_from(mailbox[0]))) == 975
    assert by_mail(api, code_from(mailbox[1])).status_code == 200


def test_the_code_ends_before_the_link_and_the_link_at_its_own_time(api, mailbox, alice, later):
    start(api)
    assert "5 min" in mailbox[0].body  # what the message says holds for both
    later(seconds=301)
    assert error_code(by_mail(api, code_from(mailbox[0]))) == 1187
    later(seconds=240)
    assert api.get(LINK, vtoken=token_from(mailbox[0])).status_code == 200
    start(api)
    later(seconds=601)
    assert error_code(api.get(LINK, vtoken=token_from(mailbox[-1]))) == 975


def test_a_denied_request_has_neither_link_nor_code_left(api, person, mailbox, alice):
    from .conftest import link_from, press

    start(api)
    assert b"Nobody was signed in" in press(person, link_from(mailbox[0]), "deny").content
    assert error_code(api.get(LINK, vtoken=token_from(mailbox[0]))) == 1143
    assert error_code(by_mail(api, code_from(mailbox[0]))) == 1188


# What is refused


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        (MAIL, {}, 1141),
        (MAIL, {"email": "alice@example.com", "username": "alice"}, 1141),
        (MAIL, {"email": "alice"}, 1038),
        (MAIL, {"email": "a@x.com,b@y.com"}, 1038),
        (MAIL, {"username": "x" * 151}, 908),
        (MAIL, {"username": "a\u202eb"}, 908),
        (MAIL, {"email": "alice@example.com", "verificationurl": "https://evil.example/"}, 1249),
        (MAIL, {"email": "alice@example.com", "passwordlesslogintemplate": "x" * 81}, 908),
        (PHONE_START, {}, 1076),
        (PHONE_START, {"phone": "4155550123"}, 1096),
        (PHONE_START, {"phone": "+19005550123"}, 1096),
        (PHONE_START, {"phone": PHONE, "isvoiceotp": "perhaps"}, 908),
        (LINK, {}, 908),
        (LINK, {"verificationtoken": "short"}, 1063),
        (LINK, {"verificationtoken": "x" * 43}, 1063),
    ],
)
def test_bad_parameters_have_their_codes_and_send_nothing(api, mailbox, sms_outbox, alice, path, query, code):
    assert error_code(api.get(path, **query)) == code
    assert not mailbox
    assert not sms_outbox


@pytest.mark.parametrize(
    "otp", [True, 1, 1e9, 123456, [], {}, ["123456"], "１２３４５６", " 12 34 56", "12-34-56", "12345", "1" * 11]
)
def test_what_is_no_code_is_a_wrong_code(api, mailbox, sms_outbox, alice, phone_customer, otp):
    start(api)
    start_by_phone(api)
    assert error_code(by_mail(api, otp)) == 1185
    assert error_code(by_name(api, otp)) == 1185
    assert error_code(by_phone(api, otp)) == 1067


@pytest.mark.parametrize("otp", [None, ""])
def test_no_code_is_a_missing_parameter(api, otp):
    assert [error_code(verify(api, otp)) for verify in (by_mail, by_name, by_phone)] == [908, 908, 908]


@pytest.mark.parametrize(
    ("path", "method", "code"),
    [(CODE_BY_MAIL, "POST", 1032), (CODE_BY_NAME, "POST", 1075), (CODE_BY_PHONE, "PUT", 1076)],
)
def test_whose_code_it_is_must_be_said(api, path, method, code):
    assert error_code(api.call(method, path, {"otp": "123456"})) == code


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"otp": "1", "otp": "2"}'])
def test_a_body_that_is_no_object_is_refused(api, body):
    assert error_code(api.post(CODE_BY_MAIL, body)) in {965, 908}
    assert error_code(api.put(CODE_BY_PHONE, body)) in {1079, 908}


def test_a_start_that_brings_a_profile_wants_a_sott(api, mailbox, sms_outbox, alice):
    by_list = {"Email": [{"Type": "Primary", "Value": "new@example.com"}], "FirstName": "New"}
    assert error_code(api.post(MAIL, by_list)) == 1048
    assert error_code(api.post(MAIL, by_list, sott="anything*00")) == 1049
    assert error_code(api.post(PHONE_START, {"PhoneId": PHONE, "FirstName": "New"})) == 1048
    headers = {"X-LoginRadius-Sott": "anything*00"}
    assert error_code(api.post(PHONE_START, {"PhoneId": PHONE, "Password": "x"}, headers=headers)) == 1049
    assert not mailbox
    assert not sms_outbox
    assert Customer.objects.count() == 1


@pytest.fixture
def may_register(api, shop_secret):
    sott = api.get("manage/account/sott", headers={"X-LoginRadius-ApiSecret": shop_secret}).json()["Sott"]
    return {"X-LoginRadius-Sott": sott}


NEWCOMER = {"Email": [{"Type": "Primary", "Value": "new@example.com"}], "FirstName": "New", "UserName": "newt"}


def test_with_one_the_proof_registers_who_is_unknown(api, mailbox, may_register, site):
    site(**ROOMY)
    assert api.post(MAIL, NEWCOMER, headers=may_register).json() == {"IsPosted": True}
    assert User.objects.count() == 0
    profile = by_mail(api, code_from(mailbox[0]), "new@example.com").json()["Profile"]
    assert (profile["FirstName"], profile["UserName"]) == ("New", "newt")
    assert profile["Email"] == [{"Type": "Primary", "Value": "new@example.com"}]
    assert not User.objects.get().has_usable_password()
    start(api, email="new@example.com")


def test_the_link_registers_as_well(api, mailbox, may_register):
    api.post(MAIL, NEWCOMER, headers=may_register)
    profile = api.get(LINK, verificationtoken=token_from(mailbox[0])).json()["Profile"]
    assert profile["FirstName"] == "New"


def test_a_phone_registers_with_a_password_where_one_is_sent(api, sms_outbox, may_register):
    body = {
        "PhoneId": PHONE,
        "Password": "correct horse battery",
        "Email": [{"Type": "Primary", "Value": "a@example.com"}],
    }
    assert api.post(PHONE_START, body, headers=may_register).status_code == 200
    profile = by_phone(api, code_from(sms_outbox[0])).json()["Profile"]
    assert profile["UnverifiedEmail"] == [{"Type": "Primary", "Value": "a@example.com"}]
    login = api.post("auth/login", {"phone": PHONE, "password": "correct horse battery"})
    assert login.json()["Profile"]["Uid"] == profile["Uid"]


def test_a_profile_changes_nothing_of_somebody_who_has_an_account(api, mailbox, alice, may_register):
    body = {"Email": [{"Value": "alice@example.com"}], "FirstName": "Mallory", "Password": "correct horse battery"}
    assert api.post(MAIL, body, headers=may_register).json() == {"IsPosted": True}
    assert by_mail(api, code_from(mailbox[0])).json()["Profile"]["FirstName"] is None
    assert not User.objects.get().check_password("correct horse battery")


def test_a_profile_of_somebody_else_for_the_same_mailbox_counts_for_nobody(api, mailbox, may_register, site):
    site(**ROOMY)
    for name in ("Mallory", "New"):
        api.post(MAIL, {**NEWCOMER, "FirstName": name}, headers=may_register)
    profile = by_mail(api, code_from(mailbox[0]), "new@example.com").json()["Profile"]
    assert (profile["FirstName"], profile["UserName"]) == (None, None)


def test_the_same_profile_twice_is_the_same_person(api, mailbox, may_register, site):
    site(**ROOMY)
    for _turn in range(2):
        api.post(MAIL, NEWCOMER, headers=may_register)
    assert by_mail(api, code_from(mailbox[1]), "new@example.com").json()["Profile"]["FirstName"] == "New"


def test_a_profile_needs_somebody_and_registration_switched_on(api, shop, may_register):
    assert error_code(api.post(MAIL, {"FirstName": "New"}, headers=may_register)) == 1032
    assert error_code(api.post(PHONE_START, {"FirstName": "New"}, headers=may_register)) == 1076
    assert error_code(api.post(MAIL, {**NEWCOMER, "FirstName": 7}, headers=may_register)) == 1134
    shop.registration = False
    shop.save()
    assert error_code(api.post(MAIL, NEWCOMER, headers=may_register)) == 1190


def test_an_application_without_the_flow_has_none_of_it(api, shop, mailbox, alice, phone_customer):
    start(api)
    code, token = code_from(mailbox[0]), token_from(mailbox[0])
    shop.passwordless_login = False
    shop.save()
    answers = [
        api.get(MAIL, email="alice@example.com"), api.get(PHONE_START, phone=PHONE), api.get(LINK, vtoken=token),
        by_mail(api, code), by_name(api, code), by_phone(api, code),
    ]  # fmt: skip
    assert [error_code(answer) for answer in answers] == [1059] * 6
    shop.passwordless_login, shop.phone_login = True, False
    shop.save()
    assert error_code(api.get(PHONE_START, phone=PHONE)) == error_code(by_phone(api, code)) == 1074
    assert by_mail(api, code).status_code == 200


def test_a_site_without_sms_or_calls_says_so(api, site, phone_customer):
    site(SMS_PROVIDERS={}, VOICE_PROVIDERS={})
    assert error_code(api.get(PHONE_START, phone=PHONE)) == 1071
    assert error_code(api.get(PHONE_START, phone=PHONE, isvoiceotp="1")) == 1281


def test_the_link_may_lead_to_a_page_on_the_applications_list_and_to_no_other(api, shop, mailbox, alice, site):
    site(**ROOMY)
    shop.return_urls = ["https://shop.example/login", "https://shop.example/login?lang=en"]
    shop.save()
    for page, link in [
        ("https://shop.example/login", "https://shop.example/login?vtype=oneclicksignin&vtoken="),
        ("https://shop.example/login?lang=en", "https://shop.example/login?lang=en&vtype=oneclicksignin&vtoken="),
    ]:
        start(api, email="alice@example.com", verificationurl=page)
        assert f"{link}{token_from(mailbox[-1])}" in mailbox[-1].body
    for page in [
        "https://shop.example/login/",
        "https://shop.example/login?lang=de",
        "http://shop.example/login",
        "//shop.example/login",
    ]:
        assert error_code(api.get(MAIL, email="alice@example.com", verificationurl=page)) == 1249
    assert len(mailbox) == 2


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Mode": "navigate"}, {"Sec-Purpose": "prefetch"}, {"Accept": "text/html,application/xhtml+xml"}],
)
def test_a_browser_that_visits_the_api_address_is_sent_to_the_landing_page_and_spends_nothing(
    api, mailbox, alice, headers
):
    start(api)
    token = token_from(mailbox[0])
    answer = api.get(LINK, verificationtoken=token, headers=headers)
    assert (answer.status_code, answer["Location"]) == (303, f"/signin/link/?vtoken={token}")
    assert api.call("HEAD", LINK, verificationtoken=token).status_code == 303
    assert api.get(LINK, verificationtoken=token).status_code == 200


# Who


def test_strangers_are_answered_like_customers_and_get_nothing(api, mailbox, sms_outbox, alice, phone_customer):
    for known, unknown in [
        (api.get(MAIL, email="alice@example.com"), api.get(MAIL, email="nobody@example.com")),
        (api.get(MAIL, username="alice"), api.get(MAIL, username="nobody")),
    ]:
        assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    known, unknown = start_by_phone(api), api.get(PHONE_START, phone="+14155550199").json()
    assert set(known) == set(unknown)
    assert [mail.to for mail in mailbox] == [["alice@example.com"]] * 2
    assert [sms.to for sms in sms_outbox] == [PHONE]
    assert error_code(by_mail(api, "123456", "nobody@example.com")) == 1185
    assert not User.objects.filter(email="nobody@example.com")


def test_a_site_that_reveals_its_accounts_says_who_is_unknown_or_blocked(api, alice, site):
    site(REVEAL_UNKNOWN_ACCOUNTS=True)
    assert error_code(api.get(MAIL, email="nobody@example.com")) == 1023
    assert error_code(api.get(MAIL, username="nobody")) == 1022
    assert error_code(api.get(PHONE_START, phone="+14155550199")) == 1043
    Customer.objects.update(is_blocked=True)
    assert error_code(api.get(MAIL, email="alice@example.com")) == 991


def test_who_is_blocked_after_asking_does_not_get_in(api, mailbox, alice):
    start(api)
    Customer.objects.update(is_blocked=True)
    assert error_code(api.get(LINK, vtoken=token_from(mailbox[0]))) == 991
    assert error_code(by_mail(api, code_from(mailbox[0]))) == 991
    Customer.objects.update(is_blocked=False, is_login_disabled=True)
    assert error_code(by_mail(api, code_from(mailbox[0]))) == 1130
    User.objects.all().delete()
    assert error_code(api.get(LINK, vtoken=token_from(mailbox[0]))) == 938
    assert not Customer.objects.exists()


def test_a_user_of_the_site_becomes_a_customer_on_proof(api, mailbox):
    user = User.objects.create_user("zoe", "Zoe@example.com", "secret")
    start(api, email="zoe@EXAMPLE.com")
    assert mailbox[0].to == ["Zoe@example.com"]  # as the site stored it
    assert not Customer.objects.exists()
    login = by_mail(api, code_from(mailbox[0]), "zoe@example.com").json()
    customer = Customer.objects.get()
    assert (customer.user, customer.uid) == (user, login["Profile"]["Uid"])
    user.refresh_from_db()
    assert not user.has_usable_password()  # whoever set it has not shown that the address was theirs


def test_of_two_users_with_one_address_nobody_is_signed_in_and_an_event_says_why(api, mailbox):
    for name in ("one", "two"):
        User.objects.create(username=name, email="both@example.com")
    start(api, email="both@example.com")
    assert error_code(by_mail(api, code_from(mailbox[0]), "both@example.com")) == 1220
    event = Event.objects.get(name="sign_in_refused")
    assert event.detail == "1220: 2 of the site's users have this email, and none was chosen"
    assert not Customer.objects.exists()
    User.objects.filter(username="two").update(is_active=False)
    assert by_mail(api, code_from(mailbox[0]), "both@example.com").json()["Profile"]["UserName"] == "one"


class TakesTheOldest(AccountPolicy):
    def choose(self, identity, users):
        return min(users, key=lambda user: user.pk)


class LetsNobodyIn(AccountPolicy):
    def may_sign_in(self, customer):
        return customer.user.username != "alice"


def test_a_site_may_choose_the_account(api, mailbox, site):
    site(ACCOUNT_POLICY=f"{__name__}.TakesTheOldest")
    User.objects.create(username="one", email="Both@example.com")
    User.objects.create(username="two", email="both@example.com")
    start(api, email="both@example.com")
    assert mailbox[0].to == ["Both@example.com"]
    assert by_mail(api, code_from(mailbox[0]), "both@example.com").json()["Profile"]["UserName"] == "one"


def test_a_site_may_refuse_an_account_before_the_message_and_after_the_proof(api, mailbox, alice, site):
    site(**ROOMY)
    start(api)
    site(ACCOUNT_POLICY=f"{__name__}.LetsNobodyIn")
    assert error_code(api.get(LINK, vtoken=token_from(mailbox[0]))) == 1220
    start(api)
    assert len(mailbox) == 1
    site(REVEAL_UNKNOWN_ACCOUNTS=True)
    assert error_code(api.get(MAIL, email="alice@example.com")) == 1220


def test_a_token_stops_when_the_sites_policy_says_no(api, mailbox, alice, site):
    start(api)
    token = api.get(LINK, vtoken=token_from(mailbox[0])).json()["access_token"]
    site(ACCOUNT_POLICY=f"{__name__}.LetsNobodyIn")
    assert error_code(api.get("auth/account", headers={"Authorization": f"Bearer {token}"})) == 1220


def test_the_first_sign_in_ever_is_welcomed_with_the_named_template_and_no_other(api, mailbox, alice, site):
    site(**ROOMY)
    EmailTemplate.objects.put(kind="welcome", name="hello", subject="Hello", text="Hello")
    start(api)
    assert api.get(LINK, vtoken=token_from(mailbox[0]), welcomeemailtemplate="hello").status_code == 200
    assert [mail.subject for mail in mailbox[1:]] == ["Hello"]
    start(api)
    by_mail(api, code_from(mailbox[2]))
    assert len(mailbox) == 3


def test_the_code_names_a_welcome_template_too(api, mailbox, alice):
    EmailTemplate.objects.put(kind="welcome", name="hello", subject="Hello", text="Hello")
    start(api)
    api.post(
        CODE_BY_MAIL, {"email": "alice@example.com", "otp": code_from(mailbox[0]), "welcomeEmailTemplate": "hello"}
    )
    assert [mail.subject for mail in mailbox[1:]] == ["Hello"]


def test_who_signed_in_to_the_site_before_is_not_welcomed_as_if_they_were_new(api, mailbox, alice):
    from django.utils import timezone

    User.objects.update(last_login=timezone.now())
    start(api)
    api.get(LINK, vtoken=token_from(mailbox[0]))
    assert len(mailbox) == 1


# Guessing


def test_ten_wrong_codes_lock_all_codes_of_a_phone_however_they_are_asked_for_and_entered(
    shop, api_of, sms_outbox, phone_customer, site, later
):
    """30 times a resend and five wrong codes: from 50 addresses, in three spellings, over every endpoint."""
    site(**ROOMY)
    addresses = itertools.cycle(f"192.0.2.{number}" for number in range(50))
    spellings = itertools.cycle([PHONE, "+1 (415) 555-0123", " 1-415-555-0123"])
    endpoints = itertools.cycle(
        [
            ("PUT", CODE_BY_PHONE),
            ("PUT", "auth/onetouchlogin/phone/verify"),
            ("POST", "auth/onetouchlogin/phone/verify"),
        ]
    )
    from django.test import Client

    from .conftest import flush_cache

    caller = api_of(shop)
    compared = []
    for round_number in range(30):
        caller.client = Client(REMOTE_ADDR=next(addresses))
        caller.get(PHONE_START, phone=next(spellings))
        caller.post("auth/onetouchlogin/phone", {"phone": next(spellings)})
        if round_number == 15:
            flush_cache()
        right = {code_from(sms) for sms in sms_outbox}
        for number in range(5):
            caller.client = Client(REMOTE_ADDR=next(addresses))
            method, path = next(endpoints)
            guess = next(code for code in (f"{n:06}" for n in range(number, 10**6)) if code not in right)
            compared.append(error_code(caller.call(method, path, {"phone": next(spellings), "otp": guess})))
    assert compared[:10] == [1067] * 10
    assert set(compared[10:]) == {1198}
    for sms in sms_outbox[-6:]:
        assert error_code(by_phone(caller, code_from(sms))) == 1198
    later(minutes=2)
    caller.get(PHONE_START, phone=PHONE)
    assert by_phone(caller, code_from(sms_outbox[-1])).status_code == 200


def test_ten_wrong_codes_over_both_names_of_a_mailbox_are_all_there_are_and_the_link_still_signs_in(
    api, mailbox, alice, site
):
    site(**ROOMY)
    start(api)
    start(api, username="alice")
    code_of = {mail: code_from(mail) for mail in mailbox}
    guess = next(code for code in ("000000", "111111", "222222") if code not in code_of.values())
    for _ in range(5):
        assert error_code(by_mail(api, guess)) == 1185
        assert error_code(by_name(api, guess)) == 1185
    # Ten for the mailbox, five for each name. The right ones are now wrong as well, and no lock tells why.
    start(api)
    start(api, username="alice")
    assert error_code(by_mail(api, code_from(mailbox[2]))) == 1185
    assert error_code(by_name(api, code_from(mailbox[3]))) == 1185
    assert api.get(LINK, vtoken=token_from(mailbox[2])).status_code == 200
    # Who proved who they are is forgiven.
    assert by_name(api, code_from(mailbox[3])).status_code == 200


def test_a_mailbox_that_is_locked_under_one_name_tells_nothing_under_the_other(api, mailbox, alice, site):
    site(**ROOMY)
    for email in ("alice@example.com", "bob@example.com"):
        start(api, email=email)
    start(api, username="alice")
    guess = next(code for code in ("000000", "111111", "222222", "333333") if code not in map(code_from, mailbox))
    for _ in range(12):
        last = by_name(api, guess)
    assert error_code(last) == 1198
    # Not by the first guess, and not by when the tries of an attempt are used up.
    emails = ("alice@example.com", "bob@example.com", "nobody@example.com")
    start(api, email=emails[2])
    answers = [[error_code(by_mail(api, guess, email)) for _ in range(12)] for email in emails]
    assert answers[0] == answers[1] == answers[2]
    assert {1185, 1188, 1198} <= set(answers[0])


def test_a_person_who_is_locked_out_of_codes_is_let_in_by_the_link_and_told_for_how_long(api, mailbox, alice, site):
    site(IDENTITY_FAILURES=1)
    start(api)
    code = code_from(mailbox[0])
    by_mail(api, wrong(code))
    locked = by_mail(api, code)
    assert error_code(locked) == 1198
    assert locked.json()["Data"]["LoginLockedTimeout"]
    assert api.get(LINK, vtoken=token_from(mailbox[0])).status_code == 200


# Whose code it is


@pytest.fixture
def everybody(api, mailbox, sms_outbox, site):
    """Alice and Bob, each with a live code by address, by name and by phone."""
    site(**ROOMY, ATTEMPT_TRIES=10, IDENTITY_FAILURES=100)
    codes = {}
    for name, phone in (("alice", PHONE), ("bob", "+14155550124")):
        customer_of(User.objects.create(username=name, email=f"{name}@example.com"), f"{name}@example.com", phone)
        start(api, email=f"{name}@example.com")
        codes[name, "email"] = code_from(mailbox[-1])
        start(api, username=name)
        codes[name, "username"] = code_from(mailbox[-1])
        api.get(PHONE_START, phone=phone)
        codes[name, "phone"] = code_from(sms_outbox[-1])
    return codes


WAYS = {
    "email": (lambda api, code, name: by_mail(api, code, f"{name}@example.com")),
    "username": by_name,
    "phone": (lambda api, code, name: by_phone(api, code, PHONE if name == "alice" else "+14155550124")),
}


def test_a_code_is_good_for_whom_it_was_sent_to_as_they_were_named_and_for_nobody_else(api, everybody):
    uids = {customer.user.username: customer.uid for customer in Customer.objects.select_related("user")}
    for (owner, sent_by), code in everybody.items():
        for name, way in itertools.product(("alice", "bob"), WAYS):
            if (name, way) != (owner, sent_by) and code != everybody[name, way]:
                assert error_code(WAYS[way](api, code, name)) in {1185, 1067}
    assert not AccessToken.objects.exists()
    for (owner, sent_by), code in everybody.items():
        answer = WAYS[sent_by](api, code, owner)
        assert answer.status_code == 200, (owner, sent_by, answer.content)
        assert answer.json()["Profile"]["Uid"] == uids[owner]
