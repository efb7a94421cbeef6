"""The event log and the signals: every step leaves exactly one line, and no line has a secret."""

import logging

import pytest

from loginradius_passwordless import signals
from loginradius_passwordless.models import Customer, Event

from .conftest import code_from, link_from, new_guid, ping, press, start_email, start_phone, token_from

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "+14155550123"
VERIFY = "auth/onetouchlogin/phone/verify"


def names():
    return list(Event.objects.order_by("pk").values_list("name", flat=True))


def test_a_first_login_by_mail_leaves_five_lines(api, person, mailbox):
    guid = start_email(api)
    press(person, link_from(mailbox[0]), "approve")
    ping(api, guid)
    ping(api, guid)
    assert names() == ["login_started", "registered", "email_verified", "link_approved", "signed_in"]
    last = Event.objects.latest("pk")
    assert last.customer == Customer.objects.get()
    assert last.address == "127.0.0.1"


def test_a_denied_login_leaves_two(api, person, mailbox):
    start_email(api)
    press(person, link_from(mailbox[0]), "deny")
    assert names() == ["login_started", "login_denied"]


def test_wrong_codes_are_noted_and_the_lock_is(api, sms_outbox, site):
    site(IDENTITY_FAILURES=2)
    start_phone(api)
    for _ in range(3):
        api.put(VERIFY, {"phone": PHONE}, otp="abcdef")
    assert names() == ["login_started", "wrong_code", "code_locked"]


@pytest.mark.parametrize("where", ["approve", "ping", "code"])
def test_a_refusal_at_the_gate_is_noted_though_everything_else_is_taken_back(api, mailbox, sms_outbox, site, where):
    site(RESEND_GAP=0)
    guid = start_email(api)
    api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))
    if where == "approve":
        start_email(api)
        Customer.objects.update(is_blocked=True)
        api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[-1]))
    elif where == "ping":
        Customer.objects.update(is_login_disabled=True)
        ping(api, guid)
    else:
        start_phone(api)
        api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[0]))
        start_phone(api)
        Customer.objects.update(is_blocked=True)
        api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[-1]))
    last = Event.objects.latest("pk")
    assert last.name == "sign_in_refused"
    assert last.detail.startswith("1130" if where == "ping" else "991")


def test_an_adoption_leaves_a_line(api, mailbox, django_user_model):
    django_user_model.objects.create_user("alice", "alice@example.com")
    start_email(api)
    api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))
    assert names() == ["login_started", "adopted", "email_verified", "link_approved"]


def test_signals_tell_the_site_what_happened(api, person, mailbox, sms_outbox):
    heard = []

    def hear(signal, **told):
        heard.append((signal, told))

    all_signals = [signals.customer_registered, signals.customer_signed_in, signals.login_denied, signals.code_locked]
    for signal in all_signals:
        signal.connect(hear)
    try:
        start_phone(api)
        api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[0]))
        start_email(api)
        press(person, link_from(mailbox[0]), "deny")
    finally:
        for signal in all_signals:
            signal.disconnect(hear)
    assert [signal for signal, _told in heard] == [
        signals.customer_registered,
        signals.customer_signed_in,
        signals.login_denied,
    ]
    assert heard[0][1]["customer"] == heard[1][1]["customer"] == Customer.objects.get()


def test_a_receiver_that_raises_undoes_the_login(api, sms_outbox):
    def veto(**told):
        raise PermissionError

    signals.customer_registered.connect(veto)
    api.client.raise_request_exception = False
    try:
        start_phone(api)
        answer = api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[0]))
    finally:
        signals.customer_registered.disconnect(veto)
    assert answer.status_code == 500
    assert not Customer.objects.exists()
    assert api.put(VERIFY, {"phone": PHONE}, otp=code_from(sms_outbox[0])).status_code == 200


INJECTED = ["\r\nSet-Cookie: x=1", "\x1b[31mred", "a\u2028b", "line\nline", "\x00"]


@pytest.mark.parametrize("text", INJECTED)
def test_what_a_browser_says_of_itself_stays_on_one_line(api, mailbox, text):
    body = {"email": "alice@example.com", "clientguid": new_guid()}
    answer = api.post(
        "auth/onetouchlogin/email",
        body,
        headers={"User-Agent": f"Agent {text}", "Referer": f"https://a.example/{text}"},
    )
    assert answer.status_code == 200
    event = Event.objects.get()
    assert event.agent.isprintable()
    assert event.attempt.registration_source.isprintable()
    assert all(line.isprintable() for line in mailbox[0].body.splitlines())


def test_no_log_at_any_level_has_a_code_a_token_or_an_address(api, person, mailbox, sms_outbox, caplog, site):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)
    site(RESEND_GAP=0)
    start_phone(api)
    code = code_from(sms_outbox[0])
    api.put(VERIFY, {"phone": PHONE}, otp=f"{(int(code) + 1) % 10**6:06}")
    login = api.put(VERIFY, {"phone": PHONE}, otp=code).json()
    guid = start_email(api)
    token = token_from(mailbox[0])
    person.get(link_from(mailbox[0]), follow=True)
    api.get("auth/email/onetouchlogin", verificationtoken="x" * 43)
    api.get("auth/email/onetouchlogin", verificationtoken=token)
    ping(api, guid)
    for secret in (code, token, guid, login["access_token"], login["refresh_token"], PHONE, "alice@example.com"):
        assert secret not in caplog.text


def test_an_error_mail_of_a_sites_own_page_shows_no_code(api, sms_outbox, rf, monkeypatch):
    """A site that calls the flows from views of its own has Django's reports, with the variables of every frame."""
    import sys

    from django.views.debug import ExceptionReporter

    from loginradius_passwordless import crypto
    from loginradius_passwordless.flows import one_touch
    from loginradius_passwordless.flows.callers import identify
    from loginradius_passwordless.flows.steps import Visitor
    from loginradius_passwordless.identifiers import parse_phone

    start_phone(api)
    code = code_from(sms_outbox[0])
    monkeypatch.setattr(crypto, "hmac", None)
    caller = identify(Visitor(), api_key=api.api_key)
    try:
        one_touch.verify_code(caller, phone=parse_phone(PHONE), code=code)
    except AttributeError:
        frames = ExceptionReporter(rf.get("/"), *sys.exc_info()).get_traceback_frames()
    ours = [frame for frame in frames if "/loginradius_passwordless/" in frame["filename"]]
    assert {"verify_code", "redeem_code", "matches", "code_matches"} <= {frame["function"] for frame in ours}
    assert not [frame["function"] for frame in ours if code in str(frame["vars"])]
