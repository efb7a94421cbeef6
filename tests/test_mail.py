"""E-mail through Django's own backends: its headers, its styles, and what mail providers report of it."""

import email
import re
import sys

import pytest
from aiosmtpd.controller import Controller
from django.test import Client

from loginradius_passwordless.messages import deliver_due
from loginradius_passwordless.models import EmailTemplate, Message, PausedAddress

from .conftest import code_from, start_email, start_phone, token_from
from .running import free_port

pytestmark = pytest.mark.django_db(transaction=True)
SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Forgetful:
    """A mail server that takes a mail and says that it did not, once."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append(email.message_from_bytes(envelope.content))
        return "451 try again" if len(self.mails) == 1 else "250 OK"


def test_a_mail_has_the_same_message_id_on_every_try_and_it_is_kept(api, mail_through, later):
    handler = Forgetful()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        mail_through(SMTP, host=controller.hostname, port=controller.port, timeout=5)
        start_email(api)
        later(seconds=2)
        assert deliver_due() == (1, 0)
    finally:
        controller.stop()
    message = Message.objects.get()
    assert [mail["Message-ID"] for mail in handler.mails] == [f"<{message.sid.hex}@example.com>"] * 2
    assert message.provider_id == handler.mails[0]["Message-ID"]


def test_a_mail_says_that_a_machine_wrote_it_and_offers_nobody_to_unsubscribe(api, mailbox):
    start_email(api)
    headers = mailbox[0].message()
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["List-Unsubscribe"] is None


STYLED = """<html><head><style>.loud { color: #bb0000; }
@media (prefers-color-scheme: dark) { .loud { color: #ffaaaa !important; } }</style></head>
<body><p class="loud">Hello</p><p><a href="#Url#?vtoken=#GUID#">Sign in</a></p></body></html>"""


@pytest.fixture
def styled(db):
    EmailTemplate.objects.put(
        kind="one_touch_login", subject="Sign in", text="Sign in: #Url#?vtoken=#GUID#", html=STYLED
    )


def test_styles_stand_in_the_elements_and_those_for_the_dark_stay(api, mailbox, styled):
    start_email(api)
    html = mailbox[0].alternatives[0][0]
    assert re.search(r'<p class="loud" style="color: ?#b(b0)?000', html), html
    assert "prefers-color-scheme: dark" in html
    assert token_from(mailbox[0]) in html


def test_without_the_extra_styles_stay_where_they_are(api, mailbox, styled, monkeypatch):
    monkeypatch.setitem(sys.modules, "css_inline", None)
    start_email(api)
    assert '<p class="loud">Hello' in mailbox[0].alternatives[0][0]


# What Postmark, as one of the providers that django-anymail knows, gets and tells

TOKEN = "the-servers-token"
HOOK_USER, HOOK_PASSWORD = "hook", "hooks-password"


@pytest.fixture
def postmark(httpserver, settings, mail_through):
    """Postmark on this machine, which takes everything."""
    settings.ROOT_URLCONF = "tests.urls_with_anymail"
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": TOKEN,
        "POSTMARK_API_URL": httpserver.url_for("/"),
        "WEBHOOK_SECRET": f"{HOOK_USER}:{HOOK_PASSWORD}",
    }
    mail_through("anymail.backends.postmark.EmailBackend")
    taken = {
        "To": "alice@example.com",
        "MessageID": "PM-1",
        "ErrorCode": 0,
        "Message": "OK",
        "SubmittedAt": "2026-01-01T00:00:00Z",
    }
    httpserver.expect_request("/email", headers={"X-Postmark-Server-Token": TOKEN}).respond_with_json(taken)
    return httpserver


def tell(password=HOOK_PASSWORD, **event):
    """Report something as Postmark does."""
    import base64

    secret = base64.b64encode(f"{HOOK_USER}:{password}".encode()).decode()
    headers = {"Authorization": f"Basic {secret}"}
    return Client().post("/anymail/postmark/tracking/", event, content_type="application/json", headers=headers)


def bounce(kind="HardBounce", **facts):
    told = {
        "RecordType": "Bounce",
        "Type": kind,
        "Email": "alice@example.com",
        "ID": 7,
        "BouncedAt": "2026-01-01T00:00:00Z",
    }
    told |= {"Description": "alice@example.com unknown", "Details": "550 alice@example.com", "MessageID": "PM-1"}
    return tell(**(told | facts))


def test_the_providers_own_id_is_kept_and_ours_goes_along(api, postmark):
    start_email(api)
    message = Message.objects.get()
    assert (message.state, message.provider, message.provider_id) == ("sent", "anymail.backends.postmark", "PM-1")
    [(request, _response)] = postmark.log
    assert request.get_json()["Metadata"] == {"message": str(message.sid)}


def test_what_was_delivered_is_marked_so(api, postmark):
    start_email(api)
    assert (
        tell(
            RecordType="Delivery", MessageID="PM-1", Recipient="alice@example.com", DeliveredAt="2026-01-01T00:00:00Z"
        ).status_code
        == 200
    )
    message = Message.objects.get()
    assert message.state == "delivered"
    assert message.reported_at


def test_an_address_that_bounced_hard_is_paused_and_nobody_can_tell(api, postmark, site, later):
    site(RESEND_GAP=0)
    start_email(api)
    sid = str(Message.objects.get().sid)
    assert bounce(Metadata={"message": sid}, MessageID="another").status_code == 200
    first = Message.objects.get()
    assert (first.state, first.error) == ("undelivered", "Postmark: bounced (bounced)")
    assert str(PausedAddress.objects.get()) == "a•••@example.com"
    start_email(api)
    assert Message.objects.latest("pk").state == "failed"
    assert "came back" in Message.objects.latest("pk").error
    start_email(api, "bob@example.com")
    assert Message.objects.latest("pk").state == "sent"
    later(days=31)
    start_email(api)
    assert Message.objects.latest("pk").state == "sent"
    assert len(postmark.log) == 3


@pytest.mark.parametrize(
    ("kind", "state"),
    [("SoftBounce", "undelivered"), ("Transient", "sent"), ("Blocked", "undelivered"), ("SpamComplaint", "sent")],
)
def test_what_may_be_over_tomorrow_pauses_nobody(api, postmark, kind, state):
    start_email(api)
    record = "SpamComplaint" if kind == "SpamComplaint" else "Bounce"
    assert bounce(kind, RecordType=record).status_code == 200
    assert Message.objects.get().state == state
    assert not PausedAddress.objects.exists()


def test_a_complaint_is_noted(api, postmark):
    start_email(api)
    bounce("SpamComplaint", RecordType="SpamComplaint")
    assert Message.objects.get().error == "Postmark: complained about"


def test_the_first_final_word_about_a_message_counts(api, postmark):
    start_email(api)
    delivered = {"RecordType": "Delivery", "MessageID": "PM-1", "Recipient": "alice@example.com"}
    for _again in range(2):
        tell(**delivered, DeliveredAt="2026-01-01T00:00:00Z")
        bounce("Blocked")
    assert Message.objects.get().state == "delivered"


@pytest.mark.parametrize(
    "facts", [{"MessageID": "PM-2"}, {"MessageID": None}, {"MessageID": ""}, {"Metadata": {"message": "x"}, "MessageID": "?"}, {"Metadata": {"message": None}, "MessageID": 5},
              {"Metadata": {"message": "00000000-0000-0000-0000-000000000000"}}, {"MessageID": "x" * 5000}]
)  # fmt: skip
def test_what_is_told_of_unknown_messages_changes_nothing(api, postmark, facts):
    start_email(api)
    assert bounce(**facts).status_code == 200
    assert Message.objects.get().state == "sent"
    assert not PausedAddress.objects.exists()


def test_a_report_without_the_secret_is_not_heard(api, postmark):
    start_email(api)
    assert bounce(password="wrong").status_code == 400
    assert Message.objects.get().state == "sent"


def test_a_report_about_a_mail_touches_no_text_of_the_same_id(api, postmark, sms_outbox):
    start_phone(api)
    Message.objects.update(provider_id="PM-1")
    bounce("Blocked")
    assert Message.objects.get().state == "sent"
    assert code_from(sms_outbox[0])
