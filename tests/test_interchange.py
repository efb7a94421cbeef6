"""Templates as files: what is exported comes back unchanged, what cannot be sent is refused, LoginRadius' own are read."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from loginradius_passwordless import catalog
from loginradius_passwordless.models import EmailTemplate, MessageSettings, SMSTemplate

from .conftest import start_email

pytestmark = pytest.mark.django_db(transaction=True)

LINK = "#Url#?vtoken=#GUID#"
NAMES = ["default", "Spring", "spring", "Früh ling/../x", "..", "a" * 80, "日本語" * 20, "x.y.de"]


def run(command: str, *arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def names() -> list[str]:
    """The names of templates; for MariaDB those that differ in case are one."""
    return [name for name in NAMES if name != "spring" or connection.vendor != "mysql"]


def write_everything() -> None:
    """Templates of every kind in two languages, with names and texts that files do not like."""
    for kind in catalog.kinds("email"):
        for language in ("en", "de"):
            text = catalog.shipped(kind, "email", language)
            EmailTemplate.objects.put(
                kind, "default", language, subject=text.subject, text=text.text + "\n\n", html=text.html,
                from_name="Shop", from_email="shop@example.com",
            )  # fmt: skip
    for number, name in enumerate(names()):
        SMSTemplate.objects.put("one_touch_login", name, "pt-br", text=f"{number}: #OTP# é\n\n", voice_repeat=2)
    SMSTemplate.objects.filter(name="..").update(is_enabled=False)
    EmailTemplate.objects.put("welcome", "draft", "en", subject="No", text="No", publish=False)
    MessageSettings.objects.create(kind="one_touch_login", sms_default="Spring", code_length=8, code_type="letters")


def everything() -> list[Any]:
    settings = list(MessageSettings.objects.order_by("kind").values())
    emails = [(row.kind, row.name, row.language, row.content, row.is_enabled) for row in rows(EmailTemplate)]
    return [settings, emails, [(row.name, row.language, row.content, row.is_enabled) for row in rows(SMSTemplate)]]


def rows(model: Any) -> Any:
    return model.objects.exclude(published=None).order_by("kind", "name", "language")


def test_an_export_an_import_and_an_export_are_identical(tmp_path):
    write_everything()
    before = everything()
    run("export_templates", tmp_path / "first")
    for model in (EmailTemplate, SMSTemplate, MessageSettings):
        model.objects.all().delete()
    run("import_templates", tmp_path / "first")
    assert everything() == before
    run("export_templates", tmp_path / "second")
    assert contents(tmp_path / "first") == contents(tmp_path / "second")
    assert f"0 of {14 + len(names())} were new" in run("import_templates", tmp_path / "second")


def test_files_of_names_that_differ_in_case_are_apart_also_where_file_names_have_none(tmp_path):
    write_everything()
    run("export_templates", tmp_path)
    names = [name.lower() for name in contents(tmp_path)]
    assert len(set(names)) == len(names)
    assert all(len(Path(name).name.encode()) < 100 for name in names)
    assert not [name for name in names if ".." in Path(name).name]


def test_an_export_removes_what_is_no_more_and_nothing_else(tmp_path):
    write_everything()
    run("export_templates", tmp_path)
    mine = [tmp_path / "email/README.md", tmp_path / "email/welcome/notes.md", tmp_path / "other/default.en.json"]
    for file in mine:
        file.parent.mkdir(exist_ok=True)
        file.write_text("mine")
    EmailTemplate.objects.filter(kind="welcome", language="de").delete()
    run("export_templates", tmp_path)
    assert not list(tmp_path.glob("email/welcome/default.de.*"))
    assert list(tmp_path.glob("email/welcome/default.en.*"))
    assert all(file.read_text() == "mine" for file in mine)


def test_a_check_changes_nothing_and_fails_where_something_differs(tmp_path):
    write_everything()
    run("export_templates", tmp_path)
    assert "say the same" in run("import_templates", tmp_path, check=True)
    EmailTemplate.objects.put("welcome", subject="Other", text="Other")
    EmailTemplate.objects.put("welcome", "new", subject="New", text="New")
    SMSTemplate.objects.filter(name="..").delete()
    before = everything()
    with pytest.raises(CommandError, match="3 differences"):
        run("import_templates", tmp_path, check=True)
    assert everything() == before


def test_an_import_leaves_what_only_the_database_has(tmp_path):
    EmailTemplate.objects.put("welcome", subject="Hello", text="Hello")
    run("export_templates", tmp_path)
    EmailTemplate.objects.put("welcome", "other", subject="Other", text="Other")
    run("import_templates", tmp_path)
    assert EmailTemplate.objects.get(name="other").published == 1


def test_what_is_imported_is_a_version_with_a_note_and_is_sent(api, mailbox, tmp_path):
    EmailTemplate.objects.put("one_touch_login", subject="First", text=LINK)
    run("export_templates", tmp_path)
    about = tmp_path / "email/one_touch_login/default.en.json"
    about.write_text(about.read_text().replace("First", "Second"))
    run("import_templates", tmp_path)
    row = EmailTemplate.objects.get()
    assert (row.published, row.versions.get(number=2).note) == (2, f"Imported from {tmp_path.name}")
    start_email(api)
    assert mailbox[0].subject == "Second"


def test_a_draft_import_sends_nothing_new(api, mailbox, tmp_path):
    EmailTemplate.objects.put("one_touch_login", subject="First", text=LINK)
    run("export_templates", tmp_path)
    about = tmp_path / "email/one_touch_login/default.en.json"
    about.write_text(about.read_text().replace("First", "Second"))
    run("import_templates", tmp_path, draft=True)
    start_email(api)
    assert mailbox[0].subject == "First"
    assert EmailTemplate.objects.get().latest == 2


def test_line_ends_of_another_system_are_no_difference(tmp_path):
    EmailTemplate.objects.put("welcome", subject="Hello", text="One\n\nTwo")
    run("export_templates", tmp_path)
    file = tmp_path / "email/welcome/default.en.txt"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert "say the same" in run("import_templates", tmp_path, check=True)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("default.en.json", "{", "Expecting"),
        ("default.en.json", "[]", "no object"),
        ("default.en.json", '{"enabled": true}', "needs a name"),
        ("default.en.json", '{"name": "default", "sbject": "x"}', "unknown: sbject"),
        ("default.en.json", '{"name": "default", "subject": 5}', "wrong type: subject"),
        ("default.e n.json", '{"name": "default"}', "language"),
        ("default.en.txt", b"\xff", "UnicodeDecodeError"),
        ("../../settings.json", '{"nonsense": {}}', "needs exactly"),
        ("other.en.json", '{"name": "default", "subject": "x"}', "same template"),
    ],
)
def test_files_that_cannot_be_read_are_named_and_nothing_is_imported(tmp_path, name, content, said):
    EmailTemplate.objects.put("welcome", subject="Hello", text="Hello")
    run("export_templates", tmp_path)
    file = tmp_path / "email/welcome" / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    EmailTemplate.objects.all().delete()
    with pytest.raises(CommandError, match=said) as raised:
        run("import_templates", tmp_path)
    assert str(tmp_path) in str(raised.value)
    assert not EmailTemplate.objects.exists()


def test_unsafe_settings_are_not_imported(tmp_path):
    MessageSettings.objects.create(kind="welcome")
    run("export_templates", tmp_path)
    file = tmp_path / "settings.json"
    file.write_text(file.read_text().replace('"code_length": null', '"code_length": 4'))
    with pytest.raises(CommandError, match=r"settings\.json: welcome"):
        run("import_templates", tmp_path)


def test_of_templates_that_cannot_be_sent_none_is_imported_unless_they_are_skipped(tmp_path):
    EmailTemplate.objects.put("welcome", subject="Hello", text="Hello")
    EmailTemplate.objects.put("one_touch_login", subject="Hello", text=LINK)
    run("export_templates", tmp_path)
    EmailTemplate.objects.all().delete()
    (tmp_path / "email/one_touch_login/default.en.txt").write_text("https://evil.example/?t=#GUID#")
    with pytest.raises(CommandError, match="1 templates cannot be sent"):
        run("import_templates", tmp_path)
    assert not EmailTemplate.objects.exists()
    out = run("import_templates", tmp_path, skip_broken=True)
    assert "evil.example" in out
    assert EmailTemplate.objects.get().kind == "welcome"


def test_a_folder_that_is_not_there_and_one_that_cannot_be_written_are_said(tmp_path):
    with pytest.raises(CommandError, match="nowhere"):
        run("import_templates", tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    EmailTemplate.objects.put("welcome", subject="Hello", text="Hello")
    with pytest.raises(CommandError):
        run("export_templates", tmp_path / "file")


# LoginRadius' own

LOGINRADIUS = [
    {
        "TemplateType": "NoRegistrationPasswordlessLogin", "TemplateName": "One Touch", "Subject": "Hi #FirstName#",
        "Template": '<p>Hi #firstName#</p>\r\n<a href="#Url#?vtype=onetouchlogin&vtoken=#GUID#">Go</a>'
        "#FPass <p>Or use your password.</p> FPass##FProv <p>Or #Providers#</p> FProv#",
        "TextTemplate": "Go: #Url#?vtype=onetouchlogin&vtoken=#GUID# #FUName You are #UserName#. FUName#",
        "FromName": "Shop", "FromEmail": "shop@example.com", "EmailConfigId": "1", "IsDefault": True,
        "VerificationTokenType": "MagicLink",
    },
    {"TemplateType": "OneClickSignin", "TemplateName": "otp", "Subject": "Code", "Template": "#OTP#", "TextTemplate": "",
     "VerificationTokenType": "Otp", "IsDefault": False},
    {"TemplateType": "add_email", "TemplateName": "x", "Subject": "x", "Template": "x"},
    {"SmsTemplateType": "onetimepasscode", "Name": "sms-default", "Template": "#OTP# #OTPExpiry#", "IsDefault": True},
]  # fmt: skip


def test_templates_of_loginradius_are_taken_and_sent(api, mailbox, tmp_path):
    file = tmp_path / "templates.json"
    file.write_text(json.dumps({"Data": LOGINRADIUS}), "utf-8-sig")
    out = run("import_templates", file)
    assert "section for social providers is left out" in out
    assert "a section for some people is shown to all" in out
    assert "no text part" in out
    assert "no kind of message for the type 'addemail'" in out
    row = EmailTemplate.objects.get(kind="one_touch_login")
    assert "FPass" not in row.html
    assert "<p>Or use your password.</p>" in row.html
    assert "Providers" not in row.html
    assert row.text.endswith("You are #UserName#.")
    assert MessageSettings.of("one_touch_login").email_default == "One Touch"
    assert MessageSettings.of("passwordless_login").sms_default == "sms-default"
    start_email(api)
    assert mailbox[0].from_email == '"Shop" <shop@example.com>'
    assert mailbox[0].body.startswith("Go: http://testserver/signin/link/?vtype=onetouchlogin&vtoken=")


@pytest.mark.parametrize("content", ["", "5", '["x"]', "{]", '"text"'])
def test_a_file_that_is_none_of_loginradius_is_refused(tmp_path, content):
    file = tmp_path / "templates.json"
    file.write_text(content)
    with pytest.raises(CommandError, match=r"templates\.json"):
        run("import_templates", file)


def test_a_language_that_is_none_writes_no_file_anywhere(tmp_path):
    EmailTemplate.objects.put("welcome", subject="Hello", text="Hello")
    EmailTemplate.objects.update(language="/../../../../abc")
    folder = tmp_path / "a" / "b"
    with pytest.raises(CommandError, match="its language is none"):
        run("export_templates", folder)
    assert not contents(tmp_path)


def test_importing_the_same_drafts_twice_writes_them_once(tmp_path):
    EmailTemplate.objects.put("welcome", subject="Hello", text="Hello")
    run("export_templates", tmp_path)
    EmailTemplate.objects.all().delete()
    for _time in range(2):
        run("import_templates", tmp_path, draft=True)
    row = EmailTemplate.objects.get()
    assert (row.latest, row.published) == (1, None)


def test_a_check_sees_settings_that_staff_made_since(tmp_path):
    MessageSettings.objects.create(kind="welcome")
    run("export_templates", tmp_path)
    MessageSettings.objects.create(kind="smart_login", request_limit=3)
    with pytest.raises(CommandError, match="1 differences"):
        run("import_templates", tmp_path, check=True)
