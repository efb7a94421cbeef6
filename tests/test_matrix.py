"""Every secret against every endpoint and application: only the diagonal signs in, and nothing else burns anything."""

import itertools
import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from loginradius_passwordless.models import AccessToken, LoginAttempt, Session

from .conftest import API_Client, code_from, customer_of, fields_of, new_guid

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
EMAIL, NAME, PHONE = "alice@example.com", "alice", "+14155550123"
PASSWORDLESS = "auth/login/passwordlesslogin"
ROOMY = {
    "RESEND_GAP": 0, "SENDS_PER_TEN_MINUTES": 99, "SENDS_PER_DAY": 99, "FAILURES_PER_MINUTE_PER_ADDRESS": 9999,
    "ATTEMPT_TRIES": 100, "IDENTITY_FAILURES": 1000, "STARTS_PER_HOUR_PER_ADDRESS": 999, "MAX_LIVE_ATTEMPTS": 9,
}  # fmt: skip


def code_at(method, path, name, value):
    return lambda api, secret: api.call(method, path, {name: value, "otp": secret})


def link_at(path):
    return lambda api, secret: api.get(path, verificationtoken=secret)


def page_at(address, decision):
    """Open a link at a hosted page that may not be its own, and press a button that may not be there."""

    def open_and_press(api, secret):
        browser = Client()
        page = browser.get(address, {"vtoken": secret}, follow=True)
        fields = fields_of(page) if b"csrfmiddlewaretoken" in page.content else {}
        return browser.post(address, {**fields, "decision": decision})

    return open_and_press


ENDPOINTS = {
    "one-touch code, PUT": code_at("PUT", "auth/onetouchlogin/phone/verify", "phone", PHONE),
    "one-touch code, POST": code_at("POST", "auth/onetouchlogin/phone/verify", "phone", PHONE),
    "code by address": code_at("POST", f"{PASSWORDLESS}/email/verifyotp", "email", EMAIL),
    "code by name": code_at("POST", f"{PASSWORDLESS}/username/verifyotp", "username", NAME),
    "code by phone": code_at("PUT", f"{PASSWORDLESS}/otp/verify", "phone", PHONE),
    "passwordless link": link_at(f"{PASSWORDLESS}/email/verify"),
    "one-touch link": link_at("auth/email/onetouchlogin"),
    "smart link": link_at("auth/email/smartlogin"),
    "landing page, here": page_at("/signin/link/", "here"),
    "notice page": page_at("/signin/not-me/", "disown"),
}
# Which secrets each is good for. The two addresses of waiting devices take each other's links: so the wire has it.
GOOD_AT = {
    "one-touch code": {"one-touch code, PUT", "one-touch code, POST"},
    "mailed code by address": {"code by address"},
    "mailed code by name": {"code by name"},
    "texted code": {"code by phone"},
    "passwordless link": {"passwordless link", "landing page, here"},
    "one-touch link": {"one-touch link", "smart link"},
    "smart link": {"one-touch link", "smart link"},
    "notice link": {"notice page"},
}


@pytest.fixture
def drawn(shop, bank, mailbox, sms_outbox, site):
    """One live secret of each purpose at each of two applications, all of the same person."""
    site(**ROOMY)
    customer_of(User.objects.create(username=NAME, email=EMAIL), EMAIL, PHONE)
    secrets = {("notice link", application): notice_link(application, mailbox) for application in (shop, bank)}
    for application in (shop, bank):
        guid = {"clientguid": new_guid()}
        starts = {
            "one-touch code": ("POST", "auth/onetouchlogin/phone", {"phone": PHONE}),
            "texted code": ("GET", f"{PASSWORDLESS}/otp", {"phone": PHONE}),
            "mailed code by address": ("GET", f"{PASSWORDLESS}/email", {"email": EMAIL}),
            "mailed code by name": ("GET", f"{PASSWORDLESS}/email", {"username": NAME}),
            "passwordless link": ("GET", f"{PASSWORDLESS}/email", {"email": EMAIL}),
            "one-touch link": ("POST", "auth/onetouchlogin/email", {"email": EMAIL, **guid}),
            "smart link": ("GET", "auth/login/smartlogin", {"email": EMAIL, "clientguid": new_guid()}),
        }
        for kind, (method, path, what) in starts.items():
            assert API_Client(application.api_key).call(method, path, **what).status_code == 200
            message = sms_outbox[-1] if "phone" in what else mailbox[-1]
            secrets[kind, application] = code_from(message) if "code" in kind else link_in(message)
    assert {kind for kind, _application in secrets} == set(GOOD_AT)
    return secrets


def link_in(mail):
    return re.findall(r"vtoken=([\w-]+)", mail.body)[0]


def notice_link(application, mailbox):
    """Sign in on a device and then on one that is new."""
    new = "iPad" if application.name == "Example Shop" else "Windows NT"
    for device in ("iPhone", new):
        phone = API_Client(application.api_key, **{"User-Agent": f"Mozilla/5.0 ({device})"})
        phone.get(f"{PASSWORDLESS}/email", username=NAME)
        assert phone.get(f"{PASSWORDLESS}/email/verify", vtoken=link_in(mailbox[-1])).status_code == 200
    assert "New sign-in" in mailbox[-1].subject
    return link_in(mailbox[-1])


def states():
    return (
        set(LoginAttempt.objects.values_list("pk", "state")),
        set(Session.objects.values_list("pk", "ended_at")),
        AccessToken.objects.count(),
    )


def test_a_secret_works_for_its_flow_its_application_and_its_endpoint_and_is_burned_nowhere_else(drawn, shop, bank):
    before, wrong = states(), 0
    for (kind, owner), (name, call), caller in itertools.product(drawn, ENDPOINTS.items(), (shop, bank)):
        is_page = "page" in name  # a page belongs to the site and asks for no application
        if name in GOOD_AT[kind] and (caller == owner or is_page):
            continue
        answer = call(API_Client(caller.api_key), drawn[kind, owner])
        assert answer.status_code >= 400, (kind, name, caller)
        assert b"access_token" not in answer.content
        wrong += 1
    assert wrong >= 256
    assert states() == before
    for (kind, owner), secret in drawn.items():
        name = next(name for name in ENDPOINTS if name in GOOD_AT[kind])
        answer = ENDPOINTS[name](API_Client(owner.api_key), secret)
        assert answer.status_code == 200, (kind, name, answer.content)
    assert states() != before
    assert not LoginAttempt.objects.filter(state="requested").exists()
    assert Session.objects.exclude(ended_at=None).count() == 2


# The codes of an account: they too are good for one purpose. Three of them end others, so each goes last once.

NEW_PHONE, NEWCOMERS_PHONE, PASSWORD = "+14155550188", "+14155550199", "correct horse battery"
ACCOUNT = {
    "reset": lambda api, code, phone, token: api.put(
        "auth/password/otp", {"phone": phone, "otp": code, "password": "another good password"}
    ),
    "verify": lambda api, code, phone, token: api.put("auth/phone/otp", {"phone": phone}, otp=code),
    "change": lambda api, code, phone, token: api.put("auth/phone/otp", headers=token, otp=code),
    "delete": lambda api, code, phone, token: api.post("auth/account/delete", {"OTP": code}, headers=token),
    "sign in": lambda api, code, phone, token: api.put(f"{PASSWORDLESS}/otp/verify", {"phone": phone, "otp": code}),
    "one touch": lambda api, code, phone, token: api.put("auth/onetouchlogin/phone/verify", {"phone": phone}, otp=code),
}


@pytest.fixture
def account_codes(api, shop_secret, sms_outbox, site):
    """A live code of every purpose: the phone it went to, and the token of who asked."""
    site(**ROOMY)
    user = User(username=NAME, email=EMAIL)
    user.set_password(PASSWORD)
    user.save()
    customer_of(user, EMAIL, PHONE)
    login = api.post("auth/login", {"phone": PHONE, "password": PASSWORD}).json()
    token = {"Authorization": f"Bearer {login['access_token']}"}
    newcomer = {"PhoneId": NEWCOMERS_PHONE, "Password": PASSWORD}
    sent = {
        "reset": (PHONE, lambda: api.post("auth/password/otp", {"phone": PHONE})),
        "verify": (
            NEWCOMERS_PHONE,
            lambda: api.post("auth/register", newcomer, headers={"X-LoginRadius-ApiSecret": shop_secret}),
        ),
        "change": (NEW_PHONE, lambda: api.put("auth/phone", {"phone": NEW_PHONE}, headers=token)),
        "delete": (PHONE, lambda: api.get("auth/account/otp", headers=token)),
        "sign in": (PHONE, lambda: api.get(f"{PASSWORDLESS}/otp", phone=PHONE)),
        "one touch": (PHONE, lambda: api.post("auth/onetouchlogin/phone", {"phone": PHONE})),
    }
    codes = {}
    for purpose, (phone, ask) in sent.items():
        assert ask().status_code == 200
        assert sms_outbox[-1].to == phone
        codes[purpose] = (code_from(sms_outbox[-1]), phone)
    return codes, token


@pytest.mark.parametrize("last", ["change", "reset", "delete"])
def test_a_code_of_an_account_works_for_its_purpose_and_is_burned_nowhere_else(api, bank, account_codes, last):
    codes, token = account_codes
    before = (*states(), User.objects.get().password)
    for (purpose, (code, phone)), (name, call) in itertools.product(codes.items(), ACCOUNT.items()):
        for caller in (api, API_Client(bank.api_key)):
            for number in {phone, PHONE} if caller is api else {phone}:
                if name == purpose and caller is api and (number == phone or name == "change"):
                    continue
                answer = call(caller, code, number, token)
                assert answer.status_code >= 400, (purpose, name, number)
                assert b"access_token" not in answer.content
    assert (*states(), User.objects.get().password) == before
    for purpose in ["sign in", "one touch", "verify", last]:
        code, phone = codes[purpose]
        answer = ACCOUNT[purpose](api, code, phone, token)
        assert answer.status_code == 200, (purpose, answer.content)
