"""The signals: what each brings along, when it comes, and what a receiver that raises does. The reference says the same."""

import re
from pathlib import Path

import pytest
from django.db import connection
from django.dispatch import Signal

from loginradius_passwordless import signals
from loginradius_passwordless.models import AccessToken, Customer, GuessBudget, LoginAttempt, Session

from .conftest import User as SiteUser
from .conftest import code_from, customer_of, link_from, new_guid, ping, press, start_email, start_phone

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = Path(__file__).resolve().parent.parent / "docs/reference/signals.md"
PHONE, OTHER = "+14155550123", "+14155550124"
VERIFY = "auth/onetouchlogin/phone/verify"


@pytest.fixture
def heard():
    """Every signal that is sent: its name, its sender, what it brings, and whether a transaction was open."""
    names = {name: signal for name, signal in vars(signals).items() if isinstance(signal, Signal)}
    found, receivers = [], []
    for name, signal in names.items():

        def receive(sender, name=name, **told):
            told.pop("signal")
            found.append((name, sender, told, connection.in_atomic_block))

        receivers.append((signal, receive))
        signal.connect(receive)
    yield found
    for signal, receive in receivers:
        signal.disconnect(receive)


@pytest.fixture
def failing():
    """Make a signal's receiver raise until the test ends."""
    connected = []

    def fail(sender, **told):
        raise PermissionError("a receiver of the site's")

    def connect(signal):
        connected.append(signal)
        signal.connect(fail)

    yield connect
    for signal in connected:
        signal.disconnect(fail)


def token_of(answer):
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def sign_in(api, sms_outbox, phone=PHONE):
    start_phone(api, phone)
    return api.put(VERIFY, {"phone": phone}, otp=code_from(sms_outbox[-1]))


def act(what, api, person, mailbox, sms_outbox, site):
    """Do what makes a signal be sent, and return the last answer."""
    if what == "login_denied":
        start_email(api)
        return press(person, link_from(mailbox[-1]), "deny")
    if what == "code_locked":
        site(IDENTITY_FAILURES=1, ATTEMPT_TRIES=10)
        start_phone(api)
        return api.put(VERIFY, {"phone": PHONE}, otp="abcdef")
    login = sign_in(api, sms_outbox)
    if what == "phone_changed":
        api.put("auth/phone", {"phone": OTHER}, headers=token_of(login))
        return api.put("auth/phone/otp", {}, otp=code_from(sms_outbox[-1]), headers=token_of(login))
    if what == "password_changed":
        api.post("auth/password/otp", {"phone": PHONE})
        body = {"phone": PHONE, "otp": code_from(sms_outbox[-1]), "password": "a quite long passphrase"}
        return api.put("auth/password/otp", body)
    if what == "account_deleting":
        api.get("auth/account/otp", headers=token_of(login))
        return api.post("auth/account/delete", {"otp": code_from(sms_outbox[-1])}, headers=token_of(login))
    return login


def disown(api, person, mailbox, site):
    """Sign in on a second device, and say of it that it was somebody else."""
    customer_of(SiteUser.objects.create(username="alice", email="alice@example.com"), "alice@example.com")
    for agent in ("Mozilla/5.0 (Windows NT 10.0) Firefox/130.0", "Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0"):
        guid = new_guid()
        start_email(api, guid=guid)
        press(person, link_from(mailbox[-1]), "approve")
        api.get("auth/login/smartlogin/ping", clientguid=guid, headers={"User-Agent": agent})
    notice = re.search(r"https?://\S*not-me/\S*", mailbox[-1].body)[0]
    return press(person, notice, "disown")


SENT = {
    "customer_registered": (Customer, {"customer", "attempt"}, True),
    "customer_signed_in": (Customer, {"customer", "attempt"}, True),
    "login_denied": (LoginAttempt, {"attempt"}, False),
    "session_disowned": (Session, {"session"}, False),
    "phone_changed": (Customer, {"customer", "old", "new"}, True),
    "password_changed": (Customer, {"customer"}, True),
    "account_deleting": (Customer, {"customer"}, True),
    "code_locked": (GuessBudget, {"identity", "until"}, True),
}


@pytest.mark.parametrize("name", SENT)
def test_a_signal_comes_once_from_its_sender_with_its_arguments(name, api, person, mailbox, sms_outbox, site, heard):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=9)
    if name == "session_disowned":
        disown(api, person, mailbox, site)
    else:
        act(name, api, person, mailbox, sms_outbox, site)
    found = [one for one in heard if one[0] == name]
    assert [(sender, set(told), inside) for _name, sender, told, inside in found[:1]] == [SENT[name]]
    logins = {"customer_signed_in": 2} if name == "password_changed" else {}
    assert len(found) == logins.get(name, 1)


def test_a_changed_number_brings_both(api, person, mailbox, sms_outbox, site, heard):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=9)
    act("phone_changed", api, person, mailbox, sms_outbox, site)
    told = next(told for name, _sender, told, _inside in heard if name == "phone_changed")
    assert (told["old"].value, told["new"].value) == (PHONE, OTHER)


@pytest.mark.parametrize("name", [name for name, sent in SENT.items() if sent[2]])
def test_a_receiver_that_raises_undoes_the_step(name, api, person, mailbox, sms_outbox, site, failing):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=9)
    api.client.raise_request_exception = False
    failing(getattr(signals, name))
    answer = act(name, api, person, mailbox, sms_outbox, site)
    assert (answer.status_code, answer.json()["ErrorCode"]) == (500, 950)
    if name in {"customer_registered", "customer_signed_in"}:
        assert not Customer.objects.exists()
        assert not AccessToken.objects.exists()
        return
    if name == "code_locked":
        assert GuessBudget.objects.get().failures == 1
        return
    customer = Customer.objects.get()
    assert customer.identifiers.get().value == PHONE
    assert not customer.user.has_usable_password()


@pytest.mark.parametrize("name", ["login_denied", "session_disowned"])
def test_a_refusal_stands_whatever_a_receiver_raises(name, api, person, mailbox, sms_outbox, site, failing, caplog):
    site(RESEND_GAP=0, SENDS_PER_TEN_MINUTES=9)
    failing(getattr(signals, name))
    if name == "session_disowned":
        assert disown(api, person, mailbox, site).status_code == 200
        assert Session.objects.exclude(ended_at=None).count() == 1
    else:
        assert act(name, api, person, mailbox, sms_outbox, site).status_code == 200
        assert LoginAttempt.objects.get().state == "denied"
    assert "a receiver of the site's" in caplog.text


def test_an_exchange_of_a_refresh_token_is_no_login(api, sms_outbox, heard, shop_secret):
    login = sign_in(api, sms_outbox).json()
    api.get(
        "manage/account/access_token/refresh",
        refresh_token=login["refresh_token"],
        headers={"X-LoginRadius-ApiSecret": shop_secret},
    )
    assert [name for name, *_rest in heard] == ["customer_registered", "customer_signed_in"]


def test_a_waiting_device_signs_in_with_its_ping(api, person, mailbox, heard):
    guid = start_email(api)
    press(person, link_from(mailbox[0]), "approve")
    assert [name for name, *_rest in heard] == ["customer_registered"]
    ping(api, guid)
    assert [name for name, *_rest in heard] == ["customer_registered", "customer_signed_in"]


def test_the_reference_has_every_signal_as_it_is():
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| ([\w`, ]+) \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text("utf-8"), re.M)
    listed = {name: (sender, set(re.findall(r"\w+", told)), sent) for name, sender, told, sent, _raises in rows}
    known = {
        name: (sender.__name__, told, "inside the transaction" if inside else "after the commit")
        for name, (sender, told, inside) in SENT.items()
    }
    assert listed == known
    assert {name for name, signal in vars(signals).items() if isinstance(signal, Signal)} == set(SENT)
