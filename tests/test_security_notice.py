"""A sign-in on a new device or in a new country is told by mail, and one press ends it."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from loginradius_passwordless import signals
from loginradius_passwordless.models import Application, Event, LoginAttempt, Session
from loginradius_passwordless.retention import purge

from .conftest import API_Client, code_from, customer_of, error_code, fields_of, ping, start_smart
from .test_sign_in_page import ask, enter, user_of

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
PAGE = "/signin/not-me/"
MAIL = "auth/login/passwordlesslogin/email"
IPHONE, WINDOWS = "Mozilla/5.0 (iPhone)", "Mozilla/5.0 (Windows NT 10.0)"


@pytest.fixture(autouse=True)
def _roomy(site):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=99, SENDS_PER_DAY=99)


def link_in(mail):
    return re.findall(r"http\S+vtoken=[\w-]+", mail.body)[0]


def sign_in_on(shop, mailbox, agent=IPHONE, address="127.0.0.1", who="alice@example.com"):
    """Sign somebody in by code, and return their tokens."""
    api = API_Client(shop.api_key)
    api.client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    api.get(MAIL, email=who)
    answer = api.post(f"{MAIL}/verifyotp", {"email": who, "otp": code_from(mailbox[-1])})
    assert answer.status_code == 200
    return answer.json()


def notices(mailbox):
    return [mail for mail in mailbox if "New sign-in" in mail.subject]


def disown(link, person=None):
    person = person or Client(enforce_csrf_checks=True)
    return person.post(PAGE, {**fields_of(person.get(link, follow=True)), "decision": "disown"})


def works(api, tokens):
    return api.get("auth/account", headers={"Authorization": f"Bearer {tokens['access_token']}"}).status_code == 200


def test_a_sign_in_on_a_new_device_is_told_by_mail_and_ended_by_one_press(api, shop, mailbox, alice):
    hers = sign_in_on(shop, mailbox)
    assert not notices(mailbox)  # the first is welcomed instead
    his = sign_in_on(shop, mailbox, WINDOWS, "192.0.2.66")
    [mail] = notices(mailbox)
    assert mail.to == ["alice@example.com"]
    for text in ("a Windows computer", "192.0.2.66", timezone.now().strftime("%Y-%m-%d")):
        assert text in mail.body
    page = Client().get(link_in(mail), follow=True)
    for text in (b"Was this you?", b"a Windows computer", b"192.0.2.66", b"Example Shop"):
        assert text in page.content
    assert works(api, his)  # opening the link has done nothing
    assert b"That session has ended" in disown(link_in(mail)).content
    assert not works(api, his)
    assert works(api, hers)
    assert Event.objects.get(name="session_disowned").customer == alice


def test_the_browser_that_was_signed_in_is_signed_out(shop, mailbox, alice):
    sign_in_on(shop, mailbox)
    his = Client(headers={"User-Agent": WINDOWS})
    ask(his)
    enter(his, code_from(mailbox[-1]))
    assert user_of(his) == alice.user
    disown(link_in(notices(mailbox)[0]))
    assert user_of(his) is None


def test_a_device_that_was_used_before_is_no_news(shop, mailbox, alice):
    for agent in (IPHONE, WINDOWS, IPHONE, WINDOWS):
        sign_in_on(shop, mailbox, agent)
    assert len(notices(mailbox)) == 1


def test_a_device_that_waited_is_told_of_too(api, shop, mailbox, alice):
    sign_in_on(shop, mailbox)
    api.client = Client(headers={"User-Agent": "Mozilla/5.0 (SMART-TV; Tizen)"})
    guid = start_smart(api)
    api.get("auth/email/smartlogin", vtoken=re.findall(r"vtoken=([\w-]+)", mailbox[-1].body)[0])
    tokens = ping(api, guid).json()
    assert "a TV" in notices(mailbox)[0].body
    disown(link_in(notices(mailbox)[0]))
    assert not works(api, tokens)


def test_another_country_is_news_where_countries_are_known(shop, mailbox, alice, geoip):
    sign_in_on(shop, mailbox, IPHONE, "203.0.113.1")
    sign_in_on(shop, mailbox, IPHONE, "198.51.100.2")
    assert not notices(mailbox)
    sign_in_on(shop, mailbox, IPHONE, "192.0.2.1")
    assert "From: Tokyo, Japan" in notices(mailbox)[0].body
    assert " JST" in notices(mailbox)[0].body


def test_an_application_may_switch_its_notices_off(shop, mailbox, alice):
    Application.objects.update(security_notices=False)
    sign_in_on(shop, mailbox)
    sign_in_on(shop, mailbox, WINDOWS)
    assert not notices(mailbox)


def test_who_has_no_mailbox_gets_no_notice_and_signs_in_all_the_same(api, mailbox, sms_outbox, phone_customer):
    for agent in (IPHONE, WINDOWS):
        api.client = Client(headers={"User-Agent": agent})
        api.get("auth/login/passwordlesslogin/otp", phone="+14155550123")
        codes = [sms for sms in sms_outbox if "#" in sms.text]
        answer = api.put(
            "auth/login/passwordlesslogin/otp/verify", {"phone": "+14155550123", "otp": code_from(codes[-1])}
        )
        assert answer.status_code == 200
    assert not mailbox


def test_notices_do_not_count_for_the_messages_that_a_person_may_ask_for(shop, mailbox, alice, site):
    site(SENDS_PER_DAY=2, SENDS_PER_TEN_MINUTES=2)
    sign_in_on(shop, mailbox)
    sign_in_on(shop, mailbox, WINDOWS)
    assert len(notices(mailbox)) == 1


# The link


@pytest.fixture
def notice(shop, mailbox, alice):
    """The link of a notice about a sign-in whose tokens are still good."""
    sign_in_on(shop, mailbox)
    sign_in_on(shop, mailbox, WINDOWS)
    return link_in(notices(mailbox)[0])


def test_opening_it_by_whatever_means_ends_nothing(notice):
    for _ in range(3):
        page = Client().get(notice)
        assert page["Location"] == PAGE
        Client().head(notice)
        Client().get(notice, headers={"Sec-Purpose": "prefetch"})
    assert not Session.objects.exclude(ended_at=None).exists()


def test_it_works_once_and_says_so_afterwards(notice):
    heard = []
    signals.session_disowned.connect(receiver := lambda session, **_: heard.append(session))
    try:
        assert disown(notice).status_code == 200
        assert b"That session has ended" in Client().get(notice, follow=True).content
    finally:
        signals.session_disowned.disconnect(receiver)
    assert heard == list(Session.objects.exclude(ended_at=None))
    assert len(heard) == 1


def test_without_csrf_or_with_another_word_it_ends_nothing(notice):
    person = Client(enforce_csrf_checks=True)
    page = person.get(notice, follow=True)
    assert person.post(PAGE, {"decision": "disown"}).status_code == 403
    assert b"Was this you?" in person.post(PAGE, {**fields_of(page), "decision": "approve"}).content
    assert not Session.objects.exclude(ended_at=None).exists()


def test_it_ends_after_seven_days_and_with_its_attempt(notice, later):
    later(days=8)
    assert b"This link has expired" in Client().get(notice, follow=True).content


def test_an_attempt_that_was_purged_leaves_an_unknown_link_and_a_session(notice, later):
    later(days=31)
    dict(purge())
    assert not LoginAttempt.objects.exists()
    assert Session.objects.count() == 2
    assert b"This link is not known" in Client().get(notice, follow=True).content


@pytest.mark.parametrize("token", ["x" * 43, "short", "€", ""])
def test_a_link_that_was_never_made_is_unknown(db, token):
    assert Client().get(PAGE, {"vtoken": token}, follow=True).status_code in {400, 403}


def test_sessions_are_forgotten_with_the_events_and_their_addresses_sooner(shop, mailbox, alice, later):
    sign_in_on(shop, mailbox)
    later(days=8)
    dict(purge())
    assert Session.objects.get().address is None
    later(days=84)
    dict(purge())
    assert not Session.objects.exists()


def test_signing_out_ends_the_session_and_the_browser(api, shop, mailbox, alice):
    tokens = sign_in_on(shop, mailbox)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert api.get("auth/access_token/invalidate", headers=bearer).json() == {"IsPosted": True}
    assert Session.objects.get().ended_at - timezone.now() < timedelta(seconds=5)
    assert error_code(api.get("auth/access_token/invalidate", headers=bearer)) == 905


def test_a_customer_of_two_addresses_is_told_at_the_first(api, shop, mailbox, alice):
    from loginradius_passwordless.identifiers import parse_email
    from loginradius_passwordless.models import Identifier

    Identifier.objects.add_proven(alice, parse_email("second@example.com"))
    sign_in_on(shop, mailbox)
    sign_in_on(shop, mailbox, WINDOWS)
    assert notices(mailbox)[0].to == ["alice@example.com"]


def test_a_device_that_another_customer_uses_is_new_to_this_one(shop, mailbox, alice):
    customer_of(User.objects.create(username="bob"), "bob@example.com")
    sign_in_on(shop, mailbox, WINDOWS, who="bob@example.com")
    sign_in_on(shop, mailbox, IPHONE)
    sign_in_on(shop, mailbox, WINDOWS)
    assert [mail.to for mail in notices(mailbox)] == [["alice@example.com"]]


def test_two_pages_of_one_notice_end_it_once_and_both_say_so(notice):
    first, second = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    forms = [fields_of(person.get(notice, follow=True)) for person in (first, second)]
    for person, form in zip((first, second), forms, strict=True):
        assert b"That session has ended" in person.post(PAGE, {**form, "decision": "disown"}).content
    assert Event.objects.filter(name="session_disowned").count() == 1


def test_a_notice_about_a_session_that_is_gone_is_unknown(notice, alice):
    Session.objects.all().delete()
    assert b"This link is not known" in Client().get(notice, follow=True).content
