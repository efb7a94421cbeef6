"""Messages: written with the login, sent after its commit, lost never, sent late never, readable to nobody."""

import json
import re
import socket
import subprocess
import sys
import time

import pytest
from aiosmtpd.controller import Controller
from django.core.management import call_command
from django.db import connection

from loginradius_passwordless.backends import SMS, BaseSMSBackend, Call
from loginradius_passwordless.backends.providers import names_of
from loginradius_passwordless.backends.providers import provider as provider_of
from loginradius_passwordless.messages import deliver_due
from loginradius_passwordless.models import LoginAttempt, Message
from loginradius_passwordless.models.database import Now
from loginradius_passwordless.models.message import RETRY_AFTER, Told

from .conftest import code_from, error_code, start_email, start_phone, token_from
from .running import free_port

pytestmark = pytest.mark.django_db(transaction=True)
HTTP_SMS = "loginradius_passwordless.backends.sms.http.SMSBackend"
HTTP_VOICE = "loginradius_passwordless.backends.voice.http.VoiceBackend"


def dump():
    """Everything our tables hold, as a dump of the database would show it."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            parts += [
                bytes(value) if isinstance(value, memoryview) else value for row in cursor.fetchall() for value in row
            ]
    return "\n".join(part.decode("latin-1") if isinstance(part, bytes) else str(part) for part in parts)


def gateway(**options):
    """The setting with the generic HTTP backend as the only provider."""
    return {"gateway": {"BACKEND": HTTP_SMS, "OPTIONS": options}}


@pytest.fixture
def provider(httpserver, site):
    """An SMS provider on this machine; the test says what it answers."""
    site(SMS_PROVIDERS=gateway(url=httpserver.url_for("/sms"), headers={"X-Key": "k"}))
    return httpserver


def sent_to(provider):
    return [json.loads(request.data) for request, _response in provider.log]


def test_the_database_never_holds_a_code_a_link_or_a_guid_in_clear(api, mailbox, sms_outbox, site):
    site(SENDING="worker")
    guid = start_email(api)
    start_phone(api)
    waiting = dump()
    deliver_due()
    sent = dump()
    for secret in (token_from(mailbox[0]), guid, code_from(sms_outbox[0])):
        assert not re.search(rf"(?<![0-9]){re.escape(secret)}(?![0-9])", waiting)
        assert not re.search(rf"(?<![0-9]){re.escape(secret)}(?![0-9])", sent)
    assert "Give it to nobody" not in waiting


def test_the_body_is_erased_once_it_is_sent(api, mailbox):
    start_email(api)
    message = Message.objects.get()
    assert (message.state, bytes(message.sealed), message.tries) == ("sent", b"", 1)
    assert message.sent_at
    assert message.recipient == "a•••@example.com"


def test_a_login_that_fails_leaves_no_message(api, mailbox, site):
    start_email(api)
    site(RESEND_GAP=0)
    body = {"email": "alice@example.com", "clientguid": "0123456789abcdef0"}
    api.post("auth/onetouchlogin/email", body, redirecturl="https://evil.example/")
    assert Message.objects.count() == len(mailbox) == LoginAttempt.objects.count() == 1


def test_without_sending_after_commit_the_command_sends(api, mailbox, site, capsys):
    site(SENDING="worker")
    start_email(api)
    assert not mailbox
    call_command("send_messages")
    assert capsys.readouterr().out == "1 sent, 0 failed\n"
    call_command("send_messages")
    assert len(mailbox) == 1


SMTP = "django.core.mail.backends.smtp.EmailBackend"


def test_an_unreachable_mail_server_costs_the_caller_nothing_and_the_mail_goes_later(api, mail_through, mailbox, later):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host, port = unused.getsockname()
        mail_through(SMTP, host=host, port=port, timeout=5)
        start_email(api)
    message = Message.objects.get()
    assert (message.state, message.tries, message.error) == ("pending", 1, "ConnectionRefusedError")
    mail_through()
    later(seconds=2)
    assert deliver_due() == (1, 0)
    assert len(mailbox) == 1
    assert api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0])).status_code == 200


class Picky:
    """A mail server that answers RCPT as it is told."""

    def __init__(self, answer):
        self.answer = answer
        self.mails = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.answer == "250 OK":
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append(envelope)
        return "250 OK"


@pytest.mark.parametrize(
    ("answer", "state"),
    [("250 OK", "sent"), ("450 busy", "pending"), ("550 no such user", "failed"), ("421 closing", "pending")],
)
def test_what_the_mail_server_says_decides_whether_we_try_again(api, mail_through, answer, state):
    handler = Picky(answer)
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        mail_through(SMTP, host=controller.hostname, port=controller.port, timeout=5)
        start_email(api)
    finally:
        controller.stop()
    message = Message.objects.get()
    assert message.state == state
    assert (bytes(message.sealed) == b"") == (state != "pending")
    assert [mail.rcpt_tos for mail in handler.mails] == ([["alice@example.com"]] if state == "sent" else [])


def test_a_sms_provider_gets_the_request_as_documented_and_its_id_is_kept(api, provider):
    provider.expect_request("/sms", method="POST", headers={"X-Key": "k"}).respond_with_json({"id": "SM-1"})
    answer = api.post("auth/onetouchlogin/phone", {"phone": "+14155550123"}).json()
    [body] = sent_to(provider)
    message = Message.objects.get()
    assert set(body) == {"to", "text", "channel", "id"}
    assert (body["to"], body["channel"], body["id"]) == ("+14155550123", "sms", str(message.sid))
    assert (message.state, message.provider_id) == ("sent", "SM-1")
    assert answer["Data"]["Sid"] == message.sid.hex


def test_a_voice_provider_gets_the_same_request_for_a_call(api, httpserver, site):
    site(VOICE_PROVIDERS={"gateway": {"BACKEND": HTTP_VOICE, "OPTIONS": {"url": httpserver.url_for("/call")}}})
    httpserver.expect_request("/call").respond_with_json({"id": 7})
    start_phone(api, isvoiceotp="true")
    [body] = sent_to(httpserver)
    assert (body["channel"], Message.objects.get().provider_id) == ("voice", "7")


@pytest.mark.parametrize(
    ("status", "text", "state"),
    [(500, "oops", "pending"), (503, "", "pending"), (429, "{}", "pending"), (400, "{}", "failed"), (422, "{}", "failed"), (404, "<html>", "pending"), (401, "", "pending"),
     (302, "", "pending"), (200, "<html>garbage", "sent"), (200, "", "sent"), (200, "[]", "sent"), (202, '{"id": null}', "sent")],
)  # fmt: skip
def test_what_the_provider_answers_decides_whether_we_try_again(api, provider, caplog, status, text, state):
    provider.expect_request("/sms").respond_with_data(text, status=status, headers={"Location": "/elsewhere"})
    start_phone(api)
    assert Message.objects.get().state == state
    assert len(sent_to(provider)) == 1
    assert sent_to(provider)[0]["text"] not in caplog.text


def test_a_provider_that_says_nothing_costs_one_second_and_the_same_code_goes_again(api, provider, site, later):
    site(SMS_PROVIDERS=gateway(url=provider.url_for("/sms"), timeout=1))
    provider.expect_ordered_request("/sms").respond_with_handler(lambda request: time.sleep(1.5))
    provider.expect_ordered_request("/sms").respond_with_json({"id": "SM-2"})
    start_phone(api)
    assert Message.objects.get().state == "pending"
    site(SMS_PROVIDERS=gateway(url=provider.url_for("/sms"), timeout=30))
    later(seconds=11)
    assert deliver_due() == (1, 0)
    while len(sent_to(provider)) < 2:  # the server notes a request when it has answered it
        time.sleep(0.05)
    second, first = sent_to(provider)
    assert first == second
    code = re.search(r"\d{6}", second["text"])[0]
    assert api.put("auth/onetouchlogin/phone/verify", {"phone": "+14155550123"}, otp=code).status_code == 200


def test_a_broken_backend_of_the_site_loses_nothing(api, site, caplog):
    site(SMS_PROVIDERS={"broken": {"BACKEND": "tests.test_delivery.BrokenBackend"}})
    start_phone(api)
    message = Message.objects.get()
    assert (message.state, message.error) == ("pending", "broken: KeyError")
    assert "14155550123" not in caplog.text


class BrokenBackend(BaseSMSBackend):
    """What a site may write on a Friday."""

    def send(self, sms):
        raise KeyError(sms.to)


def test_tries_lie_ever_further_apart_and_end(api, provider, later, site):
    site(CODE_LIFETIME=600)
    provider.expect_request("/sms").respond_with_data("", status=503)
    start_phone(api)
    for pause in RETRY_AFTER:
        later(seconds=pause - 0.9)
        assert deliver_due() == (0, 0)
        later(seconds=1)
        assert deliver_due() == (0, 1)
    message = Message.objects.get()
    assert (message.state, message.tries, bytes(message.sealed)) == ("abandoned", len(RETRY_AFTER) + 1, b"")


def test_nothing_is_sent_after_it_has_expired(api, mailbox, site, later):
    site(SENDING="worker")
    start_email(api)
    later(minutes=10, seconds=1)
    assert deliver_due() == (0, 0)
    assert not mailbox
    assert (Message.objects.get().state, bytes(Message.objects.get().sealed)) == ("abandoned", b"")


def test_a_sender_that_died_holds_a_message_for_half_a_minute_only(api, mailbox, site, later):
    site(SENDING="worker")
    start_email(api)
    assert Message.objects.lease(Message.objects.get().pk)
    assert deliver_due() == (0, 0)
    later(seconds=31)
    assert deliver_due() == (1, 0)


def test_one_bad_message_holds_up_no_other(api, mailbox, site):
    site(SENDING="worker")
    start_email(api)
    start_email(api, "bob@example.com")
    Message.objects.filter(pk=Message.objects.earliest("pk").pk).update(sealed=b"not ours")
    assert deliver_due() == (1, 1)
    assert [mail.to for mail in mailbox] == [["bob@example.com"]]


def test_a_rotated_secret_key_still_opens_what_waits_and_what_was_sent(api, settings, mailbox, sms_outbox, site):
    site(SENDING="worker")
    start_email(api)
    start_phone(api)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "the-new-one"
    deliver_due()
    assert len(mailbox) == 1
    answer = api.put("auth/onetouchlogin/phone/verify", {"phone": "+14155550123"}, otp=code_from(sms_outbox[0]))
    assert answer.status_code == 200


def test_a_lost_secret_key_makes_old_codes_wrong(api, settings, sms_outbox):
    start_phone(api)
    settings.SECRET_KEY = "another"
    answer = api.put("auth/onetouchlogin/phone/verify", {"phone": "+14155550123"}, otp=code_from(sms_outbox[0]))
    assert error_code(answer) == 1067


def test_the_worker_sends_until_it_is_told_to_stop(tmp_path, make_site):
    running = make_site(PASSWORDLESS={"SENDING": "worker"})
    running.start_server()
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "send_messages", "--loop", "--pause", "0.1"],
        env=running.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        running.start_phone("+14155550123")
        assert running.wait_for_message("+14155550123")
    finally:
        worker.terminate()
        output, _errors = worker.communicate(timeout=10)
    assert worker.returncode == 0
    assert "1 sent, 0 failed" in output


def test_console_backends_show_what_they_would_send(site, capsys):
    site(
        SMS_PROVIDERS={"console": {"BACKEND": "loginradius_passwordless.backends.sms.console.SMSBackend"}},
        VOICE_PROVIDERS={"console": {"BACKEND": "loginradius_passwordless.backends.voice.console.VoiceBackend"}},
    )
    sms, voice = (provider_of(channel, name) for channel in ("sms", "voice") for name in names_of(channel))
    assert sms.backend.send(SMS("+14155550123", "hello", "ref")).id == "ref"
    assert voice.backend.call(Call("+14155550123", "good day", "good day", "ref", language="en-GB")).id == "ref"
    shown = capsys.readouterr().out
    assert "hello" in shown
    assert "(en-GB) ---\ngood day" in shown


def test_a_sender_that_was_overtaken_changes_nothing_any_more(api, mailbox, site, later):
    site(SENDING="worker")
    start_email(api)
    slow = Message.objects.lease(Message.objects.get().pk)
    later(seconds=31)
    other = Message.objects.lease(slow.pk)
    slow.try_again("timed out")
    slow.mark_failed("refused")
    assert Message.objects.get().state == "pending"
    assert Message.objects.get().leased_until
    other.mark_sent(Told("id"))
    assert Message.objects.get().state == "sent"


def test_what_a_sender_holds_is_not_given_up_under_its_hands(api, mailbox, site):
    site(SENDING="worker")
    start_email(api)
    message = Message.objects.lease(Message.objects.get().pk)
    Message.objects.update(expires_at=Now())
    assert Message.objects.abandon_expired() == 0
    message.mark_sent(Told("id"))
    assert Message.objects.get().state == "sent"


def test_minutes_in_a_message_are_never_more_than_there_are(api, sms_outbox, site):
    site(CODE_LIFETIME=119)
    start_phone(api)
    assert "for 1 min." in sms_outbox[0].text
