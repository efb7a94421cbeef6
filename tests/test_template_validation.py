"""Templates that staff write: what is refused, what is shown, and what is sent in the end."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.urls import reverse

from loginradius_passwordless import catalog
from loginradius_passwordless.models import EmailTemplate, MessageSettings, SMSTemplate

from .conftest import code_from, start_email, start_phone, token_from

pytestmark = pytest.mark.django_db(transaction=True)

KIND = "one_touch_login"
LINK = "#Url#?vtoken=#GUID#"
MAIL = {
    "kind": KIND,
    "name": "default",
    "language": "en",
    "is_enabled": "on",
    "_publish": "1",
    "subject": "Sign in",
    "text": LINK,
    "html": "",
}
SMS = {
    "kind": KIND,
    "name": "default",
    "language": "en",
    "is_enabled": "on",
    "_publish": "1",
    "text": "#OTP#",
    "voice_text": "",
    "voice_repeat": "1",
}
INERT = [
    "{{ settings.SECRET_KEY }}",
    "{% debug %}",
    "{% load log %}",
    "#Name.__class__#",
    "${7*7}",
    "#{7*7}",
    "{0.__class__}",
    "%(name)s",
]


class Frames(HTMLParser):
    """Collects what a browser would take for frames and scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.frames: list[dict[str, str | None]] = []
        self.scripts: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "iframe":
            self.frames.append(dict(attrs))
        if tag == "script" or any(name.startswith("on") for name, _value in attrs):
            self.scripts.append(dict(attrs))


def page(model: Any, name: str, *arguments: Any) -> str:
    return reverse(f"admin:loginradius_passwordless_{model._meta.model_name}_{name}", args=arguments)


@pytest.fixture
def save(admin_client: Any) -> Any:
    """Save and publish a new template in the admin, and return the errors of its form."""

    def post(model: Any, **fields: str) -> dict[str, list[str]]:
        form = {**(MAIL if model is EmailTemplate else SMS), **fields}
        answer = admin_client.post(page(model, "add"), form)
        if answer.status_code == 302:
            return {}
        return dict(answer.context["adminform"].form.errors)

    return post


@pytest.fixture
def preview(admin_client: Any) -> Any:
    """Open the page of a saved template."""
    return lambda row: admin_client.get(page(type(row), "change", row.pk)).content.decode()


# What is refused


@pytest.mark.parametrize("field", ["subject", "text", "html"])
def test_an_unknown_placeholder_in_an_email_is_named_in_a_form_error(save, field):
    errors = save(EmailTemplate, **{field: f"{LINK if field != 'subject' else ''} #Nmae# #Password#"})
    assert errors == {field: ["Unknown here: #Nmae#, #Password#."]}
    assert not EmailTemplate.objects.exists()


@pytest.mark.parametrize("field", ["text", "voice_text"])
def test_an_unknown_placeholder_in_an_sms_or_a_call_is_named_in_a_form_error(save, field):
    assert save(SMSTemplate, **{field: "#OTP# #Url#"}) == {field: ["Unknown here: #Url#."]}


@pytest.mark.parametrize("field", ["text", "html"])
def test_an_email_without_its_link_is_refused(save, field):
    assert save(EmailTemplate, **{field: "Sign in at #Url#"}) == {field: ["Needed here and missing: #GUID#."]}


@pytest.mark.parametrize("field", ["text", "voice_text"])
def test_an_sms_or_a_call_without_its_code_is_refused(save, field):
    assert save(SMSTemplate, **{field: "Your code"}) == {field: ["Needed here and missing: #OTP#."]}


def test_a_link_in_a_subject_is_refused(save):
    assert set(save(EmailTemplate, subject="Open #GUID#")) == {"subject"}


def test_a_saved_template_cannot_lose_its_link_later(admin_client, save):
    save(EmailTemplate)
    row = EmailTemplate.objects.get()
    form = {**MAIL, "after": 1, "instead_of": 1, "text": "Nothing"}
    answer = admin_client.post(page(EmailTemplate, "change", row.pk), form)
    assert "Needed here and missing" in answer.content.decode()
    row.refresh_from_db()
    assert row.text == LINK


def test_a_second_template_of_the_same_kind_name_and_language_is_refused(save):
    assert save(EmailTemplate) == {}
    assert "__all__" in save(EmailTemplate)


def test_kinds_are_offered_only_where_they_can_be_sent(admin_client):
    for model, channel in ((EmailTemplate, "email"), (SMSTemplate, "sms")):
        form = admin_client.get(page(model, "add")).context["adminform"].form
        assert [kind for kind, _label in form.fields["kind"].choices] == ["", *catalog.kinds(channel)]


@pytest.mark.parametrize(("field", "value"), [("code_length", 4), ("code_lifetime", 3600), ("request_limit", 0)])
def test_unsafe_message_settings_are_refused(admin_client, field, value):
    form = {"kind": KIND, "request_limit": 5, "disable_period": 60, field: value}
    answer = admin_client.post(page(MessageSettings, "change", KIND), form)
    assert set(answer.context["adminform"].form.errors) == {field}


# What is never evaluated


@pytest.mark.parametrize("text", INERT)
def test_what_another_template_language_would_evaluate_is_sent_as_it_was_written(api, save, preview, mailbox, text):
    assert save(EmailTemplate, subject=text, text=f"{text} {LINK}", html=f"{text} {LINK}") == {}
    start_email(api)
    parts = [mailbox[0].subject, mailbox[0].body, mailbox[0].alternatives[0][0]]
    assert all(text in part for part in parts)
    html = preview(EmailTemplate.objects.get())
    assert settings.SECRET_KEY not in f"{parts} {html}"
    frame = Frames(html).frames[0]["srcdoc"]
    assert frame is not None
    assert text in frame


def test_a_placeholder_in_a_value_is_not_filled_again(api, save, mailbox):
    save(EmailTemplate, text=f"Hello #Name#. {LINK}")
    answer = api.post("auth/onetouchlogin/email", {"email": "a@example.com", "clientguid": "g" * 20, "name": "#Email#"})
    assert answer.status_code == 200
    assert "a@example.com" not in mailbox[0].body


# What is shown


def test_a_script_in_a_template_is_refused_and_inert_in_the_preview(admin_client, save):
    attack = f'</iframe>"><script>alert(1)</script><img src=x onerror="alert(2)"> {LINK}'
    typed = {**MAIL, "subject": "<script>alert(3)</script>", "text": attack, "html": attack}
    assert set(save(EmailTemplate, **typed)) == {"html"}
    html = admin_client.post(page(EmailTemplate, "add"), typed).content.decode()
    found = Frames(html)
    [frame] = found.frames
    assert frame["sandbox"] == ""
    assert "src" not in frame
    assert "<script>alert(1)</script>" in str(frame["srcdoc"])
    assert "default-src 'none'" in str(frame["srcdoc"])
    assert not [script for script in found.scripts if "onerror" in script]
    assert "<script>alert" not in html


def test_a_script_in_an_sms_is_inert_in_the_preview(save, preview):
    save(SMSTemplate, text="#OTP# <script>alert(1)</script>", voice_text="#OTP# <script>alert(2)</script>")
    html = preview(SMSTemplate.objects.get())
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "&lt;script&gt;alert(2)" in html


def test_a_preview_is_filled_with_samples_and_shows_the_line_that_an_sms_ends_with(save, preview):
    save(EmailTemplate, subject="For #Name#", html=f"<b>#AppName#</b> {LINK}")
    html = preview(EmailTemplate.objects.get())
    assert "<strong>For Alice Example</strong>" in html
    assert "<b>Example Shop</b>" in str(Frames(html).frames[0]["srcdoc"])
    save(SMSTemplate, text="#OTP# is your code.")
    html = preview(SMSTemplate.objects.get())
    assert "123456 is your code.\n\n@testserver #123456" in html
    assert "GSM-7, 41 characters: 1 message, 119 left in it" in html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 160, ("GSM-7", 160, 1)),
        ("a" * 161, ("GSM-7", 161, 2)),
        ("€" * 80, ("GSM-7", 160, 1)),
        ("ł" * 70, ("UCS-2", 70, 1)),
        ("😀" * 36, ("UCS-2", 72, 2)),
        # What takes two places is never cut in two: 152 letters and a euro sign are more than 153.
        ("a" * 152 + "€" + "a" * 152, ("GSM-7", 306, 3)),
        ("😀" * 67, ("UCS-2", 134, 3)),
    ],
)
def test_the_length_of_an_sms_is_counted_as_networks_count_it(text, expected):
    size = catalog.segments(text)
    assert (size.alphabet, size.length, size.count) == expected


def test_a_form_lists_the_placeholders_of_its_kind_with_samples(admin_client):
    html = admin_client.get(page(EmailTemplate, "add"), {"kind": KIND}).content.decode()
    for name in catalog.MESSAGES[KIND, "email"].allowed:
        assert f"<code>#{name}#</code>" in html
        assert catalog.SAMPLES[name] in html
    assert "#OTP#" not in html


def test_a_new_template_of_a_kind_begins_with_the_shipped_text(admin_client):
    for model, channel in ((EmailTemplate, "email"), (SMSTemplate, "sms")):
        assert f'href="?kind={KIND}"' in admin_client.get(page(model, "add")).content.decode()
        form = admin_client.get(page(model, "add"), {"kind": KIND}).context["adminform"].form
        shipped = catalog.shipped(KIND, channel, "en")
        assert form["text"].value() == shipped.text
        assert (form["html"].value() if channel == "email" else shipped.html) == shipped.html
    assert form["voice_text"].value() == catalog.shipped(KIND, "voice", "en").text


@pytest.mark.parametrize(
    "query", [{"kind": "nonsense"}, {"kind": "<script>alert(1)</script>"}, {"kind": KIND, "language": "../.."}]
)
def test_a_form_opens_whatever_its_address_says(admin_client, query):
    for model in (EmailTemplate, SMSTemplate):
        answer = admin_client.get(page(model, "add"), query)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("kind", catalog.kinds("email"))
def test_every_shipped_text_can_be_saved_as_it_is(admin_client, save, kind):
    text = catalog.shipped(kind, "email", "en")
    assert save(EmailTemplate, kind=kind, subject=text.subject, text=text.text, html=text.html) == {}


# What is sent


def test_an_edited_default_is_what_the_next_mail_says(api, admin_client, save, mailbox):
    save(EmailTemplate, subject="Come in", text=f"First {LINK}", from_name="Shop", from_email="shop@example.com")
    row = EmailTemplate.objects.get()
    edited = {**MAIL, "subject": "Come in, #AppName# waits", "text": f"Second {LINK}", "html": f"<i>Second</i> {LINK}"}
    edited |= {"after": "1", "instead_of": "1"}
    assert admin_client.post(page(EmailTemplate, "change", row.pk), edited).status_code == 302
    start_email(api)
    assert mailbox[0].subject == "Come in, Example Shop waits"
    assert mailbox[0].body.startswith("Second http://testserver/signin/link/?vtoken=")
    assert mailbox[0].alternatives[0][0].count("<body><i>Second</i>") == 1
    assert "Subject" in LogEntry.objects.latest("pk").get_change_message()


def test_an_edited_sms_is_what_the_next_sms_says(api, save, sms_outbox):
    save(SMSTemplate, text="Psst: #OTP#")
    start_phone(api)
    assert sms_outbox[0].text.startswith(f"Psst: {code_from(sms_outbox[0])}\n")


@pytest.mark.parametrize(
    ("asked_for", "said"),
    [
        ("spring", "Spring"),
        (None, "Default"),
        ("winter", "Default"),  # disabled
        ("autumn", "Default"),  # unknown
        ("SPRING", "Default"),
        ("x' OR 1=1", "Default"),
    ],
)
def test_a_template_is_chosen_by_its_exact_name_and_anything_else_gets_the_default(api, save, mailbox, asked_for, said):
    save(EmailTemplate, text=f"Default {LINK}")
    save(EmailTemplate, name="spring", text=f"Spring {LINK}")
    save(EmailTemplate, name="winter", text=f"Winter {LINK}", is_enabled="")
    start_email(api, onetouchloginemailtemplate=asked_for)
    assert mailbox[0].body.startswith(said)


def test_without_a_default_row_the_shipped_text_is_sent(api, save, mailbox):
    save(EmailTemplate, text=f"Edited {LINK}")
    EmailTemplate.objects.all().delete()
    start_email(api)
    assert mailbox[0].subject == "Your sign-in link for Example Shop"
    assert token_from(mailbox[0])


def test_what_staff_set_for_a_kind_holds_for_the_next_message(api, admin_client, sms_outbox):
    form = {"kind": KIND, "request_limit": 5, "disable_period": 60, "code_length": 8}
    assert admin_client.post(page(MessageSettings, "change", KIND), form).status_code == 302
    start_phone(api)
    assert len(code_from(sms_outbox[0])) == 8


@pytest.mark.parametrize(
    ("text", "is_good"),
    [("#OTP#", True), ("#Url#?vtoken=#GUID#", True), ("#OTP# #GUID#", True), ("#Name#", False), ("#Url#", False)],
)
def test_a_mail_that_may_have_a_link_or_a_code_needs_one_of_them(text, is_good):
    template = EmailTemplate(kind="passwordless_login", subject="Hi", text=text)
    if is_good:
        template.clean()
        return
    with pytest.raises(ValidationError, match="One of these is needed here: #GUID#, #OTP#"):
        template.clean()


def test_a_security_notice_needs_its_link():
    with pytest.raises(ValidationError, match="#GUID#"):
        EmailTemplate(kind="security_notice", subject="Hi", text="Somebody signed in.").clean()
