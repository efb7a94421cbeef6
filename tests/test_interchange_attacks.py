"""Files under attack: links, paths, wrong types, and defaults that are not there."""

import contextlib
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from loginradius_passwordless.models import EmailTemplate, MessageSettings

pytestmark = pytest.mark.django_db(transaction=True)
LINK = "#Url#?vtoken=#GUID#"
SETTINGS = {
    "email_default": "default", "sms_default": "default", "request_limit": None, "disable_period": 60,
    "code_lifetime": None, "link_lifetime": None, "code_length": None, "code_type": "",
}  # fmt: skip


def run(command: str, *arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


def file_of(tmp_path: Path, *templates: Any) -> Path:
    file = tmp_path / "theirs.json"
    file.write_text(json.dumps(list(templates)))
    return file


def theirs(**fields: Any) -> dict[str, Any]:
    return {
        "TemplateType": "Welcome",
        "TemplateName": "default",
        "Subject": "Hi",
        "Template": "",
        "TextTemplate": "Hi",
        **fields,
    }


# The default template


def test_a_default_that_was_left_out_does_not_become_the_default(tmp_path):
    EmailTemplate.objects.put("welcome", subject="Ours", text="Ours")
    broken = theirs(TemplateName="Spring", Template="<script>x</script>", IsDefault=True)
    run("import_templates", file_of(tmp_path, broken), skip_broken=True)
    assert MessageSettings.of("welcome").email_default == "default"


@pytest.mark.parametrize("default", ["true", "false", 1, "x", []])
def test_a_default_that_is_neither_true_nor_false_is_refused(tmp_path, default):
    with pytest.raises(CommandError):
        run("import_templates", file_of(tmp_path, theirs(TemplateName="Spring", IsDefault=default)))


# Types


@pytest.mark.parametrize(
    "odd", [{"Subject": ["Hi"]}, {"TextTemplate": {"a": 1}}, {"TemplateName": 5}, {"FromName": ["x"]}, {"Template": 5}]
)
def test_what_is_no_text_is_not_sent_as_python_spells_it(tmp_path, odd):
    with pytest.raises(CommandError):
        run("import_templates", file_of(tmp_path, theirs(**odd)))
    assert not EmailTemplate.objects.exists()


def test_two_templates_of_one_name_are_refused(tmp_path):
    with pytest.raises(CommandError):
        run("import_templates", file_of(tmp_path, theirs(TextTemplate="One"), theirs(TextTemplate="Two")))


@pytest.mark.parametrize("odd", [{"Subject": "\ud800"}, {"TemplateName": "\ud800"}])
def test_half_a_character_is_said_to_be_one(tmp_path, odd):
    with pytest.raises(CommandError):
        run("import_templates", file_of(tmp_path, theirs(**odd)))


@pytest.mark.parametrize("name", ["theirs.json", "email/welcome/default.en.json", "settings.json"])
def test_a_deep_file_is_said_to_be_one(tmp_path, name):
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("[" * 200_000)
    with pytest.raises(CommandError):
        run("import_templates", file if name == "theirs.json" else tmp_path)


@pytest.mark.parametrize(
    "odd",
    [{"code_type": None}, {"code_lifetime": []}, {"code_type": {}}, {"code_length": {}}, {"email_default": ["x"]}],
)
def test_settings_of_a_wrong_type_are_refused(tmp_path, odd):
    (tmp_path / "settings.json").write_text(json.dumps({"welcome": {**SETTINGS, **odd}}))
    with pytest.raises(CommandError):
        run("import_templates", tmp_path)


def test_settings_that_were_taken_are_the_same_afterwards(tmp_path):
    (tmp_path / "settings.json").write_text(json.dumps({"welcome": {**SETTINGS, "code_length": "8"}}))
    try:
        run("import_templates", tmp_path)
    except CommandError:
        return
    assert "say the same" in run("import_templates", tmp_path, check=True)


def test_a_language_that_was_taken_is_the_same_afterwards(tmp_path):
    folder = tmp_path / "email/welcome"
    folder.mkdir(parents=True)
    (folder / "default.pt-BR.json").write_text(json.dumps({"name": "default", "subject": "Oi"}))
    (folder / "default.pt-BR.txt").write_text("Oi\n")
    run("import_templates", tmp_path)
    assert "say the same" in run("import_templates", tmp_path, check=True)


# Paths


def test_an_export_writes_through_no_link(tmp_path):
    EmailTemplate.objects.put("welcome", subject="Hi", text="Hi")
    secret, folder = tmp_path / "secret", tmp_path / "here/email/welcome"
    secret.write_text("keep")
    folder.mkdir(parents=True)
    (folder / "default.en.txt").symlink_to(secret)
    with contextlib.suppress(CommandError):
        run("export_templates", tmp_path / "here")
    assert secret.read_text() == "keep"


def test_an_export_removes_nothing_through_a_link(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "notes.txt").write_text("keep")
    (tmp_path / "here/email").mkdir(parents=True)
    (tmp_path / "here/email/welcome").symlink_to(elsewhere)
    with contextlib.suppress(CommandError):
        run("export_templates", tmp_path / "here")
    assert (elsewhere / "notes.txt").exists()


def test_an_import_reads_through_no_link(tmp_path):
    secret, folder = tmp_path / "settings.py", tmp_path / "here/email/welcome"
    secret.write_text("SECRET_KEY = 'x'")
    folder.mkdir(parents=True)
    (folder / "default.en.json").write_text(json.dumps({"name": "default", "subject": "Hi"}))
    (folder / "default.en.txt").symlink_to(secret)
    with contextlib.suppress(CommandError):
        run("import_templates", tmp_path / "here")
    assert "SECRET_KEY" not in "".join(EmailTemplate.objects.values_list("text", flat=True))


def test_a_kind_that_somebody_wrote_past_the_admin_is_no_path(tmp_path):
    EmailTemplate.objects.put("welcome", subject="Hi", text="Hi")
    EmailTemplate.objects.update(kind="../../outside")
    with contextlib.suppress(CommandError):
        run("export_templates", tmp_path / "a/here")
    assert not list(tmp_path.rglob("outside"))
