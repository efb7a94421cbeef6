"""Who was signed out or blocked stays out: whatever else happens at that moment, and however long ago it began."""

import threading

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends import cache as cached_sessions
from django.contrib.sessions.backends import db as stored_sessions
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.views.debug import ExceptionReporter

from loginradius_passwordless import sessions
from loginradius_passwordless.flows import account
from loginradius_passwordless.models import AccessToken, Customer, Session
from loginradius_passwordless.models.access_token import AccessTokenQuerySet
from loginradius_passwordless.retention import purge

from .conftest import code_from, fields_of, start_phone
from .test_sign_in_page import ask, enter, user_of

pytestmark = pytest.mark.django_db(transaction=True)

VERIFY = "auth/onetouchlogin/phone/verify"
PHONE = "+14155550123"
CUSTOMERS = "admin:loginradius_passwordless_customer_changelist"
ISSUER = "loginradius_passwordless.backends.access_tokens.session.AccessTokenBackend"


@pytest.fixture(autouse=True)
def _many_messages(site):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=99, SENDS_PER_DAY=99, STARTS_PER_HOUR_PER_ADDRESS=999)


def code_in(mailbox):
    return code_from([message for message in mailbox if "oneclicksignin" in message.body][-1])


def sign_in(browser, mailbox):
    ask(browser, "alice@example.com")
    assert enter(browser, code_in(mailbox)).status_code in (302, 303)


def block(admin_client, customer):
    return admin_client.post(reverse(CUSTOMERS), {"action": "block", "_selected_action": [customer.pk]})


def side_by_side(monkeypatch, owner, name, first, second, *, after=False):
    """Begin the second call while the first one is about to call ``owner.name``, or has; return both answers.

    Where the database has one writer, the second waits until the first is through.
    """
    reached, go_on, answers, real = threading.Event(), threading.Event(), {}, getattr(owner, name)

    def stop(*arguments, **options):
        result = real(*arguments, **options) if after else None
        reached.set()
        go_on.wait(10)
        return result if after else real(*arguments, **options)

    def run(call):
        try:
            answers[call] = call()
        finally:
            connections.close_all()

    monkeypatch.setattr(owner, name, stop)
    threads = [threading.Thread(target=run, args=[call]) for call in (first, second)]
    threads[0].start()
    assert reached.wait(10)
    threads[1].start()
    threads[1].join(3)
    go_on.set()
    for thread in threads:
        thread.join(30)
    return answers[first], answers[second]


# Blocked, or signed out, in the middle of something


def test_somebody_who_is_blocked_while_they_sign_in_gets_no_token(api, sms_outbox, shop, admin_client, monkeypatch):
    start_phone(api)
    api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[-1]))
    start_phone(api)
    code = code_from(sms_outbox[-1])
    customer = Customer.objects.get()
    _login, blocked = side_by_side(
        monkeypatch, Customer, "count_login",
        lambda: api.put(VERIFY, {"phone": PHONE}, otp=code), lambda: block(admin_client, customer),
    )  # fmt: skip
    assert blocked.status_code == 302
    assert Customer.objects.get().is_blocked
    assert not AccessToken.objects.live().exists()
    assert not Session.objects.live().exists()


def test_a_browser_whose_customer_is_blocked_while_it_signs_in_stays_out(
    person, mailbox, shop, alice, admin_client, monkeypatch
):
    ask(person, "alice@example.com")
    code = code_in(mailbox)
    side_by_side(monkeypatch, Customer, "count_login", lambda: enter(person, code), lambda: block(admin_client, alice))
    assert not Session.objects.live().exists()
    assert "_auth_user_id" not in person.session


def test_a_block_and_a_refresh_do_not_wait_for_each_other(
    api, sms_outbox, shop, shop_secret, admin_client, monkeypatch
):
    start_phone(api)
    login = api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[-1])).json()
    secret, address = {"X-LoginRadius-ApiSecret": shop_secret}, "manage/account/access_token/refresh"
    customer = Customer.objects.get()
    refreshed, blocked = side_by_side(
        monkeypatch, AccessTokenQuerySet, "spend_refresh_token",
        lambda: api.get(address, headers=secret, refresh_token=login["refresh_token"]),
        lambda: block(admin_client, customer),
        after=True,
    )  # fmt: skip
    assert refreshed.status_code in (200, 403)
    assert blocked.status_code == 302
    assert Customer.objects.get().is_blocked
    assert not AccessToken.objects.live().exists()


def test_a_refresh_of_an_account_that_is_deleted_meanwhile_is_refused(api, sms_outbox, shop_secret, monkeypatch):
    start_phone(api)
    login = api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[-1])).json()
    rotate = account._rotate

    def deleted_first(*arguments):
        get_user_model().objects.all().delete()
        return rotate(*arguments)

    monkeypatch.setattr(account, "_rotate", deleted_first)
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    answer = api.get("manage/account/access_token/refresh", headers=secret, refresh_token=login["refresh_token"])
    assert (answer.status_code, answer.json()["ErrorCode"]) == (403, 1217)


def test_a_sign_out_reaches_a_session_that_is_saved_after_its_commit(api, sms_outbox, settings, site, monkeypatch):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    site(ACCESS_TOKEN_BACKEND=ISSUER)
    start_phone(api)
    save = cached_sessions.SessionStore.save

    def late(session, must_create=False):
        sessions.end(Session.objects.all())  # another process, between our commit and our save
        save(session, must_create)

    monkeypatch.setattr(cached_sessions.SessionStore, "save", late)
    token = api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[-1])).json()["access_token"]
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = token
    assert user_of(browser) is None


# Browsers that signed in long ago, or whose owner goes


def test_the_purge_forgets_no_browser_that_is_still_signed_in(person, mailbox, shop, alice, later):
    sign_in(person, mailbox)
    later(days=100)
    dict(purge())
    new = Client(enforce_csrf_checks=True)
    sign_in(new, mailbox)
    page = new.get(reverse("loginradius_passwordless:account"))
    new.post(reverse("loginradius_passwordless:account"), {**fields_of(page), "do": "end_others"})
    assert user_of(new) == alice.user
    assert user_of(person) is None


def test_the_purge_forgets_browsers_that_are_gone(person, mailbox, shop, alice, later):
    sign_in(person, mailbox)
    later(days=100)
    person.session.delete()
    assert dict(purge())["sessions"] == 1
    assert not Session.objects.exists()


@pytest.mark.parametrize("owner", ["customer", "application"])
def test_whoever_is_deleted_is_signed_out_everywhere(person, mailbox, alice, shop, owner):
    sign_in(person, mailbox)
    (alice if owner == "customer" else shop).delete()
    assert user_of(person) is None


def test_the_sign_in_that_a_browser_forgets_ends(person, mailbox, shop, alice):
    for _number in range(21):
        sign_in(person, mailbox)
    assert Session.objects.live().count() == 20


def test_where_sign_ins_share_a_token_the_one_that_a_browser_forgets_ends_nothing(person, mailbox, shop, alice, site):
    site(ACCESS_TOKEN_BACKEND="loginradius_passwordless.backends.access_tokens.authtoken.AccessTokenBackend")
    other = Client(enforce_csrf_checks=True)
    sign_in(other, mailbox)
    for _number in range(22):
        sign_in(person, mailbox)
    assert user_of(person) == user_of(other) == alice.user


@pytest.mark.parametrize("swallows", [False, True])
def test_while_the_store_of_sessions_is_away_the_purge_forgets_no_browser(
    person, mailbox, shop, alice, settings, later, caplog, swallows
):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"
    sign_in(person, mailbox)
    later(days=100)
    session = Session.objects.get()
    key = session.browser_key
    away = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    caches = settings.CACHES
    settings.CACHES = {"default": {**away, "OPTIONS": {"IGNORE_EXCEPTIONS": swallows}}}
    assert dict(purge())["sessions"] == 0
    settings.CACHES = caches
    assert Session.objects.get().browser_key == key
    assert dict(purge())["sessions"] == 1  # that of the tests is emptied where time passes


def test_whoever_deletes_the_owner_of_a_browser_that_cannot_be_signed_out_is_told_that_nobody_tries_again(
    person, mailbox, shop, alice, monkeypatch, caplog
):
    sign_in(person, mailbox)

    def fail(session, session_key=None):
        raise ConnectionError

    monkeypatch.setattr(stored_sessions.SessionStore, "delete", fail)
    alice.delete()
    assert "its row is deleted, so nobody tries again" in caplog.text


def test_an_application_with_very_many_old_sessions_can_be_deleted(shop, alice):
    Session.objects.bulk_create([Session(customer=alice, application=shop) for _number in range(1200)])
    with CaptureQueriesContext(connection) as asked:
        shop.delete()
    assert not Session.objects.exists()
    assert not [query for query in asked if "FOR UPDATE" in query["sql"]]


def test_a_report_of_a_browser_that_cannot_be_signed_out_does_not_open_its_session(
    person, mailbox, shop, alice, monkeypatch, caplog
):
    sign_in(person, mailbox)
    key = person.session.session_key

    def fail(session, session_key=None):
        raise ConnectionError

    monkeypatch.setattr(stored_sessions.SessionStore, "delete", fail)
    sessions.end(Session.objects.all())
    [record] = [record for record in caplog.records if "stays signed in" in record.getMessage()]
    report = ExceptionReporter(None, *(record.exc_info or (None, None, None)))
    assert key not in record.getMessage() + report.get_traceback_text()
