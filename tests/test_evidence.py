"""Why she got no code: what the admin says of attempts, messages and limits, and how far logins got."""

import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from loginradius_passwordless.models import Customer, LoginAttempt, Message, MessageSettings, PausedAddress
from loginradius_passwordless.models.message import Delivery

from .conftest import code_from, link_from, press, start_email, start_phone

pytestmark = pytest.mark.django_db(transaction=True)

MAIL, PHONE = "alice@example.com", "+14155550123"


def page(model: Any, name: str = "changelist", *arguments: Any) -> str:
    return reverse(f"admin:loginradius_passwordless_{model._meta.model_name}_{name}", args=arguments)


@pytest.fixture
def search(admin_client: Any) -> Any:
    """Look for something among attempts or messages; return the rows, and the page."""

    def find(text: str, model: Any = LoginAttempt, **query: str) -> tuple[list[Any], str]:
        answer = admin_client.get(page(model), {**({"q": text} if text else {}), **query})
        assert answer.status_code == 200
        return list(answer.context["cl"].queryset), answer.content.decode()

    return find


def numbers(html: str) -> list[list[int]]:
    """The rows of the tables of a funnel."""
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", html, re.DOTALL)
    return [[int(count) for count in re.findall(r"<td>(?:<strong>)?(\d+)", row)] for row in rows]


# One search


def test_one_search_finds_an_attempt_by_address_masked_address_number_uid_and_message_id(api, person, mailbox, search):
    start_email(api, MAIL)
    press(person, link_from(mailbox[0]), "approve")
    start_email(api, "bob@example.com")
    start_phone(api, PHONE)
    alices = LoginAttempt.objects.get(recipient=MAIL)
    sid = str(alices.messages.first().sid)
    for text in (MAIL, "a•••@example.com", " A•••@example.com ".lower(), sid, alices.customer and alices.customer.uid):
        if text:
            assert search(text)[0] == [alices], text
            assert {row.attempt for row in search(text, Message)[0]} == {alices}, text
    phone = LoginAttempt.objects.get(channel="sms")
    for text in (PHONE, "+1 415 555 0123", "14155550123", "+1•••0123"):
        assert search(text)[0] == [phone], text
    assert search("x•••@example.com")[0] == []
    assert search("%")[0] == []


def test_an_attempt_shows_its_messages_with_provider_tries_and_error(api, admin_client, mail_through):
    mail_through("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=1)
    start_email(api, MAIL)
    attempt, message = LoginAttempt.objects.get(), Message.objects.get()
    html = admin_client.get(page(LoginAttempt, "change", attempt.pk)).content.decode()
    for text in ("django.core.mail.backends.smtp", "ConnectionRefusedError", "Waiting", "one_touch by email"):
        assert text in html
    assert str(message.sid) in html
    assert (message.tries, message.provider) == (1, "django.core.mail.backends.smtp")
    listed = admin_client.get(page(LoginAttempt)).content.decode()
    assert '<td class="field-delivery">Waiting</td>' in listed


def test_a_message_that_went_names_who_took_it(api, sms_outbox):
    start_phone(api, PHONE)
    message = Message.objects.get()
    assert (message.state, message.provider) == (Delivery.SENT, "memory")
    assert sms_outbox


def test_an_attempt_that_nobody_was_written_to_says_why(api, admin_client):
    api.get("auth/login/passwordlesslogin/email", email="nobody@example.com")
    attempt = LoginAttempt.objects.get()
    html = admin_client.get(page(LoginAttempt, "change", attempt.pk)).content.decode()
    assert "Never meant to be sent" in html
    assert "no message:" in html


# What keeps messages from somebody now


def test_a_search_says_what_keeps_messages_from_somebody(api, search, site, sms_outbox):
    site(SENDS_PER_TEN_MINUTES=1, IDENTITY_FAILURES=1, VOICE_PROVIDERS={})
    start_phone(api, PHONE)
    code = code_from(sms_outbox[0])
    api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE, "otp": "000000" if code != "000000" else "111111"})
    html = search(PHONE)[1]
    assert "the last message is too recent" in html
    assert "1 of 1 messages are used up (of ten minutes), until" in html
    assert "Codes are locked until" in html
    assert "Nobody here has it" in html
    assert "This site has no provider for calls." in html
    assert "no provider for SMS" not in html


def test_a_search_says_that_mail_came_back_from_an_address(api, search, site, later):
    start_email(api, MAIL)
    bounced = Message.objects.get()
    PausedAddress.objects.pause(bounced.identity, "a•••@example.com", "Mailbox unknown")
    assert "Mail came back for good: none is sent to a•••@example.com before" in search(MAIL)[1]
    later(days=31)
    assert "Mail came back" not in search(MAIL)[1]


def test_a_search_says_that_a_customer_is_blocked_and_by_uid_too(api, person, mailbox, search):
    start_email(api, MAIL)
    press(person, link_from(mailbox[0]), "approve")
    customer = Customer.objects.get()
    Customer.objects.update(is_blocked=True)
    for text in (MAIL, customer.uid):
        html = search(text)[1]
        assert "is blocked or switched off" in html
        assert "the last message is too recent" in html
        assert "Nobody here" not in html


def test_a_number_that_gets_no_sms_is_said_to_be_one(search, site):
    site(SMS_COUNTRIES=["DE"])
    assert "No SMS go to this number" in search(PHONE)[1]
    assert "No SMS go to this number" in search("14155550123")[1]
    assert "No SMS" not in search("+4915112345678")[1]


@pytest.mark.parametrize(
    "text", ["", "   ", "nonsense", "%", "•••", "x" * 5000, "\0", "00000000-0000-0000-0000-000000000000"]
)
def test_a_search_for_anything_else_says_nothing(search, text):
    assert "What keeps messages" not in search(text)[1]


def test_staff_who_may_not_see_attempts_learn_nothing_from_a_search(client):
    user = get_user_model().objects.create_user("otto", is_staff=True)
    client.force_login(user)
    assert client.get(page(LoginAttempt), {"q": MAIL}).status_code == 403
    assert client.get(page(LoginAttempt, "funnel")).status_code == 403


# Filters


def test_attempts_are_filtered_by_flow_application_state_and_country(api, bank, api_of, search, site):
    site(RESEND_GAP=0)
    start_phone(api, PHONE)
    start_phone(api_of(bank), "+351912345678")
    start_email(api, MAIL)
    assert [row.country for row in LoginAttempt.objects.order_by("pk")] == ["US", "PT", ""]
    found, html = search("", country="PT")
    assert [row.recipient for row in found] == ["+351912345678"]
    assert "?country=US" in html
    assert len(search("", shown_state="requested")[0]) == 3
    assert len(search("", application__id__exact=str(bank.pk))[0]) == 1
    assert len(search("", flow="smart")[0]) == 0
    assert search("", country="XX")[0] == []


@pytest.mark.parametrize("state", ["requested", "verified", "consumed", "denied", "superseded", "expired", "locked"])
def test_a_filter_by_state_finds_what_is_shown_in_that_state(api, person, mailbox, search, later, site, state):
    site(ATTEMPT_TRIES=1, RESEND_GAP=0, SENDS_PER_TEN_MINUTES=99)
    start_email(api, "old@example.com")
    later(hours=1)
    for name, button in {"verified": "approve", "denied": "deny"}.items():
        start_email(api, f"{name}@example.com")
        press(person, link_from(mailbox[-1]), button)
    start_phone(api)
    api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE, "otp": "000000"})
    start_email(api, "new@example.com")
    found = search("", shown_state=state)[0]
    assert [row.shown_state for row in found] == [state] * len(found)
    assert len(found) == sum(row.shown_state == state for row in search("")[0])


# The funnel


def test_the_funnel_counts_how_far_logins_of_each_flow_got(api, admin_client, person, mailbox, sms_outbox, later, site):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=99)
    start_email(api, "early@example.com")
    later(days=1)
    start_email(api, MAIL)
    person.get(link_from(mailbox[-1]), follow=True)
    start_email(api, "bob@example.com")
    press(person, link_from(mailbox[-1]), "approve")
    site(SENDING="worker")
    start_email(api, "waiting@example.com")
    site(SENDING="inline")
    start_phone(api, PHONE)
    api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE, "otp": code_from(sms_outbox[-1])})
    html = admin_client.get(page(LoginAttempt, "funnel")).content.decode()
    *_days, yesterday, today, whole = numbers(html)
    assert yesterday == [1, 1, 0, 0, 0]
    assert today == [4, 3, 3, 2, 1]
    assert whole == [5, 4, 3, 2, 1]
    assert html.count('class="studio-funnel"') == 1
    assert "4 started" in html


def test_a_funnel_of_nobody_says_so_and_knows_its_periods(admin_client):
    for days in ("", "7", "30", "9999999", "x"):
        answer = admin_client.get(page(LoginAttempt, "funnel"), {"days": days})
        assert "Nobody has started a login in these days." in answer.content.decode()


def test_a_link_is_opened_once_and_by_whoever_shows_its_page(api, person, mailbox):
    start_email(api, MAIL)
    link = link_from(mailbox[0])
    person.head(link)
    person.get(link, headers={"Sec-Purpose": "prefetch"})
    assert LoginAttempt.objects.get().opened_at is None
    person.get(link, follow=True)
    first = LoginAttempt.objects.get()
    assert first.opened_at
    person.get(link, follow=True)
    assert LoginAttempt.objects.get().opened_at == first.opened_at
    assert LoginAttempt.objects.get().state == "requested"


# What else a search knows


def test_a_login_that_was_asked_for_by_user_name_is_found_by_her_address(api, alice, mailbox, search):
    api.get("auth/login/passwordlesslogin/email", username="alice")
    attempt = LoginAttempt.objects.get()
    assert search(MAIL)[0] == [attempt]
    assert "the last message is too recent" in search(MAIL)[1]


def test_limits_that_are_over_are_not_spoken_of_and_those_of_a_kind_are(api, search, later, site):
    site(SENDS_PER_TEN_MINUTES=1)
    MessageSettings.objects.create(kind="one_touch_login", request_limit=1, disable_period=2880)
    start_email(api, MAIL)
    assert "used up (One-touch login)" in search(MAIL)[1]
    later(hours=1)
    html = search(MAIL)[1]
    assert "used up (One-touch login)" in html
    assert "of ten minutes" not in html
    later(days=3)
    assert "used up" not in search(MAIL)[1]


def test_a_user_of_the_site_is_no_stranger(search, site):
    get_user_model().objects.create_user("bob", email="bob@example.com")
    assert "Nobody here has it" not in search("bob@example.com")[1]
    assert "Nobody here has it" in search("carol@example.com")[1]


def test_a_blocked_customer_who_has_proven_nothing_is_said_to_be_blocked(search):
    user = get_user_model().objects.create_user("dora")
    customer = Customer.objects.create(user=user, registered_by="phone", is_blocked=True)
    assert "is blocked or switched off" in search(customer.uid)[1]


def test_a_locked_password_is_said_to_be_locked(api, phone_customer, search, site):
    site(IDENTITY_FAILURES=1)
    for _time in range(3):
        api.post("auth/login", {"phone": PHONE, "password": "wrong wrong wrong"})
    assert "The password is locked until" in search(PHONE)[1]
