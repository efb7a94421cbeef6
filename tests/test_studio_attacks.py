"""Pages of the studio under attack: what breaks them, and staff who do more than they may."""

import time
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse

from loginradius_passwordless.catalog import linting
from loginradius_passwordless.models import (
    EmailTemplate,
    EmailVersion,
    MessageSettings,
    SMSTemplate,
)

from .conftest import customer_of, start_email

pytestmark = pytest.mark.django_db(transaction=True)
KIND = "one_touch_login"
LINK = "#Url#?vtoken=#GUID#"
MAIL = {
    "kind": KIND,
    "name": "default",
    "language": "en",
    "is_enabled": "on",
    "subject": "S",
    "text": LINK,
    "html": "",
    "note": "",
}
SMS = {
    "kind": KIND,
    "name": "default",
    "language": "en",
    "is_enabled": "on",
    "text": "#OTP#",
    "voice_text": "",
    "voice_repeat": "1",
}
User = get_user_model()


def page(model: Any, name: str, *arguments: Any) -> str:
    return reverse(f"admin:loginradius_passwordless_{model._meta.model_name}_{name}", args=arguments)


@pytest.fixture
def staff(admin_client: Any) -> Any:
    admin_client.raise_request_exception = False
    return admin_client


def staff_with(*names: str) -> Client:
    user = User.objects.create(username="s", is_staff=True, is_active=True, email="s@example.com")
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def mail(**fields: Any) -> EmailTemplate:
    return EmailTemplate.objects.put(KIND, **{"subject": "One", "text": f"One {LINK}", **fields})


@pytest.mark.parametrize("html", ["<![", "<![ x", "<![x[", "<![-- x -->"])
def test_odd_declarations_in_the_html_part_do_not_break_the_preview(staff, html):
    answer = staff.post(page(EmailTemplate, "preview"), {**MAIL, "html": html}, headers={"accept": "application/json"})
    assert answer.status_code == 200


def test_odd_declarations_in_the_html_part_do_not_break_saving(staff):
    assert staff.post(page(EmailTemplate, "add"), {**MAIL, "html": f"<![ x {LINK}"}).status_code == 200


@pytest.mark.parametrize("html", ["<a ", '<a b="', "<!--"])
def test_linting_takes_no_minutes(html):
    begun = time.monotonic()
    linting.lint(KIND, "email", {"subject": "S", "text": LINK, "html": html * (30_000 // len(html))})
    assert time.monotonic() - begun < 1


def test_linting_many_links_against_many_pages_takes_no_minutes():
    begun = time.monotonic()
    pages = {f"https://h{n}.example/x" for n in range(200)}
    linting.lint(KIND, "email", {"subject": "S", "text": (LINK + " https://a.bc" * 20_000)[:40_000]}, pages)
    assert time.monotonic() - begun < 1


def test_comparing_two_long_versions_takes_no_minutes(staff):
    one = "\n".join(f"w{(n * n + n // 7) % 101}" for n in range(12_000))
    two = "\n".join(f"w{(n * 3 * n + n // 5) % 101}" for n in range(12_000))
    row = mail(text=f"{LINK}\n{one}")
    mail(text=f"{LINK}\n{two}")
    begun = time.monotonic()
    assert staff.get(page(EmailTemplate, "diff", row.pk)).status_code == 200
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "hidden", [{"after": "5"}, {"after": "-1"}, {"after": "9" * 30}, {"instead_of": "7", "_publish": "1"}]
)
def test_hidden_numbers_of_a_new_template_break_nothing(staff, hidden):
    assert staff.post(page(EmailTemplate, "add"), {**MAIL, **hidden}).status_code in {200, 302}


@pytest.mark.parametrize("times", ["abc", "2", "999999999"])
def test_a_query_cannot_break_the_page_of_a_new_sms(staff, times):
    assert staff.get(page(SMSTemplate, "add"), {"kind": KIND, "voice_repeat": times}).status_code == 200


def test_a_call_of_a_kind_without_calls_breaks_nothing(staff, shop):
    row = SMSTemplate.objects.put("welcome", text="Welcome")
    site_user = User.objects.get(username="admin")
    customer_of(site_user, phone="+14155550123")
    form = {"is_enabled": "on", "text": "Welcome", "after": "1", "instead_of": "1", "_try_voice": "1"}
    assert staff.post(page(SMSTemplate, "change", row.pk), form).status_code < 500


@pytest.mark.parametrize("where", ["history", "change"])
def test_a_row_number_of_five_thousand_digits_is_no_row(staff, where):
    address = page(EmailTemplate, where, "9" * 5000)
    answer = staff.get(address) if where == "history" else staff.post(address, {"_reset": "1"})
    assert answer.status_code < 500


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "null",
        '"x"',
        '{"subject": 5, "text": null}',
        '{"text": ["a"], "html": {}}',
    ],
)
@pytest.mark.parametrize("where", ["change", "history", "diff", "restore", "kind", "preview"])
def test_a_version_that_somebody_broke_breaks_no_page(staff, content, where):
    row = mail()
    mail(text=f"Two {LINK}")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE loginradius_passwordless_emailversion SET content = %s WHERE number = 2", [content])
    if where == "kind":
        answer = staff.get(reverse("admin:loginradius_passwordless_messagesettings_change", args=[KIND]))
    elif where == "restore":
        answer = staff.post(page(EmailTemplate, "restore", row.pk, 2), follow=True)
    elif where == "preview":
        answer = staff.post(page(EmailTemplate, "preview", row.pk), {"preview_language": "en"})
    else:
        answer = staff.get(page(EmailTemplate, where, row.pk))
    assert answer.status_code == 200


def test_half_a_character_in_a_version_is_in_no_message():
    # Not by a row: SQLite alone stores such JSON.
    parts = EmailVersion(content={"subject": "a\ud800b", "text": "x"}).parts(EmailTemplate.nothing())
    assert (parts["subject"], parts["text"]) == ("a?b", "x")


def test_a_reset_does_not_undo_what_somebody_else_has_just_published(staff):
    row = mail()
    mail(text=f"Two {LINK}")  # another has published meanwhile
    staff.post(page(EmailTemplate, "change", row.pk), {**MAIL, "after": "1", "instead_of": "1", "_reset": "1"})
    row.refresh_from_db()
    assert row.published == 2


def test_a_template_without_a_published_text_is_not_made_the_default(staff):
    mail()
    other = EmailTemplate.objects.put(KIND, "spring", publish=False, subject="S", text=LINK)
    staff.post(page(EmailTemplate, "change", other.pk), {"_default": "1"})
    assert MessageSettings.of(KIND).email_default == "default"


def test_who_may_only_publish_writes_no_versions(db):
    row = mail()
    staff_with("publish_emailtemplate").post(page(EmailTemplate, "change", row.pk), {"_reset": "1"})
    row.refresh_from_db()
    assert row.latest == 1


def test_who_may_only_add_reads_no_other_template(db):
    row = mail(text=f"Secret plans {LINK}")
    answer = staff_with("add_emailtemplate").get(page(EmailTemplate, "add"), {"source": row.pk, "name": "x"})
    assert "Secret plans" not in answer.content.decode()


def test_who_may_only_add_previews_no_other_template(db):
    row = mail(text=f"Secret plans {LINK}")
    answer = staff_with("add_emailtemplate").post(page(EmailTemplate, "preview", row.pk), {})
    assert "Secret plans" not in answer.content.decode()


def test_who_may_change_sees_versions_and_the_list(db):
    row = mail()
    client = staff_with("change_emailtemplate")
    assert client.get(page(EmailTemplate, "change", row.pk)).status_code == 200
    assert client.get(page(EmailTemplate, "history", row.pk)).status_code == 200


def test_nul_in_a_name_breaks_no_page(staff):
    assert staff.get(page(EmailTemplate, "add"), {"kind": KIND, "name": "a\0b"}).status_code == 200
    typed = {**MAIL, "name": "a\0b", "language": "e\0"}
    assert staff.post(page(EmailTemplate, "preview"), typed).status_code == 200
    assert staff.post(page(EmailTemplate, "add"), typed).status_code == 200


def test_a_language_is_the_one_that_it_is_spelled_as(staff, api, mailbox):
    form = {**MAIL, "language": "pt-BR", "text": f"Oi {LINK}", "_publish": "1"}
    assert staff.post(page(EmailTemplate, "add"), form).status_code == 302
    start_email(api, language="pt-br")
    assert mailbox[0].body.startswith("Oi")


def test_a_row_of_a_wrong_kind_breaks_no_page(staff):
    row = mail()
    EmailTemplate.objects.update(kind="phone_change")
    assert staff.get(page(EmailTemplate, "change", row.pk)).status_code == 200
    assert staff.post(page(EmailTemplate, "change", row.pk), {"_reset": "1"}).status_code < 500
    assert staff.get(page(EmailTemplate, "changelist")).status_code == 200
