"""The template studio: drafts, versions, publishing, trying, who may what, and what becomes of a row that is broken."""

import logging
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from loginradius_passwordless import catalog
from loginradius_passwordless.admin.previews import in_scheme
from loginradius_passwordless.identifiers import parse_email, parse_phone
from loginradius_passwordless.models import (
    Customer,
    EmailTemplate,
    Identifier,
    LoginAttempt,
    Message,
    MessageSettings,
    Overtaken,
    SendBudget,
    SMSTemplate,
    VerificationToken,
)

from .conftest import code_from, link_from, start_email, start_phone, token_from

pytestmark = pytest.mark.django_db(transaction=True)

KIND = "one_touch_login"
LINK = "#Url#?vtoken=#GUID#"
ALL = ["view", "add", "change", "delete", "publish", "test"]
JSON = {"Accept": "application/json"}


def page(model: Any, name: str, *arguments: Any) -> str:
    return reverse(f"admin:loginradius_passwordless_{model._meta.model_name}_{name}", args=arguments)


@pytest.fixture
def editor(db: Any) -> Any:
    """Make a browser of somebody who works here, has an address, and may do just this with templates."""

    def make(*actions: str, name: str = "anna", also: tuple[str, ...] = ()) -> Client:
        user = get_user_model().objects.create_user(name, email=f"{name}@example.com", is_staff=True)
        names = [f"{action}_{model}" for action in actions for model in ("emailtemplate", "smstemplate")]
        user.user_permissions.set(Permission.objects.filter(codename__in=[*names, *also]))
        client = Client()
        client.force_login(user)
        client.user = user
        return client

    return make


def form(row: Any = None, **fields: Any) -> dict[str, Any]:
    """What a browser posts of the e-mail form."""
    typed = {"kind": KIND, "name": "default", "language": "en", "is_enabled": "on", "subject": "Hi", "text": LINK}
    if row is not None:
        row = EmailTemplate.objects.get(pk=row.pk)
        typed |= {"after": row.latest, "instead_of": "" if row.published is None else row.published}
    return {**typed, "html": "", "note": "", **fields}


def sms_form(**fields: Any) -> dict[str, Any]:
    typed = {"kind": KIND, "name": "default", "language": "en", "is_enabled": "on", "text": "#OTP#", "voice_repeat": 1}
    return {**typed, **fields}


def told(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def edit(client: Client, row: Any, **fields: Any) -> Any:
    return client.post(page(EmailTemplate, "change", row.pk), form(row, **fields), follow=True)


@pytest.fixture
def published() -> EmailTemplate:
    row = EmailTemplate.objects.put(KIND, subject="First", text=LINK)
    row.refresh_from_db()
    return row


# Drafts and publishing


def test_what_is_saved_is_a_draft_and_nobody_receives_it(editor, api, mailbox):
    anna = editor(*ALL)
    assert anna.post(page(EmailTemplate, "add"), form(subject="Draft", note="a try")).status_code == 302
    start_email(api)
    assert mailbox[0].subject == "Your sign-in link for Example Shop"
    version = EmailTemplate.objects.get().versions.get()
    assert (version.number, version.author_name, version.note) == (1, "anna", "a try")
    assert version.content["subject"] == "Draft"


def test_what_is_published_is_sent_and_a_later_draft_is_not(editor, api, mailbox, site):
    site(RESEND_GAP=0)
    anna = editor(*ALL)
    anna.post(page(EmailTemplate, "add"), form(subject="Published", _publish="1"))
    row = EmailTemplate.objects.get()
    edit(anna, row, subject="Draft", _continue="1")
    start_email(api)
    assert mailbox[0].subject == "Published"
    edit(anna, row, subject="Draft", _publish="1")
    start_email(api)
    assert mailbox[1].subject == "Draft"
    assert [version.published_by for version in row.versions.order_by("number")] == ["anna", "anna"]
    assert row.versions.count() == 2  # publishing what is saved already makes no version of its own


def test_a_page_shows_the_draft_and_not_what_is_sent(editor, published):
    anna = editor(*ALL)
    edit(anna, published, subject="Draft", _continue="1")
    html = anna.get(page(EmailTemplate, "change", published.pk)).content.decode()
    assert 'value="Draft"' in html
    assert "version 1 is sent; version 2 is a draft" in html


def test_without_the_permission_to_publish_a_draft_can_be_saved_and_nothing_else(editor, api, mailbox, published):
    anna = editor("view", "add", "change", "delete", "test")
    url = page(EmailTemplate, "change", published.pk)
    html = anna.get(url).content.decode()
    assert not [name for name in ("_publish", "_reset", "_default") if f'name="{name}"' in html]
    assert edit(anna, published, subject="Draft").status_code == 200
    assert edit(anna, published, subject="Mine", _publish="1").status_code == 403
    for button in ("_reset", "_default"):
        assert anna.post(url, form(published, **{button: "1"})).status_code == 403
    anna.post(url, form(published, is_enabled=""))
    start_email(api)
    assert mailbox[0].subject == "First"
    assert EmailTemplate.objects.get().versions.filter(content__subject="Mine").count() == 0


def test_who_may_only_look_changes_nothing_and_sees_the_preview(editor, published):
    anna = editor("view")
    html = anna.get(page(EmailTemplate, "change", published.pk)).content.decode()
    assert "First" in html
    assert 'name="_save"' not in html
    assert 'name="_try_email"' not in html
    assert edit(anna, published, subject="Mine").status_code == 403
    assert anna.post(page(EmailTemplate, "restore", published.pk, 1)).status_code == 403
    assert anna.post(page(EmailTemplate, "preview", published.pk), form(), headers=JSON).status_code == 200
    assert anna.get(page(EmailTemplate, "history", published.pk)).status_code == 200
    assert EmailTemplate.objects.get().latest == 1


@pytest.mark.parametrize("name", ["preview", "diff", "history", "restore", "change"])
def test_strangers_and_other_staff_see_no_page_of_a_template(editor, published, name):
    arguments = [published.pk, *([1] if name == "restore" else [])]
    assert Client().post(page(EmailTemplate, name, *arguments)).status_code == 302
    assert editor(name="otto").post(page(EmailTemplate, name, *arguments)).status_code == 403


@pytest.mark.parametrize("number", ["999999", "0", "99999999999999999999"])
@pytest.mark.parametrize("name", ["preview", "diff", "history", "change"])
def test_a_template_that_is_not_there_is_not_found(editor, name, number):
    anna = editor(*ALL)
    address = page(EmailTemplate, name, 1).replace("/1/", f"/{number}/")
    method = anna.post if name == "preview" else anna.get
    assert method(address, follow=True).status_code in {200, 404}


# Two people at once


def test_who_saves_second_is_told_who_was_faster_and_loses_nothing(editor, published):
    anna, ben = editor(*ALL), editor(*ALL, name="ben")
    began = form(published)
    edit(ben, published, subject="Ben's")
    answer = anna.post(page(EmailTemplate, "change", published.pk), {**began, "subject": "Anna's", "_publish": "1"})
    html = answer.content.decode()
    assert "ben has saved or published version 2 while you were writing" in html
    assert 'value="Anna&#x27;s"' in html
    assert EmailTemplate.objects.get().latest == 2
    again = {**began, "subject": "Anna's", "after": 2, "instead_of": 1, "_publish": "1"}
    assert 'name="after" value="2"' in html
    assert anna.post(page(EmailTemplate, "change", published.pk), again).status_code == 302
    row = EmailTemplate.objects.get()
    assert (row.subject, row.latest, row.published) == ("Anna's", 3, 3)
    assert row.versions.get(number=2).content["subject"] == "Ben's"


def test_a_version_of_an_old_page_does_not_replace_one_that_was_published_meanwhile(published):
    old = published.version(1)
    second = published.write({**published.content, "subject": "Second"}, author=None, note="", after=1)
    published.publish(second, author=None, instead_of=1)
    with pytest.raises(Overtaken):
        published.publish(old, author=None, instead_of=1)
    with pytest.raises(Overtaken):
        published.write(published.content, author=None, note="", after=1)
    row = EmailTemplate.objects.get()
    assert (row.subject, row.published, row.latest) == ("Second", 2, 2)


# Versions


def test_a_difference_is_shown_line_by_line_and_a_restored_version_has_none(editor, published):
    anna = editor(*ALL)
    edit(anna, published, subject="Second", text=f"Hello\n{LINK}\nBye <b>", note="kinder")
    html = anna.get(page(EmailTemplate, "diff", published.pk)).content.decode()
    assert '<del><span class="studio-mark">−</span>First</del>' in html
    assert '<ins><span class="studio-mark">+</span>Second</ins>' in html
    assert "Bye &lt;b&gt;" in html
    assert "kinder" in html
    answer = anna.post(page(EmailTemplate, "restore", published.pk, 1), follow=True)
    assert "Version 1 is back, as version 3" in told(answer)
    same = anna.get(page(EmailTemplate, "diff", published.pk), {"from": "1", "to": "3"}).content.decode()
    assert "The two versions say the same." in same
    assert "<ins>" not in same


def test_a_restored_version_is_a_draft_until_it_is_published(editor, api, mailbox, published):
    anna = editor(*ALL)
    edit(anna, published, subject="Second", _publish="1")
    anna.post(page(EmailTemplate, "restore", published.pk, 1))
    start_email(api)
    assert mailbox[0].subject == "Second"
    assert EmailTemplate.objects.get().published == 2


def test_a_restore_is_no_link(editor, published):
    anna = editor(*ALL)
    assert anna.get(page(EmailTemplate, "restore", published.pk, 1)).status_code == 405
    assert EmailTemplate.objects.get().latest == 1


@pytest.mark.parametrize("query", [{"from": "9"}, {"to": "x"}, {"from": "-1"}, {"to": "9" * 30}, {"from": "²"}])
def test_a_version_that_is_not_there_is_not_found(editor, published, query):
    assert editor(*ALL).get(page(EmailTemplate, "diff", published.pk), query).status_code == 404


def test_the_versions_name_who_wrote_and_who_published_them(editor, published):
    edit(editor(*ALL), published, subject="Second", note="why not", _publish="1")
    html = editor("view", name="ben").get(page(EmailTemplate, "history", published.pk)).content.decode()
    assert "why not" in html
    assert html.count("sent now") == 1
    assert "anna" in html


def test_an_author_who_has_gone_is_still_named(editor, published):
    anna = editor(*ALL)
    edit(anna, published, subject="Second")
    anna.user.delete()
    assert EmailTemplate.objects.get().versions.get(number=2).author_name == "anna"


# Defaults


def test_a_default_is_reset_and_cannot_be_deleted(editor, api, mailbox, published):
    anna = editor(*ALL)
    assert anna.post(page(EmailTemplate, "delete", published.pk), {"post": "yes"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [published.pk], "post": "yes"}
    anna.post(page(EmailTemplate, "changelist"), action)
    assert EmailTemplate.objects.exists()
    answer = anna.post(page(EmailTemplate, "change", published.pk), form(published, _reset="1"), follow=True)
    assert "Nothing of it is sent any more" in told(answer)
    start_email(api)
    assert mailbox[0].subject == "Your sign-in link for Example Shop"
    assert published.versions.get(number=1).content["subject"] == "First"
    assert published.versions.get(number=2).content["subject"] == "Your sign-in link for #AppName#"


def test_another_template_can_be_deleted_and_made_the_default(editor, api, mailbox, published, site):
    site(RESEND_GAP=0)
    anna = editor(*ALL)
    spring = EmailTemplate.objects.put(KIND, "spring", subject="Spring", text=LINK)
    answer = anna.post(page(EmailTemplate, "change", spring.pk), form(spring, name="spring", _default="1"), follow=True)
    assert "“spring” is the default" in told(answer)
    start_email(api)
    assert mailbox[0].subject == "Spring"
    assert anna.post(page(EmailTemplate, "delete", spring.pk), {"post": "yes"}).status_code == 403
    assert anna.post(page(EmailTemplate, "delete", published.pk), {"post": "yes"}).status_code == 302
    start_email(api, onetouchloginemailtemplate="default")
    assert mailbox[1].subject == "Spring"


def test_a_default_that_is_gone_or_switched_off_leaves_the_shipped_text(api, mailbox, published, site):
    site(RESEND_GAP=0)
    MessageSettings.objects.create(kind=KIND, email_default="gone")
    start_email(api)
    MessageSettings.objects.update(email_default="default")
    EmailTemplate.objects.update(is_enabled=False)
    start_email(api)
    assert {mail.subject for mail in mailbox} == {"Your sign-in link for Example Shop"}


def test_a_copy_begins_with_the_newest_text_of_the_other(editor, published):
    anna = editor(*ALL)
    edit(anna, published, subject="Newer")
    shown = anna.get(page(EmailTemplate, "add"), {"source": published.pk, "name": "copy"})
    typed = shown.context["adminform"].form
    assert (typed["subject"].value(), typed["name"].value(), typed["kind"].value()) == ("Newer", "copy", KIND)
    assert anna.get(page(EmailTemplate, "add"), {"source": "999999"}).status_code == 200


def test_a_template_keeps_its_kind_name_and_language(editor, published):
    edit(editor(*ALL), published, kind="welcome", name="other", language="de", subject="Second", _publish="1")
    row = EmailTemplate.objects.get()
    assert (row.kind, row.name, row.language, row.subject) == (KIND, "default", "en", "Second")


# Languages


@pytest.mark.parametrize(
    ("asked", "own", "browser", "expected"),
    [
        ("", "", "pt-br", "pt"), ("", "", "de-at,en", "de"), ("", "", "sv", "en"), ("de", "", "pt", "de"),
        ("DE", "", "pt", "de"), ("de_DE", "", "pt", "de"), ("nonsense", "", "pt", "pt"), ("", "de", "pt", "de"),
        ("pt", "de", "en", "pt"), ("<script>", "", "de", "de"), ("", "xx", "de", "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_one_asked_for_the_customers_or_the_browsers(
    api, shop, mailbox, asked, own, browser, expected
):
    for language in ("en", "de", "pt"):
        EmailTemplate.objects.put("passwordless_login", language=language, subject=language, text="#OTP#")
    user = get_user_model().objects.create_user("alice", email="alice@example.com")
    customer = Customer.objects.create(user=user, registered_by="email", language=own)
    Identifier.objects.add_proven(customer, parse_email("alice@example.com"))
    headers = {"Accept-Language": browser}
    query = {"language": asked} if asked else {}
    api.get("auth/login/passwordlesslogin/email", email="alice@example.com", headers=headers, **query)
    assert mailbox[0].subject == expected


def test_a_text_in_the_sites_language_goes_before_a_shipped_one_in_the_persons(api, mailbox, settings):
    settings.LANGUAGE_CODE = "fr"
    EmailTemplate.objects.put(KIND, language="fr", subject="Bonjour", text=LINK)
    api.get("auth/onetouchlogin/email", headers={"Accept-Language": "de"})
    body = {"email": "a@example.com", "clientguid": "g" * 20}
    assert api.post("auth/onetouchlogin/email", body, headers={"Accept-Language": "de"}).status_code == 200
    assert mailbox[0].subject == "Bonjour"


def test_a_person_is_called_by_what_the_profile_says_and_a_stranger_by_nothing(api, mailbox, site):
    site(RESEND_GAP=0)
    EmailTemplate.objects.put(KIND, subject="Hi", text=f"[#FirstName#|#LastName#|#UserName#] {LINK}")
    user = get_user_model().objects.create_user("alice")
    profile = {"FirstName": "Alice #OTP#", "LastName": "evil.example/win", "Other": 5}
    customer = Customer.objects.create(user=user, registered_by="email", profile=profile)
    Identifier.objects.add_proven(customer, parse_email("alice@example.com"))
    start_email(api, "alice@example.com")
    start_email(api, "stranger@example.com")
    assert mailbox[0].body.startswith("[||alice]")  # what reads like a link is left out
    assert mailbox[1].body.startswith("[||]")
    Customer.objects.update(profile={"FirstName": ["x"], "LastName": "Example"})
    start_email(api, "alice@example.com")
    assert "Example" in mailbox[2].body


# Trying


def test_a_test_goes_to_oneself_marked_and_its_secrets_work_for_nobody(editor, api, shop, mailbox, published, person):
    anna = editor(*ALL)
    html = f"<html><body class='x'><a href='{LINK}'>Go</a></body></html>"
    answer = edit(anna, published, subject="Draft", text=f"Hello #Name#: {LINK}", html=html, _try_email="1")
    assert "on its way to a•••@example.com" in told(answer)
    [mail] = mailbox
    assert mail.to == ["anna@example.com"]
    assert mail.subject == "[Test] Draft"
    assert mail.body.startswith("*** This is a test")
    assert '<body class="x"><div style=' in mail.alternatives[0][0]
    assert "Hello Alice Example: http://testserver/signin/link/?vtoken=" in mail.body
    message = Message.objects.get()
    assert message.is_trial
    assert message.attempt is None
    assert published.versions.get(number=2).trial == message
    assert str(message.sid) in LogEntry.objects.latest("pk").change_message
    assert not VerificationToken.objects.exists()
    assert not LoginAttempt.objects.exists()
    link = link_from(mail)
    assert person.get(link, follow=True).status_code >= 400
    start_email(api)
    assert mailbox[1].subject == "First"  # the draft was sent to nobody else


def test_an_sms_and_a_call_are_tried_by_the_same_way(editor, shop, sms_outbox, voice_outbox):
    anna = editor(*ALL)
    customer = Customer.objects.create(user=anna.user, registered_by="phone")
    Identifier.objects.add_proven(customer, parse_phone("+14155550123"))
    typed = sms_form(voice_text="Your code is #OTP#.", voice_repeat=2, voice_language="en-GB")
    anna.post(page(SMSTemplate, "add"), {**typed, "_try_sms": "1"})
    row = SMSTemplate.objects.get()
    change = {**typed, "after": row.latest, "instead_of": "", "_try_voice": "1"}
    anna.post(page(SMSTemplate, "change", row.pk), change)
    assert sms_outbox[0].to == "+14155550123"
    assert sms_outbox[0].text.startswith("TEST: 123456")
    said = "This is a test of a template. Its link and its code work for nobody. Your code is 123456."
    assert voice_outbox[0].text == f"{said} {said}"
    assert voice_outbox[0].language == "en-GB"


def test_whoever_has_no_address_of_their_own_is_told_so(editor, shop, published, sms_outbox):
    anna = editor(*ALL)
    get_user_model().objects.update(email="")
    assert "no address of yours" in told(edit(anna, published, _try_email="1"))
    answer = anna.post(page(SMSTemplate, "add"), {**sms_form(), "_try_sms": "1"}, follow=True)
    assert "no address of yours" in told(answer)
    assert not Message.objects.exists()
    assert not sms_outbox


def test_tests_are_limited_and_use_up_nobodys_messages(editor, api, mailbox, published, site):
    site(SITE_EMAILS_ARE_VERIFIED=True)
    anna = editor(*ALL)
    for _time in range(20):
        edit(anna, published, _try_email="1")
    assert len(mailbox) == 20
    assert "No test was sent" in told(edit(anna, published, _try_email="1"))
    assert len(mailbox) == 20
    start_email(api, "anna@example.com")
    assert len(mailbox) == 21
    assert set(SendBudget.objects.filter(window="day").values_list("count", flat=True)) == {1}


def test_who_may_not_try_cannot(editor, mailbox, published):
    anna = editor("view", "add", "change", "publish")
    assert edit(anna, published, _try_email="1").status_code == 403
    assert not mailbox


def test_a_site_without_an_application_or_a_provider_says_so(editor, published, site):
    anna = editor(*ALL)
    assert "no application" in told(edit(anna, published, _try_email="1"))
    site(SMS_PROVIDERS={})
    Customer.objects.create(user=anna.user, registered_by="phone")
    answer = anna.post(page(SMSTemplate, "add"), {**sms_form(), "_try_sms": "1"}, follow=True)
    assert answer.status_code == 200
    assert "on its way" not in told(answer)


def test_a_mail_that_was_refused_is_seen_beside_the_template(editor, shop, published, mail_through):
    anna = editor(*ALL)
    mail_through("tests.test_studio.RefusingBackend")
    edit(anna, published, _try_email="1")
    html = anna.get(page(EmailTemplate, "change", published.pk)).content.decode()
    assert "Last test of this version" in html
    assert "Waiting" in html
    assert "ConnectionRefusedError" in html


class RefusingBackend:
    def __init__(self, **options: Any) -> None:
        pass

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError


# What is broken


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Nothing"}, {"text": ""}, {"subject": "#OTP#"}, {"text": f"{LINK} #Nmae#"}, {"text": f"{LINK}\x01"},
        {"html": f"<script>x</script><a href='{LINK}'>x</a>"}, {"text": "https://evil.example/?t=#GUID#"},
        {"html": "x" * 300_000},
    ],
    ids=lambda change: str(change)[:40],
)  # fmt: skip
def test_a_row_that_sql_broke_is_not_sent_and_the_log_and_the_list_say_so(
    admin_client, api, mailbox, published, caplog, change
):
    EmailTemplate.objects.filter(pk=published.pk).update(**change)
    with caplog.at_level(logging.ERROR):
        start_email(api)
    assert mailbox[0].subject == "Your sign-in link for Example Shop"
    assert token_from(mailbox[0])
    assert f"Template {published.pk} " in caplog.text
    html = admin_client.get(page(MessageSettings, "changelist")).content.decode()
    assert "broken: nothing of it is sent" in html
    assert admin_client.get(page(EmailTemplate, "change", published.pk)).status_code == 200


def test_a_link_may_lead_to_a_page_of_the_application_that_asked_and_of_no_other(api, bank, api_of, mailbox, site):
    site(RESEND_GAP=0)
    EmailTemplate.objects.put(KIND, subject="Own page", text="https://shop.example/welcome?vtoken=#GUID#")
    start_email(api)
    start_email(api_of(bank), "b@example.com")
    assert mailbox[0].body.startswith("https://shop.example/welcome?vtoken=")
    assert mailbox[1].subject == "Your sign-in link for Example Bank"


def test_a_page_that_no_application_lists_is_refused(editor, shop):
    answer = editor(*ALL).post(page(EmailTemplate, "add"), form(text="https://other.example/?vtoken=#GUID#"))
    assert "nowhere else" in answer.content.decode()
    assert not EmailTemplate.objects.exists()


@pytest.mark.parametrize("content", [{}, {"text": 5}, {"subject": None}, {"other": "x"}, {"text": ["x"]}, [], "x"])
def test_a_version_that_sql_broke_opens_and_is_never_sent(admin_client, api, mailbox, published, content):
    published.versions.update(content=content)
    for name in ("change", "history"):
        assert admin_client.get(page(EmailTemplate, name, published.pk)).status_code == 200
    assert admin_client.get(page(EmailTemplate, "diff", published.pk), {"from": "0", "to": "1"}).status_code == 200
    assert admin_client.post(page(EmailTemplate, "restore", published.pk, 1)).status_code == 302
    start_email(api)
    assert mailbox[0].subject == "First"


@pytest.mark.parametrize("field", ["subject", "text", "html"])
@pytest.mark.parametrize("text", ["x" * 1_000_000, "\0", "\ud800".encode("utf-8", "surrogatepass"), "#" * 100_000])
def test_a_form_takes_whatever_a_browser_sends(editor, published, field, text):
    anna = editor(*ALL)
    answer = edit(anna, published, **{field: text})
    assert answer.status_code == 200
    assert (
        anna.post(page(EmailTemplate, "preview", published.pk), form(**{field: text}), headers=JSON).status_code == 200
    )
    assert EmailTemplate.objects.get().subject == "First"


# The preview


def test_a_preview_shows_what_is_typed_and_saves_nothing(editor, published):
    typed = form(subject="Typed for #Name#", html=f"<p>#AppName#</p><a href='{LINK}'>x</a>", preview_scheme="dark")
    answer = editor("view").post(page(EmailTemplate, "preview", published.pk), typed, headers=JSON).json()
    assert "Typed for Alice Example" in answer["html"]
    assert 'sandbox=""' in answer["html"]
    assert "color-scheme&quot; content=&quot;dark" in answer["html"]
    assert answer["notes"] == {}
    assert EmailTemplate.objects.get().latest == 1


def test_a_preview_without_a_script_is_a_page(editor):
    answer = editor("view").post(page(EmailTemplate, "preview"), form(subject="Typed"))
    assert "Typed" in answer.content.decode()
    assert "not saved" in answer.content.decode()


def test_a_preview_names_what_is_wrong_by_field(editor):
    typed = form(subject="#Nmae#", text="")
    notes = editor("view").post(page(EmailTemplate, "preview"), typed, headers=JSON).json()["notes"]
    assert notes["subject"] == [{"text": "Unknown here: #Nmae#.", "is_error": True}]
    assert notes["text"][0]["is_error"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_mail_is_shown_in_the_scheme_asked_for_whatever_the_browser_prefers(scheme):
    shown = in_scheme("@media (prefers-color-scheme:dark) {a} @media ( Prefers-Color-Scheme: light ) {b}", scheme)
    holds, fails = ("(min-width: 0px) {a}", "(max-width: 0px) {b}")
    assert (holds in shown, fails in shown) == (scheme == "dark", scheme == "dark")
    assert "prefers" not in shown.lower()


def test_a_preview_in_another_language_shows_that_row_or_the_shipped_text(editor, published):
    anna = editor(*ALL)
    address = page(EmailTemplate, "preview", published.pk)
    german = anna.post(address, form(preview_language="de"), headers=JSON).json()["html"]
    assert "Ihr Anmeldelink für Example Shop" in german
    EmailTemplate.objects.put(KIND, language="de", subject="Hallo", text=LINK, publish=False)
    assert "Hallo" in anna.post(address, form(preview_language="de"), headers=JSON).json()["html"]
    assert anna.post(address, form(preview_language="../x"), headers=JSON).status_code == 200


def test_a_preview_for_a_customer_is_masked_and_for_staff_who_may_see_customers(editor, published):
    user = get_user_model().objects.create_user("alice")
    customer = Customer.objects.create(user=user, registered_by="email", full_name="Zoe Zimmer")
    Identifier.objects.add_proven(customer, parse_email("zoe@example.com"))
    typed = form(subject="For #Name#, #Email#", preview_customer="zoe@example.com")
    address = page(EmailTemplate, "preview", published.pk)
    seeing = editor("view", also=("view_customer",)).post(address, typed, headers=JSON).json()["html"]
    assert "For Z••• Z•••, z•••@example.com" in seeing
    other = editor("view", name="ben").post(address, typed, headers=JSON).json()["html"]
    assert "For Alice Example, alice@example.com" in other
    unknown = {**typed, "preview_customer": "nobody@example.com"}
    ada = editor("view", name="ada", also=("view_customer",))
    assert "There is no customer" in ada.post(address, unknown, headers=JSON).json()["html"]


def test_an_sms_preview_says_its_length_and_the_line_that_is_added(editor):
    answer = editor("view").post(page(SMSTemplate, "preview"), sms_form(text="#OTP# ’"), headers=JSON).json()
    assert "123456 ’\n\n@testserver #123456" in answer["html"]
    assert "UCS-2, 29 characters: 1 message, 41 left in it" in answer["html"]
    assert "Hello. Your sign-in code" in answer["html"]


# The kinds


def test_the_list_of_kinds_says_what_is_sent_and_by_whom_it_was_changed(editor, published):
    anna = editor(*ALL)
    EmailTemplate.objects.put("welcome", "spring", "de", subject="x", text="x", publish=False)
    edit(anna, published, subject="Second")
    html = anna.get(page(MessageSettings, "changelist")).content.decode()
    assert "en: version 1 is sent; version 2 is a draft" in html
    assert "spring de: nothing of it is sent; version 1 is a draft" in html
    assert html.count("anna</bdi>") == 1
    for kind, label in catalog.MessageKind.choices:
        assert str(label) in html
        assert page(MessageSettings, "change", kind) in html


def test_the_page_of_a_kind_has_its_templates_and_says_what_its_settings_mean(editor, published):
    anna = editor(*ALL, also=("view_messagesettings", "change_messagesettings"))
    url = page(MessageSettings, "change", KIND)
    html = anna.get(url).content.decode()
    assert page(EmailTemplate, "change", published.pk) in html
    assert f"{page(EmailTemplate, 'add')}?kind={KIND}&amp;name=default&amp;language=de" in html
    assert "A code is one of 1,000,000." in html
    anna.post(url, {"code_length": 8, "code_type": "letters", "disable_period": 60, "request_limit": 2})
    html = anna.get(url).content.decode()
    assert "A code is one of 25,600,000,000." in html
    assert "at most 2 messages of this kind within 60 minutes" in html


def test_settings_are_seen_with_the_templates_and_changed_with_a_permission_of_their_own(editor):
    anna = editor(*ALL)
    url = page(MessageSettings, "change", KIND)
    assert anna.get(url).status_code == 200
    assert anna.post(url, {"code_length": 8, "disable_period": 60}).status_code == 403
    assert not MessageSettings.objects.exists()
    assert editor(name="otto").get(page(MessageSettings, "changelist")).status_code == 403


def test_a_kind_that_there_is_not_is_not_found(admin_client):
    assert admin_client.get(page(MessageSettings, "change", "nonsense"), follow=True).redirect_chain
    assert admin_client.get(page(MessageSettings, "add")).status_code == 403
    assert admin_client.post(page(MessageSettings, "delete", KIND), {"post": "yes"}).status_code == 403


def test_codes_of_letters_are_drawn_entered_and_offered_the_right_keys(api, sms_outbox, admin_client, person):
    admin_client.post(page(MessageSettings, "change", KIND), {"code_type": "letters", "disable_period": 60})
    start_phone(api)
    code = sms_outbox[0].text.split()[0]
    assert code.isalpha()
    assert not set(code) & set("AEIOUY")
    entered = api.put("auth/onetouchlogin/phone/verify", {"phone": "+14155550123", "otp": code.lower()})
    assert entered.status_code == 200


def test_saving_settings_keeps_the_default_that_somebody_else_chose_meanwhile(admin_client):
    url = page(MessageSettings, "change", KIND)
    MessageSettings.objects.create(kind=KIND, email_default="spring")
    admin_client.post(url, {"code_length": 7, "disable_period": 1440})
    row = MessageSettings.objects.get()
    assert (row.email_default, row.code_length) == ("spring", 7)


# Calls


def test_a_call_is_said_so_often_in_its_language(api, voice_outbox):
    SMSTemplate.objects.put(
        KIND, text="#OTP#", voice_text="Code #OTP#.", voice_repeat=3, voice_language="en-GB"
    )  # fmt: skip
    api.post("auth/onetouchlogin/phone", {"phone": "+14155550123"}, isvoiceotp="true")
    code = code_from(voice_outbox[0])
    assert voice_outbox[0].text == " ".join([f"Code {code}."] * 3)
    assert voice_outbox[0].language == "en-GB"


def test_a_call_without_a_text_of_its_own_says_the_shipped_one(api, voice_outbox):
    SMSTemplate.objects.put(KIND, text="#OTP#")
    api.post("auth/onetouchlogin/phone", {"phone": "+14155550123"}, isvoiceotp="true")
    assert voice_outbox[0].text.startswith("Hello. Your sign-in code for Example Shop is: ")
    assert voice_outbox[0].language == "en"


def test_an_unknown_parameter_language_is_no_error(api):
    assert api.post("auth/onetouchlogin/phone", {"phone": "+14155550123"}, language="x" * 500).status_code == 200


# What the documentation's author found


def test_a_link_in_the_preview_leads_nowhere(editor):
    html = f'<p><a href="{LINK}" style="color:red">Open</a></p><a href="https://shop.example/">x</a>'
    answer = editor("view").post(page(EmailTemplate, "preview"), form(html=html), headers=JSON).json()["html"]
    assert "href=" not in answer
    assert "color:red" in answer


def test_a_notice_says_that_nobody_can_ask_for_it_and_offers_no_settings(editor):
    anna = editor(*ALL, also=("change_messagesettings",))
    html = anna.get(page(MessageSettings, "change", "security_notice")).content.decode()
    assert "It is sent by itself." in html
    assert 'name="link_lifetime"' not in html
    assert 'name="code_length"' not in html
    smart = anna.get(page(MessageSettings, "change", "smart_login")).content.decode()
    assert 'name="link_lifetime"' in smart
    assert 'name="code_length"' not in smart


def test_staff_see_nothing_said_of_templates_that_they_may_not_see(db, published):
    user = get_user_model().objects.create_user("sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_smstemplate"))
    client = Client()
    client.force_login(user)
    html = client.get(page(MessageSettings, "changelist")).content.decode()
    assert "version 1 is sent" not in html
    assert "SMS and calls" in client.get(page(MessageSettings, "change", KIND)).content.decode()
    assert page(EmailTemplate, "change", published.pk) not in html


def test_a_switched_off_template_is_not_called_broken(admin_client, published):
    EmailTemplate.objects.update(is_enabled=False, text="Nothing")
    html = admin_client.get(page(MessageSettings, "changelist")).content.decode()
    assert "switched off: nothing of it is sent" in html
    assert "broken" not in html


@pytest.mark.parametrize("language", ["pt_BR", "PT-br", " pt-br "])
def test_a_language_is_kept_as_calls_ask_for_it(editor, language):
    editor(*ALL).post(page(EmailTemplate, "add"), form(language=language, _publish="1"))
    assert EmailTemplate.objects.get().language == "pt-br"


@pytest.mark.parametrize("language", ["/../../abc", "", "deutsch", "d", "de-", "日本"])
def test_what_is_no_language_is_refused(editor, language):
    assert editor(*ALL).post(page(EmailTemplate, "add"), form(language=language)).status_code == 200
    assert not EmailTemplate.objects.exists()
