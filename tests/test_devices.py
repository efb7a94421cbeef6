"""Where a customer is signed in: seen and ended by the API and on the account page, by nobody else."""

import json
import os
import re
import threading
from collections import Counter
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from django.db import connection
from django.test import Client

from loginradius_passwordless import sessions
from loginradius_passwordless.models import AccessToken, Customer, Event, Session

from .conftest import code_from, error_code, fields_of, start_phone

pytestmark = pytest.mark.django_db(transaction=True)
PHONE, OTHER = "+14155550123", "+14155550177"
ACCOUNT = "/signin/account/"
MAC, WINDOWS = "Mozilla/5.0 (Macintosh)", "Mozilla/5.0 (Windows NT 10.0)"


@pytest.fixture(autouse=True)
def _roomy(site, shop):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=99, SENDS_PER_DAY=99)


@pytest.fixture
def sign_in(api, sms_outbox):
    """Sign in to an application, and return the headers of its calls."""

    def go(phone=PHONE, by=api, agent=MAC):
        start_phone(by, phone)
        body, headers = {"phone": phone}, {"User-Agent": agent}
        answer = by.put("auth/onetouchlogin/phone/verify", body, otp=code_from(sms_outbox[-1]), headers=headers)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    return go


@pytest.fixture
def enter(sms_outbox, phone_customer):
    """Sign a browser in on the hosted page."""

    def go(agent=MAC, phone=PHONE):
        browser = Client(enforce_csrf_checks=True, headers={"User-Agent": agent})
        page = browser.get("/signin/")
        browser.post("/signin/", {**fields_of(page), "who": phone})
        page = browser.get("/signin/code/")
        answer = browser.post("/signin/code/", {**fields_of(page), "code": code_from(sms_outbox[-1])})
        assert answer.status_code == 303, answer.content
        return browser

    return go


def listed(api, headers):
    answer = api.get("auth/sessions", headers=headers)
    assert answer.status_code == 200, answer.content
    return answer.json()["Data"]


def works(api, headers):
    return api.get("auth/account", headers=headers).status_code == 200


def press(browser, **pressed):
    page = browser.get(ACCOUNT)
    assert page.status_code == 200
    return browser.post(ACCOUNT, {**fields_of(page), **pressed})


def devices_on(page):
    """What the account page shows: of each device its name, whether it is marked, and what its button sends."""
    part = page.content.decode().partition('<ul class="devices">')[2].partition("</ul>")[0]
    return [
        (re.search(r'id="device-\d+">([^<]+)<', row)[1], "This device" in row, re.search(r'name="end" value="([^"]+)"', row)[1])
        for row in part.split("</li>")
        if "<li>" in row
    ]  # fmt: skip


# The API


def test_a_customer_sees_every_device_with_this_one_first(api, sign_in):
    first, second = sign_in(), sign_in(agent=WINDOWS)
    shown = listed(api, first)
    assert [(each["Device"], each["IsCurrent"]) for each in shown] == [("a Mac", True), ("a Windows computer", False)]
    assert [each["IsCurrent"] for each in listed(api, second)] == [True, False]
    assert shown[0]["IpAddress"] == "127.0.0.1"
    assert shown[0]["SignedInDate"] <= shown[0]["LastSeenDate"]


def test_a_refresh_is_a_sign_of_life(api, sms_outbox, shop_secret, later):
    start_phone(api)
    login = api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp=code_from(sms_outbox[-1])).json()
    later(hours=3)
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    address = "manage/account/access_token/refresh"
    fresh = api.get(address, headers=secret, refresh_token=login["refresh_token"]).json()
    [device] = listed(api, {"Authorization": f"Bearer {fresh['access_token']}"})
    assert device["LastSeenDate"][:16] > device["SignedInDate"][:16]


def test_what_can_do_nothing_any_more_is_not_listed(api, sign_in, later):
    sign_in()
    later(days=61)
    assert len(listed(api, sign_in())) == 1
    sessions.end(Session.objects.all())
    assert len(listed(api, sign_in())) == 1


def test_one_device_is_signed_out(api, sign_in):
    here, there = sign_in(), sign_in(agent=WINDOWS)
    [_this, other] = listed(api, here)
    assert api.call("DELETE", f"auth/sessions/{other['Id']}", headers=here).json() == {"IsDeleted": True}
    assert (works(api, here), works(api, there)) == (True, False)
    assert Event.objects.filter(name="token_revoked", customer__isnull=False).count() == 1


def test_this_device_may_sign_itself_out(api, sign_in):
    here = sign_in()
    [this] = listed(api, here)
    assert api.call("DELETE", f"auth/sessions/{this['Id']}", headers=here).json() == {"IsDeleted": True}
    assert error_code(api.get("auth/sessions", headers=here)) == 905


def test_all_others_are_signed_out(api, sign_in):
    here, *others = sign_in(), sign_in(), sign_in(agent=WINDOWS)
    assert api.call("DELETE", "auth/sessions", headers=here).json() == {"IsDeleted": True}
    assert works(api, here)
    assert not [headers for headers in others if works(api, headers)]
    assert len(listed(api, here)) == 1
    assert Event.objects.filter(name="token_revoked").count() == 1
    assert api.call("DELETE", "auth/sessions", headers=here).json() == {"IsDeleted": True}
    assert Event.objects.filter(name="token_revoked").count() == 1, "nothing was left to end"


def test_nobody_sees_or_ends_what_is_not_theirs(api, api_of, bank, sign_in):
    here, strangers, elsewhere = sign_in(), sign_in(OTHER), sign_in(by=api_of(bank))
    ended = sign_in()
    sessions.end(Session.objects.filter(pk=listed(api, ended)[0]["Id"]))
    theirs = [listed(api, strangers)[0]["Id"], listed(api_of(bank), elsewhere)[0]["Id"]]
    gone = str(Session.objects.exclude(ended_at=None).get().pk)
    assert [each["IsCurrent"] for each in listed(api, here)] == [True]
    wrong = [*theirs, gone, "00000000-0000-0000-0000-000000000000", "x", "0" * 64]
    answers = {api.call("DELETE", f"auth/sessions/{key}", headers=here).content for key in wrong}
    assert len(answers) == 1
    assert error_code(api.call("DELETE", f"auth/sessions/{wrong[0]}", headers=here)) == 1055
    api.call("DELETE", "auth/sessions", headers=here)
    assert works(api, strangers)
    assert works(api_of(bank), elsewhere)


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", ""), ("DELETE", "/0b6b8f1c-4a25-4f70-a3f8-5d4f3b1f6b0c")])  # fmt: skip
def test_who_is_not_signed_in_is_told_nothing(api, sign_in, method, path):
    assert error_code(api.call(method, f"auth/sessions{path}")) == 1060
    wrong = {"Authorization": "Bearer 0b6b8f1c-4a25-4f70-a3f8-5d4f3b1f6b0c"}
    assert error_code(api.call(method, f"auth/sessions{path}", headers=wrong)) == 905
    here = sign_in()
    Customer.objects.update(is_blocked=True)
    assert error_code(api.call(method, f"auth/sessions{path}", headers=here)) == 991


def test_pages_of_other_sites_sign_nobody_out(api, sign_in):
    here, there = sign_in(), sign_in()
    foreign = {**here, "Origin": "https://evil.example"}
    assert error_code(api.call("DELETE", "auth/sessions", headers=foreign)) == 909
    assert works(api, there)


def test_what_was_forgotten_is_not_shown(api, sign_in, site):
    from loginradius_passwordless.retention import purge

    here = sign_in()
    site(KEEP_ADDRESSES=3600)
    Session.objects.update(created_at="2020-01-01T00:00:00Z")
    dict(purge())
    [device] = listed(api, here)
    assert (device["IpAddress"], device["Device"]) == (None, "a Mac")


# The account page


def test_the_page_shows_every_device_and_marks_this_one(api, sign_in, enter):
    sign_in()
    browser = enter(WINDOWS)
    shown = devices_on(browser.get(ACCOUNT))
    assert [(name, is_this) for name, is_this, _key in shown] == [("a Windows computer", True), ("a Mac", False)]


def test_it_says_when_a_device_was_used_only_where_that_is_known(api, enter, sms_outbox, shop_secret, later):
    start_phone(api)
    login = api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp=code_from(sms_outbox[-1])).json()
    later(hours=3)
    browser = enter(WINDOWS)
    assert b"Last used" not in browser.get(ACCOUNT).content
    secret = {"X-LoginRadius-ApiSecret": shop_secret}
    api.get("manage/account/access_token/refresh", headers=secret, refresh_token=login["refresh_token"])
    page = browser.get(ACCOUNT).content
    assert (page.count(b"Signed in: "), page.count(b"Last used: ")) == (2, 1)


def test_a_browser_that_has_signed_in_twice_is_one_device(enter, sms_outbox):
    browser = enter()
    browser.post("/signin/", {**fields_of(browser.get("/signin/")), "who": PHONE})
    browser.post("/signin/code/", {**fields_of(browser.get("/signin/code/")), "code": code_from(sms_outbox[-1])})
    assert Session.objects.live().count() == 2
    page = browser.get(ACCOUNT)
    assert [is_this for _name, is_this, _key in devices_on(page)] == [True]
    assert "Sign out everywhere else" not in page.content.decode()


def test_another_browser_is_signed_out_by_its_button(enter):
    here, there = enter(), enter(WINDOWS)
    [key] = [key for _name, is_this, key in devices_on(here.get(ACCOUNT)) if not is_this]
    answer = press(here, end=key)
    assert (answer.status_code, answer["Location"]) == (302, ACCOUNT)
    assert len(devices_on(here.get(ACCOUNT))) == 1
    assert there.get(ACCOUNT).status_code == 302
    assert "_auth_user_id" not in there.session
    assert press(here, end=key).status_code == 302, "pressed twice"


def test_all_other_browsers_and_tokens_are_signed_out_at_once(api, api_of, bank, sign_in, enter):
    token, at_the_bank = sign_in(), sign_in(by=api_of(bank))
    here, there = enter(), enter(WINDOWS)
    press(here, do="end_others")
    assert devices_on(here.get(ACCOUNT))[0][1]
    assert there.get(ACCOUNT).status_code == 302
    assert not works(api, token)
    assert not works(api_of(bank), at_the_bank)


def test_this_browser_signs_itself_out(enter):
    here = enter()
    [(_name, _is_this, key)] = devices_on(here.get(ACCOUNT))
    assert press(here, end=key)["Location"] == ACCOUNT
    assert here.get(ACCOUNT).status_code == 302
    assert "_auth_user_id" not in here.session
    assert not AccessToken.objects.live().exists()


def test_this_browser_signs_itself_out_also_where_only_it_can(enter, settings):
    """Sessions in cookies cannot be ended from outside."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    here = enter()
    [(_name, _is_this, key)] = devices_on(here.get(ACCOUNT))
    press(here, end=key)
    assert "_auth_user_id" not in here.session


def test_nobody_ends_the_session_of_a_stranger_on_the_page(api, sign_in, enter):
    strangers = sign_in(OTHER)
    key = listed(api, strangers)[0]["Id"]
    here = enter()
    for pressed in ({"end": key}, {"end": "x"}, {"do": "end_others"}):
        assert press(here, **pressed).status_code == 302
    assert works(api, strangers)


def test_the_page_needs_its_own_form(enter):
    here, there = enter(), enter(WINDOWS)
    assert here.post(ACCOUNT, {"do": "end_others"}).status_code == 403
    assert there.get(ACCOUNT).status_code == 200


@pytest.mark.parametrize(("language", "said"), [("de", "Überall sonst abmelden"), ("ar", "هذا الجهاز"), ("ja", "ログアウト")])  # fmt: skip
def test_the_page_speaks_the_language_of_its_reader(enter, language, said):
    here = enter()
    enter(WINDOWS)
    assert said in here.get(ACCOUNT, headers={"Accept-Language": language}).content.decode()


# At once, and from another process


def at_once(*actions):
    barrier, answers = threading.Barrier(len(actions)), []

    def run(action):
        barrier.wait(timeout=30)
        try:
            answers.append(action())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[action]) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(answers) == len(actions)
    return answers


ISSUERS = [f"loginradius_passwordless.backends.access_tokens.{name}.AccessTokenBackend" for name in ("guid", "knox", "authtoken")]  # fmt: skip


@pytest.mark.parametrize("issuer", ISSUERS)
def test_of_a_crowd_that_signs_one_device_out_one_does(api, sign_in, site, issuer):
    site(ACCESS_TOKEN_BACKEND=issuer)
    headers = sign_in()
    address = "auth/access_token/invalidate"
    seen = Counter(answer.status_code for answer in at_once(*[lambda: api.get(address, headers=headers)] * 8))
    assert seen == {200: 1, 403: 7}
    assert not AccessToken.objects.unended().exists()


@pytest.mark.parametrize("issuer", ISSUERS)
def test_of_a_sign_out_and_a_refresh_that_meet_nothing_is_left(api, sms_outbox, site, shop_secret, issuer):
    from knox.models import AuthToken
    from rest_framework.authtoken.models import Token

    site(ACCESS_TOKEN_BACKEND=issuer)
    for _turn in range(5):
        start_phone(api)
        login = api.put("auth/onetouchlogin/phone/verify", {"phone": PHONE}, otp=code_from(sms_outbox[-1])).json()
        secret = {"X-LoginRadius-ApiSecret": shop_secret}
        bearer = {"Authorization": f"Bearer {login['access_token']}"}
        answers = at_once(
            lambda login=login, secret=secret: api.get("manage/account/access_token/refresh", headers=secret, refresh_token=login["refresh_token"]),
            lambda bearer=bearer: api.get("auth/access_token/invalidate", headers=bearer),
        )  # fmt: skip
        assert {answer.status_code for answer in answers} <= {200, 403}
        assert not AccessToken.objects.live().exists()
        assert not AccessToken.objects.unended().exists()
        assert not AuthToken.objects.exists()
        assert not Token.objects.exists()


def test_of_sign_ins_and_sign_outs_that_share_a_token_none_is_half_ended(api, sms_outbox, site):
    """What is live here is live with the issuer, and the other way round."""
    from rest_framework.authtoken.models import Token

    site(ACCESS_TOKEN_BACKEND=ISSUERS[2], STARTS_PER_HOUR_PER_ADDRESS=999)
    verify = "auth/onetouchlogin/phone/verify"
    start_phone(api)
    login = api.put(verify, {"phone": PHONE}, otp=code_from(sms_outbox[-1])).json()
    for _turn in range(8):
        start_phone(api)
        code, token = code_from(sms_outbox[-1]), {"Authorization": f"Bearer {login['access_token']}"}
        at_once(
            lambda code=code: api.put(verify, {"phone": PHONE}, otp=code),
            lambda token=token: api.get("auth/access_token/invalidate", headers=token),
        )
        live = AccessToken.objects.live().exists()
        assert live == Token.objects.exists()
        if not live:
            start_phone(api)
            login = api.put(verify, {"phone": PHONE}, otp=code_from(sms_outbox[-1])).json()
        else:
            login = {"access_token": Token.objects.get().key}


def this_database():
    """The address of the database that this test runs on, for another process."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def status_there(server, headers):
    """Ask the other process whose token this is."""
    asked = Request(f"{server.url}identity/v2/auth/account?apikey=shop-key-0001", headers=headers)
    try:
        with urlopen(asked, timeout=20) as answer:
            return answer.status
    except HTTPError as error:
        with error:
            return json.load(error)["ErrorCode"]


def test_a_token_that_is_revoked_on_the_account_page_is_refused_by_another_process_at_once(make_site, sign_in, enter):
    server = make_site(this_database())
    server.start_server()
    revoked, kept = sign_in(agent=WINDOWS), sign_in(OTHER)
    assert (status_there(server, revoked), status_there(server, kept)) == (200, 200)
    here = enter()
    [key] = [key for _name, is_this, key in devices_on(here.get(ACCOUNT)) if not is_this]
    press(here, end=key)
    assert (status_there(server, revoked), status_there(server, kept)) == (905, 200)
