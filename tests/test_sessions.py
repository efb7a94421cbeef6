"""Sessions: what one sign-in opened ends as a whole, whenever and however it ends."""

import threading

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from loginradius_passwordless import sessions
from loginradius_passwordless.backends import browsers
from loginradius_passwordless.backends.accounts import AccountPolicy
from loginradius_passwordless.flows import browser
from loginradius_passwordless.models import AccessToken, Customer, Event, LoginAttempt, Session
from loginradius_passwordless.retention import purge

from .conftest import code_from, customer_of, error_code, fields_of, link_from, token_from
from .test_security_notice import WINDOWS, disown, link_in, notices, sign_in_on
from .test_sign_in_page import ask, enter, press, user_of

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
MAIL = "auth/login/passwordlesslogin/email"


@pytest.fixture(autouse=True)
def _roomy(site, shop):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=99, SENDS_PER_DAY=99)


def sign_in(person, mailbox, who="alice@example.com"):
    ask(person, who)
    mails = [mail for mail in mailbox if "oneclicksignin" in mail.body]
    return enter(person, code_from(mails[-1]))


def end_all():
    return sessions.end(Session.objects.all())


def test_a_browser_that_was_signed_in_as_somebody_else_before_is_signed_out_too(person, mailbox, alice):
    customer_of(User.objects.create(username="mallory"), "mallory@example.com")
    sign_in(person, mailbox, "mallory@example.com")
    sign_in(person, mailbox)
    assert user_of(person) == alice.user
    sessions.end(Session.objects.filter(customer=alice))
    assert user_of(person) is None


def test_signing_out_of_the_site_ends_the_tokens(api, person, mailbox, alice):
    sign_in(person, mailbox)
    other = sign_in_on(LoginAttempt.objects.latest("pk").application, mailbox)  # lives on
    person.post("/sign-out/", fields_of(person.get("/account/")))
    assert Session.objects.exclude(ended_at=None).count() == 1
    assert AccessToken.objects.live().count() == 1
    assert api.get("auth/account", headers={"Authorization": f"Bearer {other['access_token']}"}).status_code == 200


def test_who_signs_in_twice_in_one_browser_is_signed_out_of_it_by_the_end_of_either(person, mailbox, alice):
    sign_in(person, mailbox)
    sign_in(person, mailbox)
    older = Session.objects.earliest("created_at")
    sessions.end(Session.objects.filter(pk=older.pk))
    assert user_of(person) is None


def test_signing_out_ends_every_sign_in_of_that_browser(person, mailbox, alice):
    sign_in(person, mailbox)
    sign_in(person, mailbox)
    person.post("/sign-out/", fields_of(person.get("/account/")))
    assert not AccessToken.objects.live().exists()


def test_signing_out_works_although_the_session_cannot_be_ended(person, mailbox, alice, monkeypatch, caplog):
    from django.db import OperationalError

    sign_in(person, mailbox)

    def fail(*args, **options):
        raise OperationalError

    monkeypatch.setattr(browser.sessions, "end", fail)
    page = person.get("/account/")
    person.post("/sign-out/", fields_of(page))
    assert user_of(person) is None
    assert "Sessions outlive" in caplog.text


def test_of_several_browsers_all_but_the_one_that_cannot_be_reached_are_signed_out_and_the_purge_ends_that_one(
    mailbox, alice, monkeypatch, caplog
):
    first, second = Client(), Client()
    for person in (first, second):
        sign_in(person, mailbox)
    end_browser, failures = browsers.end, ["once"]

    def fail_once(key):
        if failures:
            failures.pop()
            raise ConnectionError
        end_browser(key)

    monkeypatch.setattr(browsers, "end", fail_once)
    assert end_all() == 2
    assert [user_of(person) for person in (first, second)].count(None) == 1
    assert "stays signed in" in caplog.text
    dict(purge())
    assert user_of(first) is user_of(second) is None
    assert not Session.objects.exclude(sealed_browser_key=None).exists()


def test_ending_it_once_more_signs_out_a_browser_that_was_not_reached(mailbox, person, alice, monkeypatch):
    sign_in(person, mailbox)
    end_browser = browsers.end
    monkeypatch.setattr(browsers, "end", lambda key: 1 / 0)
    assert end_all() == 1
    monkeypatch.setattr(browsers, "end", end_browser)
    assert end_all() == 0
    assert user_of(person) is None


def test_a_session_that_is_ended_while_the_browser_is_being_signed_in_signs_in_nobody(
    person, mailbox, alice, monkeypatch
):
    bind = sessions.bind

    def end_then_bind(session_id, key):
        end_all()
        return bind(session_id, key)

    monkeypatch.setattr(sessions, "bind", end_then_bind)
    answer = sign_in(person, mailbox)
    assert b"This account may not sign in" in answer.content
    assert user_of(person) is None


def test_a_customer_who_is_deleted_while_the_browser_is_being_signed_in_is_no_fault(
    person, mailbox, alice, monkeypatch
):
    bind = sessions.bind

    def delete_then_bind(session_id, key):
        Customer.objects.all().delete()
        return bind(session_id, key)

    monkeypatch.setattr(sessions, "bind", delete_then_bind)
    assert sign_in(person, mailbox).status_code == 403
    assert user_of(person) is None


def test_of_an_end_and_a_sign_in_that_meet_either_the_browser_is_out_or_it_was_never_in(mailbox, alice):
    for _ in range(5):
        person, barrier = Client(), threading.Barrier(2)
        ask(person)
        mails = [mail for mail in mailbox if "oneclicksignin" in mail.body]

        def end_when_it_is_there(barrier=barrier):
            from django.db import connection

            barrier.wait()
            try:
                while not Session.objects.live().exists():
                    pass
                end_all()
            finally:
                connection.close()

        ender = threading.Thread(target=end_when_it_is_there)
        ender.start()
        barrier.wait()
        enter(person, code_from(mails[-1]))
        ender.join()
        end_all()
        assert user_of(person) is None
        assert not Session.objects.exclude(sealed_browser_key=None).exists()


def test_where_sessions_are_kept_in_cookies_the_page_does_not_say_that_a_browser_is_signed_out(
    shop, mailbox, alice, settings
):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    sign_in_on(shop, mailbox)
    sign_in_on(shop, mailbox, WINDOWS)
    page = disown(link_in(notices(mailbox)[0])).content
    assert b"may stay signed in for a while" in page
    assert b"is signed out" not in page


def test_a_device_that_was_disowned_is_told_of_again(shop, mailbox, alice):
    sign_in_on(shop, mailbox)
    sign_in_on(shop, mailbox, WINDOWS)
    disown(link_in(notices(mailbox)[0]))
    sign_in_on(shop, mailbox, WINDOWS)
    assert len(notices(mailbox)) == 2


def test_who_comes_back_after_a_long_time_is_told_of_the_sign_in(shop, mailbox, alice, later):
    sign_in_on(shop, mailbox)
    later(days=100)
    dict(purge())
    assert not Session.objects.exists()
    sign_in_on(shop, mailbox, WINDOWS)
    assert len(notices(mailbox)) == 1


def test_a_notice_speaks_the_customers_language_and_calls_them_by_their_name(shop, mailbox, alice):
    from loginradius_passwordless.models import EmailTemplate

    EmailTemplate.objects.put(
        kind="security_notice", language="de", subject="New sign-in", text="Hallo #Name# #Url#?vtoken=#GUID#"
    )
    Customer.objects.update(language="de", full_name="Alice de Vries")
    sign_in_on(shop, mailbox)
    sign_in_on(shop, mailbox, WINDOWS)
    assert "Hallo Alice de Vries" in notices(mailbox)[0].body


def test_what_tells_after_the_commit_cannot_fail_the_request(api, mailbox, alice, monkeypatch):
    """Django wants the name of such a function when it fails: a partial has none."""
    from loginradius_passwordless import waiting

    monkeypatch.setattr(waiting, "_tell", lambda attempt: 1 / 0)
    api.get(MAIL, email="alice@example.com")
    assert api.get(f"{MAIL}/verify", vtoken=token_from(mailbox[0])).status_code == 200


# Who gets no message, and who does not get in


@pytest.mark.parametrize("fields", [{"is_active": False}, {"is_staff": True}, {"is_superuser": True}])
def test_a_user_of_the_site_who_cannot_get_in_gets_no_message(api, mailbox, fields):
    User.objects.create(username="zoe", email="zoe@example.com", **fields)
    for who in ({"email": "zoe@example.com"}, {"username": "zoe"}):
        assert api.get(MAIL, **who).json() == {"IsPosted": True}
    assert not mailbox
    # Staff who search for it find why.
    assert all("no message: " in event.detail for event in Event.objects.filter(name="login_started"))


def test_a_customer_who_became_staff_does_not_get_into_the_admin_by_mail(api, person, mailbox, alice, site):
    ask(person)
    User.objects.update(is_staff=True, is_superuser=True)
    answer = enter(person, code_from(mailbox[0]))
    assert b"This account may not sign in" in answer.content
    assert "staff" in Event.objects.get(name="sign_in_refused").detail
    site(SITE_EMAILS_ARE_VERIFIED=True, RESEND_GAP=0)
    assert enter(person, code_from(mailbox[0])).status_code == 303
    assert person.get("/admin/").status_code == 200


def test_a_policy_that_fails_lets_nobody_in_and_tells_nothing(api, mailbox, alice, site, caplog):
    site(ACCOUNT_POLICY=f"{__name__}.BrokenPolicy")
    assert api.get(MAIL, email="alice@example.com").json() == {"IsPosted": True}
    assert not mailbox
    assert "ACCOUNT_POLICY failed" in caplog.text


def test_a_policy_that_fails_to_choose_opens_nobodys_account(api, mailbox, site, caplog):
    User.objects.create(username="zoe", email="zoe@example.com")
    site(ACCOUNT_POLICY=f"{__name__}.BrokenPolicy")
    assert api.get(MAIL, email="zoe@example.com").json() == {"IsPosted": True}
    assert error_code(api.get(f"{MAIL}/verify", vtoken=token_from(mailbox[0]))) == 1220
    assert "ACCOUNT_POLICY failed" in caplog.text


class BrokenPolicy(AccountPolicy):
    def choose(self, identity, users):
        return users[0].orders.first()

    def may_sign_in(self, customer):
        return customer.user.membership.is_paid


def test_who_was_deleted_is_not_made_again_for_a_moment(api, mailbox, alice):
    from django.db.models.signals import post_save

    api.get(MAIL, email="alice@example.com")
    User.objects.all().delete()
    made = []
    post_save.connect(receiver := lambda instance, **_: made.append(instance), sender=User)
    try:
        assert error_code(api.get(f"{MAIL}/verify", vtoken=token_from(mailbox[0]))) == 938
    finally:
        post_save.disconnect(receiver, sender=User)
    assert not made


# The pages, with what no browser sends


@pytest.mark.parametrize("target", ["/" + "a" * 600, "/\x00", "/\u2028", "https://shop.example/welcome\x00"])
def test_a_target_that_cannot_be_stored_is_refused(person, mailbox, alice, target):
    page = person.get("/signin/")
    answer = person.post("/signin/", {**fields_of(page), "who": "alice@example.com", "target": target})
    assert answer.status_code == 403
    assert not mailbox


@pytest.mark.parametrize("page", ["/signin/", "/signin/code/", "/signin/link/", "/signin/not-me/", "/signin/waiting/"])
def test_requests_that_django_refuses_are_no_faults_of_ours(page, db, shop, caplog):
    many = "&".join(f"a{number}=1" for number in range(2000))
    answers = [
        Client().get(f"{page}?{many}"),
        Client().post(page, data=b"x", content_type="multipart/form-data"),
        Client().post(page, data=b"x=%ff", content_type="application/x-www-form-urlencoded; charset=utf-16"),
    ]
    assert {answer.status_code for answer in answers} <= {200, 302, 400, 403, 405}
    assert "failed" not in caplog.text


def test_a_number_that_may_no_longer_be_used_is_no_fault(person, sms_outbox, phone_customer, site):
    ask(person, "+14155550123")
    site(SMS_COUNTRIES=["DE"])
    assert person.get("/signin/code/").status_code == 200
    assert b"not a phone number we can use" in press(person, "again").content


def test_a_site_without_sessions_sends_nothing_and_uses_nothing_up(api, mailbox, alice, settings, caplog):
    settings.MIDDLEWARE = [
        name for name in settings.MIDDLEWARE if not name.endswith(("SessionMiddleware", "AuthenticationMiddleware", "MessageMiddleware"))
    ]  # fmt: skip
    person = Client(raise_request_exception=False)
    assert person.post("/signin/", {"who": "alice@example.com"}).status_code == 500
    assert not mailbox
    assert "SessionMiddleware" in caplog.text
    api.get(MAIL, email="alice@example.com")
    assert person.get(link_from(mailbox[0]), follow=True).status_code == 500
    assert LoginAttempt.objects.get().state == "requested"


def test_another_application_that_becomes_the_oldest_changes_nothing_for_who_has_asked(
    shop, bank, person, mailbox, alice
):
    ask(person)
    shop.is_active = False
    shop.save()
    assert b"This sign-in link is wrong" in enter(person, code_from(mailbox[0])).content
    shop.is_active = True
    shop.save()
    assert enter(person, code_from(mailbox[0])).status_code == 303
    assert Session.objects.get().application == shop


def test_a_database_dump_has_no_handle_on_a_login_that_waits(person, mailbox, alice):
    from django.contrib.sessions.models import Session as BrowserSession

    from loginradius_passwordless.hosted.remembered import Remembered
    from loginradius_passwordless.models.attempt import guid_digest

    ask(person)
    [row] = BrowserSession.objects.all()
    stored = row.get_decoded()["loginradius_sign_in"]
    digest = LoginAttempt.objects.get().client_guid_digest
    assert digest not in {guid_digest(seed) for seed in stored["seeds"]}
    assert [guid_digest(guid) for guid in Remembered(**stored).client_guids] == [digest]


def test_two_pages_of_one_browser_offer_the_same_three_numbers_and_one_wrong_pick_ends_both(person, mailbox, alice):
    import re

    ask(person)
    press(person, "again")
    pages = [Client().get(link_from(mail), follow=True).content.decode() for mail in mailbox]
    offered = [re.findall(r'name="number" value="(\d+)"', page) for page in pages]
    assert offered[0] == offered[1]
    right = re.findall(r'class="number">(\d+)<', person.get("/signin/code/").content.decode())[0]
    other = Client(enforce_csrf_checks=True)
    form = fields_of(other.get(link_from(mailbox[0]), follow=True))
    wrong = next(number for number in offered[0] if number != right)
    other.post("/signin/link/", {**form, "decision": "approve", "number": wrong})
    assert set(LoginAttempt.objects.values_list("state", flat=True)) == {"denied"}


def test_a_session_that_ended_lately_keeps_its_time(shop, mailbox, alice):
    sign_in_on(shop, mailbox)
    end_all()
    first = Session.objects.get().ended_at
    end_all()
    assert Session.objects.get().ended_at == first <= timezone.now()


def test_a_browser_whose_key_no_key_of_the_site_opens_any_more_stops_nobody_from_ending_it(
    person, mailbox, alice, settings
):
    sign_in(person, mailbox)
    settings.SECRET_KEY = "another one, and the old one was thrown away"
    assert end_all() == 1
    assert not AccessToken.objects.live().exists()
    assert not Session.objects.exclude(sealed_browser_key=None).exists()


def test_a_browser_that_waits_for_an_application_that_was_switched_off_is_told_so(person, mailbox, alice, shop):
    ask(person)
    shop.is_active = False
    shop.save()
    answer = person.get("/signin/waiting/")
    assert (answer.status_code, answer.json()) == (403, {"IsConfirmed": False})
    assert Client().get("/signin/waiting/").json() == {"IsConfirmed": False, "IsOver": True}
