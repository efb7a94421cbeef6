"""Smart login: ask on a TV, confirm on any device, be signed in on the TV. For existing customers only."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from loginradius_passwordless import signals
from loginradius_passwordless.backends import cache as cache_port
from loginradius_passwordless.models import Customer, Event, LoginAttempt, Message, SMSTemplate
from loginradius_passwordless.models.attempt import guid_digest

from .conftest import (
    customer_of,
    error_code,
    fields_of,
    flush_cache,
    link_from,
    new_guid,
    ping,
    press,
    start_email,
    start_smart,
    token_from,
)

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
START = "auth/login/smartlogin"
VERIFY = "auth/email/smartlogin"
PHONE = "+14155550123"
ROOMY = {"RESEND_GAP": 0, "SENDS_PER_TEN_MINUTES": 99, "SENDS_PER_DAY": 99, "STARTS_PER_HOUR_PER_ADDRESS": 999}


def start(api, **query):
    return api.get(START, **{"clientguid": new_guid(), **query})


def test_a_customer_asks_on_a_tv_confirms_in_the_mail_and_is_signed_in_on_the_tv(api, person, mailbox, alice):
    guid = start_smart(api)
    assert mailbox[0].to == ["alice@example.com"]
    assert error_code(ping(api, guid)) == 1139
    assert b"The other device is signed in" in press(person, link_from(mailbox[0]), "approve").content
    assert ping(api, guid).json()["Profile"]["Uid"] == alice.uid
    assert error_code(ping(api, guid)) == 1137
    assert b"This link was used before" in person.get(link_from(mailbox[0]), follow=True).content


def test_the_start_may_be_posted(api, mailbox, alice):
    guid = new_guid()
    answer = api.post(START, {"email": "alice@example.com", "clientguid": guid})
    assert answer.json() == {"IsPosted": True}
    assert api.get(VERIFY, verificationtoken=token_from(mailbox[0])).json() == {"IsPosted": True, "IsVerified": True}
    assert ping(api, guid).json()["Profile"]["Uid"] == alice.uid


def test_a_user_name_is_as_good_as_an_address(api, mailbox, alice):
    guid = start_smart(api, username="alice")
    assert mailbox[0].to == ["alice@example.com"]
    api.get(VERIFY, vtoken=token_from(mailbox[0]))
    assert ping(api, guid).json()["Profile"]["Uid"] == alice.uid


def test_a_user_of_the_site_is_found_by_name_and_adopted_on_proof(api, mailbox):
    user = User.objects.create(username="bob", email="bob@example.com")
    guid = start_smart(api, username="bob")
    api.get(VERIFY, vtoken=token_from(mailbox[0]))
    assert ping(api, guid).status_code == 200
    assert Customer.objects.get().user == user


def test_a_phone_gets_the_link_by_sms(api, person, sms_outbox):
    customer = customer_of(User.objects.create(username="carol"), phone=PHONE)
    guid = start_smart(api, phone=PHONE)
    link = next(word for word in sms_outbox[0].text.split() if "vtoken=" in word)
    page = person.get(link, follow=True)
    assert "0123" in page.content.decode()
    assert PHONE not in page.content.decode()
    press(person, link, "approve")
    assert ping(api, guid).json()["Profile"]["Uid"] == customer.uid


def test_an_sms_template_is_chosen_by_name(api, sms_outbox):
    customer_of(User.objects.create(username="carol"), phone=PHONE)
    SMSTemplate.objects.put(kind="smart_login", name="tv", text="TV: #Url#?vtoken=#GUID#")
    start_smart(api, phone=PHONE, smstemplate="tv")
    assert sms_outbox[0].text.startswith("TV: http")


@pytest.mark.parametrize(
    "who",
    [
        {},
        {"email": "alice@example.com", "username": "alice"},
        {"email": "alice@example.com", "phone": PHONE},
        {"email": "", "username": "", "phone": ""},
    ],
)
def test_exactly_one_of_address_name_and_number_is_wanted(api, mailbox, alice, who):
    assert error_code(start(api, **who)) == 1141
    assert not mailbox


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"email": "no address"}, 1038),
        ({"phone": "12"}, 1096),
        ({"email": "alice@example.com", "clientguid": "short"}, 908),
        ({"email": "alice@example.com", "clientguid": None}, 908),
        ({"email": "alice@example.com", "redirecturl": "https://evil.example/"}, 1249),
        ({"email": "alice@example.com", "matchnumber": "maybe"}, 908),
        ({"phone": PHONE, "isvoiceotp": "true"}, 908),
        ({"username": "x" * 3000}, 908),
    ],
)
def test_a_bad_start_is_refused_with_its_code_and_sends_nothing(api, mailbox, sms_outbox, alice, query, code):
    assert error_code(start(api, **query)) == code
    assert not mailbox
    assert not sms_outbox


@pytest.mark.parametrize("name", ["nobody", "\x07bell", "ａｌｉｃｅ\u0000", "x" * 200, "'; drop table", "alice\n"])
def test_a_name_that_nobody_has_is_answered_like_one_that_somebody_has(api, mailbox, alice, name):
    answer = start(api, username=name)
    assert error_code(answer) == 908 if answer.status_code != 200 else answer.json() == {"IsPosted": True}
    assert not mailbox


def test_strangers_are_answered_like_customers_wait_like_them_and_are_never_registered(api, mailbox, alice, site):
    site(**ROOMY)
    for who in [{"email": "nobody@example.com"}, {"username": "nobody"}, {"phone": "+14155550199"}]:
        guid = start_smart(api, **who)
        assert error_code(ping(api, guid)) == 1139
        assert error_code(start(api, **who, clientguid=guid)) == 1136
    assert not mailbox
    assert Customer.objects.get() == alice


@pytest.mark.parametrize(
    ("who", "code"),
    [({"email": "nobody@example.com"}, 1023), ({"username": "nobody"}, 1022), ({"phone": "+14155550199"}, 1043)],
)
def test_a_site_may_say_who_is_not_there(api, alice, site, who, code):
    site(REVEAL_UNKNOWN_ACCOUNTS=True)
    assert error_code(start(api, **who)) == code


@pytest.mark.parametrize("first", ["email", "username"])
@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_what_was_asked_for_before_does_not_tell_whose_user_name_it_is(api, mailbox, alice, first, name):
    asked = [{"email": "alice@example.com"}, {"username": name}]
    for who in asked if first == "email" else reversed(asked):
        assert start(api, **who).json() == {"IsPosted": True}
        assert error_code(start(api, **who)) == 1122


def test_which_attempt_a_newer_one_supersedes_does_not_tell_whose_user_name_it_is(api, mailbox, alice, site):
    site(**ROOMY)
    by_address = start_smart(api, email="alice@example.com")
    by_name = [start_smart(api, username="alice") for _ in range(4)]
    assert error_code(ping(api, by_name[0])) == 975
    assert error_code(ping(api, by_address)) == 1139


def test_not_me_ends_what_was_asked_by_address_and_by_name(api, person, mailbox, alice, site):
    site(**ROOMY)
    by_name = start_smart(api, username="alice")
    start_smart(api, email="alice@example.com")
    page = press(person, link_from(mailbox[1]), "deny")
    assert b"Refuse the other request as well" in page.content
    person.post("/signin/link/", {**fields_of(page), "decision": "deny_others"})
    assert error_code(ping(api, by_name)) == 1143


def test_a_guid_belongs_to_its_first_writer(api, api_of, bank, mailbox, alice):
    guid = start_smart(api)
    assert error_code(start(api, email="mallory@example.com", clientguid=guid)) == 1136
    assert error_code(ping(api_of(bank), guid)) == 1140
    assert error_code(api_of(bank).get(VERIFY, vtoken=token_from(mailbox[0]))) == 1063
    assert error_code(ping(api, guid)) == 1139


def test_the_flow_can_be_switched_off_at_any_moment(api, shop, mailbox, alice):
    guid = start_smart(api)
    type(shop).objects.update(smart_login=False)
    flush_cache()
    assert error_code(start(api, email="alice@example.com")) == 1135
    assert error_code(api.get(VERIFY, vtoken=token_from(mailbox[0]))) == 1135
    assert error_code(ping(api, guid)) == 1135


def test_phone_login_off_and_no_sms_backend_are_said(api, shop, site):
    site(SMS_PROVIDERS={})
    assert error_code(start(api, phone=PHONE)) == 1071
    type(shop).objects.update(phone_login=False)
    assert error_code(start(api, phone=PHONE)) == 1074


CLOSURES = {
    "disabled": lambda customer: User.objects.update(is_active=False),
    "blocked": lambda customer: Customer.objects.update(is_blocked=True),
    "login disabled": lambda customer: Customer.objects.update(is_login_disabled=True),
    "deleted": lambda customer: User.objects.all().delete(),
}


@pytest.mark.parametrize("closure", CLOSURES)
def test_an_account_closed_before_the_question_gets_no_mail(api, mailbox, alice, closure):
    CLOSURES[closure](alice)
    guid = start_smart(api)
    assert not mailbox
    assert error_code(ping(api, guid)) == 1139


@pytest.mark.parametrize(
    ("closure", "code"), [("disabled", 991), ("blocked", 991), ("login disabled", 1130), ("deleted", 938)]
)
def test_an_account_closed_before_the_click_is_not_let_in(api, person, mailbox, alice, closure, code):
    guid = start_smart(api)
    CLOSURES[closure](alice)
    assert press(person, link_from(mailbox[0]), "approve").status_code == 403
    assert error_code(api.get(VERIFY, vtoken=token_from(mailbox[0]))) == code
    assert ping(api, guid).status_code == 403
    assert Event.objects.filter(name="sign_in_refused").exists()
    assert Customer.objects.filter(logins__gt=0).count() == 0
    assert not User.objects.exclude(pk=alice.user_id).exists()


@pytest.mark.parametrize(
    ("closure", "code"), [("disabled", 991), ("blocked", 991), ("login disabled", 1130), ("deleted", 991)]
)
def test_an_account_closed_before_the_ping_gets_no_token(api, person, mailbox, alice, closure, code):
    guid = start_smart(api)
    press(person, link_from(mailbox[0]), "approve")
    CLOSURES[closure](alice)
    assert error_code(ping(api, guid)) == code


def test_a_welcome_follows_the_first_sign_in(api, mailbox, alice):
    guid = start_smart(api)
    api.get(VERIFY, vtoken=token_from(mailbox[0]))
    ping(api, guid)
    assert Message.objects.filter(kind="welcome").count() == 1


def test_pages_of_other_sites_cannot_make_a_visitors_browser_ask(api, shop, mailbox, alice):
    image = {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "cross-site"}
    script = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    query = {"email": "alice@example.com", "clientguid": new_guid()}
    assert api.get(START, headers=image, **query).status_code == 303
    assert error_code(api.get(START, headers=script, **query)) == 909
    assert not mailbox
    own = {**script, "Origin": shop.origins[0]}
    assert api.get(START, headers=own, **query).status_code == 200


def test_polls_of_a_device_that_waits_are_answered_without_the_database(api, mailbox, alice, monkeypatch):
    monkeypatch.setattr(cache_port, "is_shared", lambda: True)
    guid = start_smart(api)
    assert error_code(ping(api, guid)) == 1139
    with CaptureQueriesContext(connection) as queries:
        assert error_code(ping(api, guid)) == 1139
        assert ping(api, guid, claim="false").json() == {"IsDecided": False}
    assert len(queries) == 0
    api.get(VERIFY, vtoken=token_from(mailbox[0]))
    assert ping(api, guid).status_code == 200


def test_a_poll_that_read_before_the_decision_does_not_hide_it_afterwards(api, mailbox, alice, monkeypatch):
    from loginradius_passwordless import waiting

    monkeypatch.setattr(cache_port, "is_shared", lambda: True)
    guid = start_smart(api)
    read_before = LoginAttempt.objects.select_related("application").get()
    api.get(VERIFY, vtoken=token_from(mailbox[0]))
    waiting.remember_pending(read_before, guid)
    assert ping(api, guid).status_code == 200


def test_another_application_learns_nothing_from_the_cache(api, api_of, bank, alice, monkeypatch):
    monkeypatch.setattr(cache_port, "is_shared", lambda: True)
    guid = start_smart(api)
    assert error_code(ping(api, guid)) == 1139
    assert error_code(ping(api_of(bank), guid)) == 1140


def test_a_cache_of_one_process_answers_no_poll(api, mailbox, alice, monkeypatch):
    monkeypatch.setattr(cache_port, "is_shared", lambda: False)
    guid = start_smart(api)
    assert error_code(ping(api, guid)) == 1139
    assert cache_port.recall(f"wait:{guid_digest(guid)}") is None


def test_polls_answered_by_the_cache_are_counted_like_all_others(api, alice, monkeypatch, site):
    site(PINGS_PER_MINUTE=12)
    monkeypatch.setattr(cache_port, "is_shared", lambda: True)
    guid = start_smart(api)
    codes = [error_code(ping(api, guid)) for _ in range(14)]
    assert codes[:12] == [1139] * 12
    assert codes[-1] == 429


def test_a_superseded_link_says_that_there_is_a_newer_one(api, person, mailbox, alice, site):
    site(**ROOMY)
    guids = [start_smart(api) for _ in range(4)]
    page = person.get(link_from(mailbox[0]), follow=True)
    assert b"A newer link replaced this one" in page.content
    assert error_code(ping(api, guids[0])) == 975
    assert error_code(ping(api, guids[3])) == 1139


def test_after_not_me_every_other_request_can_be_ended_in_one_press(api, api_of, bank, person, mailbox, alice, site):
    site(**ROOMY)
    guids = [start_smart(api), start_smart(api), start_email(api)]
    elsewhere = start_smart(api_of(bank))
    page = press(person, link_from(mailbox[1]), "deny")
    assert b"Refuse the 3 other requests as well" in page.content
    answer = person.post("/signin/link/", {**fields_of(page), "decision": "deny_others"})
    assert b"All requests were refused" in answer.content
    assert [error_code(ping(api, guid)) for guid in guids] == [1143] * 3
    assert error_code(ping(api_of(bank), elsewhere)) == 1143
    assert Event.objects.filter(name="login_denied").count() == 4


def test_nobody_ends_other_requests_without_having_said_not_me(api, person, mailbox, alice, site):
    site(**ROOMY)
    guids = [start_smart(api), start_smart(api)]
    assert press(person, link_from(mailbox[0]), "deny_others").status_code == 403
    assert [error_code(ping(api, guid)) for guid in guids] == [1139] * 2


def test_denied_requests_cost_the_address_that_asked(api, person, mailbox, site):
    site(**ROOMY | {"STARTS_PER_HOUR_PER_ADDRESS": 6})
    start_email(api)
    press(person, link_from(mailbox[0]), "deny")
    start_email(api)
    start_email(api)
    answer = api.post("auth/onetouchlogin/email", {"email": "alice@example.com", "clientguid": new_guid()})
    assert error_code(answer) == 429


def test_each_request_that_is_refused_with_the_others_costs_its_asker_too(api, person, mailbox, site):
    site(**ROOMY | {"STARTS_PER_HOUR_PER_ADDRESS": 11})
    for _ in range(3):
        start_email(api)
    page = press(person, link_from(mailbox[0]), "deny")
    start_email(api)
    person.post("/signin/link/", {**fields_of(page), "decision": "deny_others"})  # 4 starts, 4 denials of 3 each
    answer = api.post("auth/onetouchlogin/email", {"email": "alice@example.com", "clientguid": new_guid()})
    assert error_code(answer) == 429


@pytest.mark.parametrize("decision", ["deny", "approve"])
def test_nothing_that_the_site_does_about_a_refusal_takes_it_back(api, person, mailbox, decision):
    def fail(**facts):
        raise ZeroDivisionError

    guid = new_guid()
    body = {"email": "alice@example.com", "clientguid": guid, "matchnumber": True}
    number = api.post("auth/onetouchlogin/email", body).json()["MatchNumber"]
    signals.login_denied.connect(fail)
    try:
        page = person.get(link_from(mailbox[0]), follow=True)
        wrong = {"number": number % 90 + 10}
        person.post("/signin/link/", {**fields_of(page), "decision": decision, **wrong})
    finally:
        signals.login_denied.disconnect(fail)
    assert error_code(ping(api, guid)) == 1143


def test_what_a_browser_calls_itself_puts_no_text_of_a_stranger_into_our_mail(api_of, shop, alice, mailbox):
    hostile = "Call support 0800 555 0199 or visit https://evil.example/1.0 CFNetwork/976 Darwin/18.2.0"
    start_smart(api_of(shop, user_agent=hostile))
    assert "0800" not in mailbox[0].body
    assert "evil" not in mailbox[0].body + mailbox[0].alternatives[0][0]
