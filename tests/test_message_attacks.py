"""Messages under attack: rows that somebody broke, names that are advertisements, tests that look like logins."""

import contextlib
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from loginradius_passwordless.flows import trial
from loginradius_passwordless.messages.rendering import choose, render
from loginradius_passwordless.models import EmailTemplate, Message, SMSTemplate
from loginradius_passwordless.models.database import Now

from .conftest import start_email

pytestmark = pytest.mark.django_db(transaction=True)
KIND = "one_touch_login"
LINK = "#Url#?vtoken=#GUID#"


def mail(**fields: Any) -> EmailTemplate:
    return EmailTemplate.objects.put(KIND, **{"subject": "One", "text": f"One {LINK}", **fields})


@pytest.mark.parametrize(
    "broken",
    [
        {"from_email": "a@b.example\nBcc: c@d.example"},
        {"from_email": "nobody"},
        {"html": f"<![ x {LINK}"},
        {"text": f"x {LINK}", "html": "<![CDATA x" + LINK},
    ],
)
def test_a_row_that_somebody_broke_is_not_sent_and_the_shipped_text_is(api, mailbox, broken):
    row = mail()
    EmailTemplate.objects.filter(pk=row.pk).update(**broken)
    api.client.raise_request_exception = False
    start_email(api)
    assert [sent.subject for sent in mailbox] == ["Your sign-in link for Example Shop"]


@pytest.mark.parametrize("times", [0, 30000])
def test_a_call_is_said_at_least_once_and_not_for_hours(shop, times):
    row = SMSTemplate.objects.put(KIND, text="#OTP#", voice_text="Code #OTP#")
    SMSTemplate.objects.filter(pk=row.pk).update(voice_repeat=times)
    template = choose(KIND, "voice", "", "en", shop)
    body = render(template, "voice", {"AppName": "x", "OTP": "123456", "OTPExpiry": "5"})
    assert 6 <= len(body["text"]) < 2000


def test_a_call_is_said_in_the_language_of_its_text(shop):
    body = render(choose(KIND, "voice", "", "ko", shop), "voice", {"AppName": "x", "OTP": "123456"})
    assert body["text"].startswith("Hello")
    assert body["language"].startswith("en")


def test_the_call_of_a_template_without_words_for_it_is_said_in_the_language_of_its_text(shop):
    SMSTemplate.objects.put(KIND, language="ko", text="#OTP#")
    body = render(choose(KIND, "voice", "", "ko", shop), "voice", {"AppName": "x", "OTP": "123456"})
    assert body["text"].startswith("Hello")
    assert body["language"].startswith("en")


@pytest.mark.parametrize("name", ["Win at evil.\u200bcom", "evil.\u00adcom", "http\u200b:\u2060", "see evil｡com"])
def test_a_stranger_s_name_is_no_address(api, mailbox, name):
    mail(text=f"Hello #Name#. {LINK}")
    answer = api.post("auth/onetouchlogin/email", {"email": "a@example.com", "clientguid": "g" * 20, "name": name})
    assert answer.status_code == 200
    hello = mailbox[0].body.partition("http")[0]
    assert "evil.com" not in hello
    assert "｡" not in hello


def test_a_sender_s_name_counts_where_the_site_s_address_has_one(api, site, mailbox):
    site(FROM_EMAIL="Site <login@example.com>")
    mail(from_name="Shop")
    start_email(api)
    assert mailbox[0].from_email == '"Shop" <login@example.com>'


def test_a_test_mail_says_that_it_is_one_whatever_its_html_begins_with():
    html = f"<!--<body>--><body><p>{LINK}</p></body>"
    row = trial.marked(EmailTemplate(kind=KIND, subject="S", text=LINK, html=html), "email")
    import re

    assert "This is a test" in re.sub(r"<!--.*?-->", "", row.html)


@pytest.mark.parametrize("language", ["x" * 600, "../..", "en_", "%"])
def test_no_language_breaks_a_call(api, language, mailbox):
    start_email(api, language=language)
    assert len(mailbox) == 1


def test_staff_see_which_messages_were_tests(admin_client, shop):

    row = mail()
    form = {"is_enabled": "on", "subject": "S", "text": LINK, "after": "1", "instead_of": "1", "_try_email": "1"}
    admin_client.post(reverse("admin:loginradius_passwordless_emailtemplate_change", args=[row.pk]), form)
    message = Message.objects.get(is_trial=True)
    page = admin_client.get(reverse("admin:loginradius_passwordless_message_change", args=[message.pk]))
    assert "Staff sent it to themselves" in page.content.decode()


def test_a_test_that_fails_is_no_customer_s_lost_message(shop, admin_user):
    Message.objects.create(
        application=shop,
        kind=KIND,
        channel="email",
        recipient="x",
        identity="y",
        is_trial=True,
        state="failed",
        expires_at=Now(),
    )
    out = StringIO()
    with contextlib.suppress(CommandError, SystemExit):
        call_command("doctor", stdout=out, stderr=out)
    assert "0 in a day" in out.getvalue()
