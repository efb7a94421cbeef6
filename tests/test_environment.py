"""The example project as its environment configures it, in a process of its own, against servers that listen."""

import email
import json
import re
import time
import uuid
from email import policy

import pytest
from aiosmtpd.controller import Controller

from .running import free_port


class Mailbox:
    """A mail server that keeps what it gets."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


def test_mail_goes_to_the_server_of_email_url_and_its_link_lets_the_device_in(make_site):
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        site = make_site(environment={"EMAIL_URL": f"smtp://127.0.0.1:{controller.port}"})
        site.start_server()
        guid = str(uuid.uuid4())
        site.call("POST", "auth/onetouchlogin/email", {"email": "alice@example.com", "clientguid": guid})
        deadline = time.monotonic() + 10
        while not handler.mails and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        controller.stop()
    [mail] = handler.mails
    assert mail["To"] == "alice@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_body(("plain",)).get_content()
    link = re.search(r"http\S+vtoken=(\S+)", text)
    assert link[0].startswith(site.url)
    assert site.call("GET", "auth/email/onetouchlogin", verificationtoken=link[1])["IsVerified"] is True
    assert site.call("GET", "login/smartlogin/ping", clientguid=guid)["ErrorCode"] == 404
    assert site.call("GET", "auth/login/smartlogin/ping", clientguid=guid)["access_token"]


def test_sms_and_calls_go_to_the_address_of_sms_url(make_site, httpserver):
    httpserver.expect_request("/gateway", method="POST").respond_with_json({"id": "SM-1"})
    site = make_site(environment={"SMS_URL": httpserver.url_for("/gateway")}, PASSWORDLESS={"CODE_LENGTH": 8})
    site.start_server()
    site.start_phone("+14155550123")
    site.call("POST", "auth/onetouchlogin/phone", {"phone": "+14155550124"}, isvoiceotp="true")
    deadline = time.monotonic() + 10
    while len(httpserver.log) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    sms, call = sorted((json.loads(request.data) for request, _answer in httpserver.log), key=lambda sent: sent["to"])
    assert (sms["to"], sms["channel"], call["to"], call["channel"]) == ("+14155550123", "sms", "+14155550124", "voice")
    code = re.search(r"\b\d{8}\b", sms["text"])[0]
    login = site.call("PUT", "auth/onetouchlogin/phone/verify", {"phone": "+14155550123"}, otp=code)
    assert login["Profile"]["PhoneId"] == "+14155550123"


def test_a_site_without_debug_needs_a_secret_key_of_its_own(make_site):
    site = make_site()
    site.environment["DEBUG"] = "False"
    site.environment.pop("SECRET_KEY", None)
    with pytest.raises(AssertionError, match="SECRET_KEY of its own"):
        site.manage("check")
    site.environment["SECRET_KEY"] = "its own"
    assert "no issues" in site.manage("check")
