"""The admin: everything opens, evidence stays as it is, and no page shows a secret."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loginradius_passwordless import webhooks
from loginradius_passwordless.admin.evidence import EvidenceAdmin
from loginradius_passwordless.catalog import HookName
from loginradius_passwordless.identifiers import parse_email
from loginradius_passwordless.models import (
    AccessToken,
    Application,
    ApplicationSecret,
    Customer,
    EmailTemplate,
    EmailVersion,
    Event,
    GuessBudget,
    Identifier,
    LoginAttempt,
    Message,
    MessageSettings,
    PausedAddress,
    Registration,
    SendBudget,
    Session,
    SMSTemplate,
    SMSVersion,
    UsedSolution,
    UsedSOTT,
    WebhookDelivery,
)
from loginradius_passwordless.models.customer import identity_key

from .conftest import code_from, error_code, link_from, ping, press, start_email, start_phone, token_from
from .receiver import subscribe

pytestmark = pytest.mark.django_db(transaction=True)

APP = "loginradius_passwordless"
MAIL, PHONE = "alice@example.com", "+14155550123"
SECRET_COLUMNS = {
    "password",
    "digest",
    "refresh_digest",
    "client_guid_digest",
    "identity",
    "proven_key",
    "sealed",
    "sealed_match",
    "sealed_secret",
    "sealed_old_secret",
}
REGISTERED = {model: page for model, page in admin.site._registry.items() if model._meta.app_label == APP}
EVIDENCE = {model: page for model, page in REGISTERED.items() if isinstance(page, EvidenceAdmin)}


@dataclass
class Story:
    """What happened before staff looked, and every secret of it."""

    secrets: set[str] = field(default_factory=set)
    customer: Any = None
    access_token: str = ""


@pytest.fixture
def story(api, person, shop_secret, mailbox, sms_outbox, site) -> Story:
    """Alice signs in by mail, mistypes a code from her phone, and asks once more; staff made a row of the rest."""
    guid = start_email(api)
    press(person, link_from(mailbox[0]), "approve")
    signed_in = ping(api, guid).json()
    start_phone(api)
    code = code_from(sms_outbox[0])
    assert error_code(enter(api, "999999" if code != "999999" else "888888")) == 1067
    site(SOTT_SINGLE_USE=True)
    sott = api.get("manage/account/sott", headers={"X-LoginRadius-ApiSecret": shop_secret}).json()["Sott"]
    newcomer = {"PhoneId": "+14155550199", "Password": "correct horse battery"}
    assert api.post("auth/register", newcomer, sott=sott).status_code == 200
    site(SENDING="worker")  # the last message still waits, and its body is still there
    waiting = start_email(api, "bob@example.com", matchnumber="true")
    EmailTemplate.objects.put(kind="welcome", subject="Hello", text="Hello #Name#")
    SMSTemplate.objects.put(kind="welcome", text="Hello #Name#")
    UsedSolution.objects.use_up("a solution")
    MessageSettings.objects.create(kind="welcome")
    PausedAddress.objects.pause(identity_key(parse_email("carol@example.com")), "c•••@example.com", "bounced")
    endpoint, first = subscribe(Application.objects.get(), "https://hooks.example.com/", "Login")
    second = endpoint.new_secret()
    endpoint.save()
    webhooks.announce(HookName.LOGIN, application_id=endpoint.application_id, customer_id=Customer.objects.get().pk)
    told = {shop_secret, first, second, sott, guid, waiting, token_from(mailbox[0]), code, code_from(sms_outbox[1])}
    tokens = {signed_in["access_token"], signed_in["refresh_token"]}
    customer = Customer.objects.get(uid=signed_in["Profile"]["Uid"])
    return Story(told | tokens | stored_secrets(), customer, signed_in["access_token"])


def stored_secrets() -> set[str]:
    """Read every secret column of every table; each must have something to look for."""
    found = set()
    for model in apps.get_app_config(APP).get_models():
        for name in SECRET_COLUMNS & {column.name for column in model._meta.fields}:
            values = {as_text(value) for value in model._default_manager.values_list(name, flat=True) if value}
            assert values, f"{model.__name__}.{name}"
            found |= values
    return found


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode()


def enter(api: Any, code: str, phone: str = PHONE) -> Any:
    return api.put("auth/onetouchlogin/phone/verify", {"phone": phone, "otp": code})


def address(model: Any, page: str, *arguments: Any) -> str:
    return reverse(f"admin:{APP}_{model._meta.model_name}_{page}", args=arguments)


def addresses(model: Any) -> list[str]:
    """Every page of a model that can be read."""
    rows = model._default_manager.values_list("pk", flat=True)
    assert rows, f"the story has no {model.__name__}"
    each = [address(model, page, pk) for page in ("change", "history") for pk in rows]
    return [address(model, "changelist"), *each]


def run(client: Client, model: Any, action: str, *rows: Any) -> Any:
    """Choose an action for some rows of a list."""
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(address(model, "changelist"), chosen, follow=True)


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def listed(client: Client, model: Any, **query: str) -> list[Any]:
    answer = client.get(address(model, "changelist"), query)
    assert answer.status_code == 200
    return list(answer.context["cl"].queryset)


@pytest.fixture
def staff(db: Any) -> Any:
    """Make a client of somebody who works here and has just these permissions."""

    def make(*permissions: str) -> Client:
        user = get_user_model().objects.create_user(f"staff-{len(permissions)}", is_staff=True)
        user.user_permissions.set(
            Permission.objects.filter(content_type__app_label="loginradius_passwordless", codename__in=permissions)
        )
        assert user.user_permissions.count() == len(permissions)
        client = Client()
        client.force_login(user)
        return client

    return make


# Every page


def test_every_page_of_every_model_opens_for_a_superuser(admin_client, story):
    for model, page in REGISTERED.items():
        for url in addresses(model):
            assert admin_client.get(url).status_code == 200, url
        may_add = page.has_add_permission(admin_client.get(address(model, "changelist")).wsgi_request)
        assert admin_client.get(address(model, "add")).status_code == (200 if may_add else 403)


def test_every_table_has_a_page_or_is_part_of_one():
    inline = {inline.model for page in REGISTERED.values() for inline in page.inlines}
    inline |= {EmailVersion, SMSVersion}  # the history of a template shows them
    assert set(apps.get_app_config(APP).get_models()) == set(REGISTERED) | inline


def test_no_page_shows_a_secret(admin_client, story):
    patterns = {secret: re.compile(rf"(?<![\w-]){re.escape(secret)}(?![\w-])") for secret in story.secrets}
    for model in REGISTERED:
        for url in [*addresses(model), address(model, "changelist") + f"?q={MAIL}"]:
            html = admin_client.get(url).content.decode()
            assert not [secret for secret, pattern in patterns.items() if pattern.search(html)], url


def test_evidence_shows_recipients_only_masked(admin_client, story):
    for model in EVIDENCE:
        for url in addresses(model):
            html = admin_client.get(url).content.decode()
            assert MAIL not in html, url
            assert PHONE.removeprefix("+") not in html, url
    attempts = admin_client.get(address(LoginAttempt, "changelist")).content.decode()
    assert "a•••@example.com" in attempts
    assert "+1•••0123" in attempts


def test_a_list_asks_the_database_as_often_for_many_rows_as_for_few(admin_client, api, person, mailbox, story, site):
    def queries() -> dict[str, int]:
        counts = {}
        for model in REGISTERED:
            with CaptureQueriesContext(connection) as asked:
                admin_client.get(address(model, "changelist"))
            counts[model.__name__] = len(asked)
        return counts

    before = queries()
    site(RESEND_GAP=0, SENDING="inline")
    for number in range(3):
        guid = start_email(api, f"person{number}@example.com")
        press(person, link_from(mailbox[-1]), "approve")
        assert ping(api, guid).status_code == 200
    assert queries() == before


# Evidence


@pytest.mark.parametrize("model", EVIDENCE, ids=lambda model: model.__name__)
def test_a_superuser_can_add_change_or_delete_no_evidence(admin_client, story, model):
    before = list(model.objects.order_by("pk").values())
    row = model.objects.first()
    data = {column.name: "1" for column in model._meta.fields}
    assert admin_client.post(address(model, "add"), data).status_code == 403
    assert admin_client.post(address(model, "change", row.pk), data).status_code == 403
    assert admin_client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    run(admin_client, model, "delete_selected", row)
    assert list(model.objects.order_by("pk").values()) == before


def test_evidence_is_what_the_tables_of_evidence_are():
    tokens = {Session, AccessToken, UsedSOTT, UsedSolution}
    sent = {Message, Event, WebhookDelivery}
    assert set(EVIDENCE) == {LoginAttempt, Registration, GuessBudget, SendBudget, PausedAddress} | sent | tokens


def test_deleting_a_user_in_the_sites_own_admin_takes_the_customer_and_the_tokens_along(admin_client, story):
    url = reverse("admin:auth_user_delete", args=[story.customer.user_id])
    assert admin_client.post(url, {"post": "yes"}).status_code == 302
    assert not Customer.objects.exists()
    assert not AccessToken.objects.exists()
    assert LoginAttempt.objects.exists()


def test_a_superuser_deletes_an_application_and_other_staff_only_one_without_evidence(admin_client, shop, story, staff):
    clerk = staff("delete_application", "view_application", "delete_message")
    assert clerk.post(address(Application, "delete", shop.pk), {"post": "yes"}).status_code == 403
    assert admin_client.post(address(Application, "delete", shop.pk), {"post": "yes"}).status_code == 302
    assert not LoginAttempt.objects.exists()


def test_a_list_shows_what_the_clock_and_the_tries_have_made_of_an_attempt(admin_client, api, later, site):
    site(ATTEMPT_TRIES=1)
    start_email(api, "old@example.com")
    later(hours=1)
    start_phone(api)
    enter(api, "000000")
    start_email(api, "new@example.com")
    states = {attempt.recipient: attempt.shown_state for attempt in listed(admin_client, LoginAttempt)}
    assert states == {"old@example.com": "expired", PHONE: "locked", "new@example.com": "requested"}
    for recipient, state in states.items():
        assert [attempt.recipient for attempt in listed(admin_client, LoginAttempt, shown_state=state)] == [recipient]
    html = admin_client.get(address(LoginAttempt, "changelist")).content.decode()
    assert re.findall(r'field-shown_state">(\w+)<', html) == ["Requested", "Locked", "Expired"]


def test_a_message_that_came_too_late_is_shown_as_expired(admin_client, api, later, site):
    site(SENDING="worker")
    start_email(api)
    assert [message.shown_state for message in listed(admin_client, Message)] == ["pending"]
    later(hours=1)
    assert [message.shown_state for message in listed(admin_client, Message, shown_state="expired")] == ["expired"]


def test_attempts_are_filtered_by_flow_channel_and_application(admin_client, story, shop, bank):
    assert len(listed(admin_client, LoginAttempt, flow__exact="one_touch")) == 3
    assert len(listed(admin_client, LoginAttempt, channel="sms")) == 2
    assert len(listed(admin_client, LoginAttempt, application__id__exact=str(shop.pk))) == 4
    assert listed(admin_client, LoginAttempt, application__id__exact=str(bank.pk)) == []


@pytest.mark.parametrize("model", [LoginAttempt, Message, Event, SendBudget], ids=lambda model: model.__name__)
def test_evidence_is_found_by_the_whole_address_or_number_in_any_spelling_and_by_no_part(admin_client, story, model):
    of_mail = listed(admin_client, model, q=" Alice@EXAMPLE.com ")
    of_phone = listed(admin_client, model, q="+1 (415) 555-0123")
    assert of_mail
    assert of_phone
    assert not set(of_mail) & set(of_phone)
    assert listed(admin_client, model, q="14155550123") == of_phone
    for part in ("alice", "example.com", "ALICE@example", "0123", "%", "alice@example.org"):
        assert listed(admin_client, model, q=part) == []


def test_evidence_is_found_by_customer_and_by_message(admin_client, story):
    message = Message.objects.filter(channel="email").order_by("pk").first()
    assert message is not None
    for number in (story.customer.uid, str(message.sid)):
        assert listed(admin_client, LoginAttempt, q=number) == [message.attempt]
        assert message in listed(admin_client, Message, q=number)
    assert {event.attempt for event in listed(admin_client, Event, q=str(message.sid))} == {message.attempt}
    for typed in (story.customer.uid, MAIL):
        assert [token.customer for token in listed(admin_client, AccessToken, q=typed)] == [story.customer]
        assert [session.customer for session in listed(admin_client, Session, q=typed)] == [story.customer]


def test_guesses_are_forgiven_by_an_action(admin_client, api, sms_outbox, site):
    site(IDENTITY_FAILURES=1)
    start_phone(api)
    code = code_from(sms_outbox[0])
    enter(api, "000000")
    assert error_code(enter(api, code)) == 1198
    [budget] = listed(admin_client, GuessBudget, q=PHONE)
    assert told(run(admin_client, GuessBudget, "forgive", budget)) == ["1 identity was unlocked."]
    assert enter(api, code).status_code == 200
    assert LogEntry.objects.get().change_message == "Forgiven."


def test_a_pause_is_found_by_its_address_and_lifted_by_an_action(admin_client, story):
    [pause] = listed(admin_client, PausedAddress, q="carol@example.com")
    assert told(run(admin_client, PausedAddress, "lift", pause)) == ["Mail is sent to 1 address again."]
    assert not PausedAddress.objects.exists()
    assert LogEntry.objects.get().change_message == "Lifted."


def test_sessions_are_ended_by_an_action_and_their_tokens_with_them(admin_client, api, story):
    bearer = {"Authorization": f"Bearer {story.access_token}"}
    assert api.get("auth/account", headers=bearer).status_code == 200
    assert told(run(admin_client, Session, "end", *Session.objects.all())) == ["1 session was ended."]
    assert error_code(api.get("auth/account", headers=bearer)) == 905
    assert LogEntry.objects.get().change_message == "Ended."


def test_who_may_only_look_can_neither_end_nor_forgive(staff, story):
    client = staff("view_session", "view_guessbudget", "view_pausedaddress")
    run(client, Session, "end", *Session.objects.all())
    run(client, GuessBudget, "forgive", *GuessBudget.objects.all())
    run(client, PausedAddress, "lift", *PausedAddress.objects.all())
    assert PausedAddress.objects.exists()
    assert AccessToken.objects.filter(revoked_at=None).exists()
    assert GuessBudget.objects.filter(failures__gt=0).exists()


# Who sees what


def test_staff_with_template_permissions_see_templates_and_nothing_else(staff, story):
    client = staff("view_emailtemplate", "change_emailtemplate", "view_smstemplate")
    for model in REGISTERED:
        expected = 200 if model in {EmailTemplate, SMSTemplate, MessageSettings} else 403
        assert client.get(address(model, "changelist")).status_code == expected, model
    assert "attempt" not in client.get(reverse("admin:index")).content.decode().lower()


def test_staff_who_may_only_look_at_customers_see_masked_identifiers(admin_client, staff, story):
    url = address(Customer, "change", story.customer.pk)
    assert f">{MAIL}<" in admin_client.get(url).content.decode()
    html = staff("view_customer", "view_identifier").get(url).content.decode()
    assert "a•••@example.com" in html
    assert f">{MAIL}<" not in html


# Applications


def application_form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Example Shop", "api_key": "shop-key-0001", "is_active": "on", "return_urls": "", "origins": "",
        "number_match": "asked", "token_delivery": "none",
        "secrets-TOTAL_FORMS": "0", "secrets-INITIAL_FORMS": "0", **changes,
    }  # fmt: skip


def new_secret(answer: Any) -> str:
    [message] = told(answer)
    found = re.search(r"<code>(\S+)</code>", message)
    assert found
    return found[1]


def test_a_new_secret_is_shown_once_and_never_again(admin_client, shop):
    answer = run(admin_client, Application, "issue_secrets", shop)
    secret = new_secret(answer)
    assert answer.content.decode().count(secret) == 1
    assert ApplicationSecret.objects.verify(shop, secret)
    for url in [*addresses(Application), reverse("admin:index")]:
        assert secret not in admin_client.get(url).content.decode()
    entry = LogEntry.objects.get()
    assert secret not in f"{entry.change_message} {entry.object_repr}"
    assert "API secret" in entry.get_change_message()


def test_an_application_is_made_together_with_its_first_secret(admin_client):
    form = application_form(add_secret="on", return_urls="https://shop.example/a\r\n\r\n https://shop.example/b ")
    answer = admin_client.post(address(Application, "add"), form, follow=True)
    secret = re.search(r"<code>(\S+)</code>", answer.content.decode())
    assert secret
    application = Application.objects.get()
    assert ApplicationSecret.objects.verify(application, secret[1])
    assert application.return_urls == ["https://shop.example/a", "https://shop.example/b"]
    assert secret[1] not in LogEntry.objects.get().change_message


def test_a_secret_is_made_by_post_and_with_permission_only(admin_client, staff, shop):
    query = {"action": "issue_secrets", "_selected_action": str(shop.pk)}
    admin_client.get(address(Application, "changelist"), query)
    admin_client.get(address(Application, "change", shop.pk), {"add_secret": "on"})
    run(staff("view_application"), Application, "issue_secrets", shop)
    foreign = Client(enforce_csrf_checks=True)
    foreign.cookies = admin_client.cookies
    assert foreign.post(address(Application, "changelist"), query).status_code == 403
    assert not ApplicationSecret.objects.exists()


def test_a_secret_is_revoked_by_ticking_its_row_and_cannot_be_given_back(admin_client, shop):
    secrets = [ApplicationSecret.objects.issue(shop), ApplicationSecret.objects.issue(shop)]
    rows = {"secrets-TOTAL_FORMS": "2", "secrets-INITIAL_FORMS": "2"}
    for position, row in enumerate(ApplicationSecret.objects.order_by("-pk")):
        rows |= {f"secrets-{position}-id": str(row.pk), f"secrets-{position}-application": str(shop.pk)}
    form = application_form(**rows)
    url = address(Application, "change", shop.pk)
    assert admin_client.post(url, {**form, "secrets-1-revoke": "on"}).status_code == 302
    assert [ApplicationSecret.objects.verify(shop, secret) for secret in secrets] == [False, True]
    assert "Revoke" in LogEntry.objects.get().get_change_message()
    assert admin_client.post(url, form).status_code == 302
    assert [ApplicationSecret.objects.verify(shop, secret) for secret in secrets] == [False, True]


def test_a_list_of_return_addresses_with_bad_lines_is_refused_and_each_bad_line_is_named(admin_client, shop):
    lines = [
        "https://shop.example/ok",
        "javascript:alert(1)",
        "http://shop.example/plain",
        "https://shop.example/#x",
        "https://[x",
    ]
    form = application_form(return_urls="\n".join(lines), origins="https://tv.shop.example\nhttps://shop.example/path")
    answer = admin_client.post(address(Application, "change", shop.pk), form)
    errors = answer.context["adminform"].form.errors
    assert [line for line in lines if any(line in error for error in errors["return_urls"])] == lines[1:]
    assert errors["origins"] == ["https://shop.example/path is not an origin such as https://example.com."]
    assert "javascript:alert(1)\nhttp://" in answer.content.decode()
    shop.refresh_from_db()
    assert shop.return_urls == ["https://shop.example/welcome"]


def test_the_lists_of_an_application_are_shown_one_per_line_and_saved_unchanged(admin_client, shop):
    shop.return_urls = ["https://shop.example/a", "https://shop.example/b"]
    shop.save()
    url = address(Application, "change", shop.pk)
    page = admin_client.get(url)
    assert "https://shop.example/a\nhttps://shop.example/b</textarea>" in page.content.decode()
    form = page.context["adminform"].form
    shown = {name: form[name].value() for name in ("return_urls", "origins")}
    admin_client.post(url, application_form(**shown, one_touch_login="on", smart_login="on"))
    shop.refresh_from_db()
    assert shop.return_urls == ["https://shop.example/a", "https://shop.example/b"]
    changed = LogEntry.objects.get().get_change_message()
    assert "addresses" not in changed
    assert "Passwordless login" in changed


def test_an_api_key_stays_what_it_was(admin_client, shop):
    admin_client.post(address(Application, "change", shop.pk), application_form(api_key="another-key"))
    shop.refresh_from_db()
    assert shop.api_key == "shop-key-0001"


# Customers


def test_a_customer_is_found_by_user_name_uid_and_proven_identifier(admin_client, story):
    other = Customer.objects.create(user=get_user_model().objects.create_user("bob"))
    Identifier.objects.create(customer=other, kind="email", value=MAIL, canonical=MAIL)  # claimed, not proven
    get_user_model().objects.filter(pk=story.customer.user_id).update(username="zoe", email="zoe@example.org")
    for typed in (story.customer.uid, MAIL, "ALICE@Example.com", "zoe", "@example.org"):
        assert listed(admin_client, Customer, q=typed) == [story.customer], typed
    assert listed(admin_client, Customer, q="bob") == [other]


def test_a_blocked_customer_is_signed_out_and_an_unblocked_one_signs_in_again(admin_client, api, story):
    bearer = {"Authorization": f"Bearer {story.access_token}"}
    assert told(run(admin_client, Customer, "block", story.customer)) == ["1 customer was blocked."]
    assert not AccessToken.objects.live().exists()
    assert api.get("auth/account", headers=bearer).status_code >= 400
    run(admin_client, Customer, "unblock", story.customer)
    assert error_code(api.get("auth/account", headers=bearer)) == 905
    story.customer.refresh_from_db()
    assert not story.customer.is_blocked
    assert LogEntry.objects.count() == 2


def test_saving_a_customer_as_blocked_ends_the_tokens_too(admin_client, story):
    form = {"is_blocked": "on", "identifiers-TOTAL_FORMS": "0", "identifiers-INITIAL_FORMS": "0"}
    answer = admin_client.post(address(Customer, "change", story.customer.pk), form)
    assert answer.status_code == 302
    assert not AccessToken.objects.live().exists()


def test_a_customer_is_never_given_to_another_user_nor_made_by_hand(admin_client, admin_user, story):
    owner = story.customer.user
    form = {"user": str(admin_user.pk), "identifiers-TOTAL_FORMS": "0", "identifiers-INITIAL_FORMS": "0"}
    assert admin_client.post(address(Customer, "change", story.customer.pk), form).status_code == 302
    story.customer.refresh_from_db()
    assert story.customer.user == owner
    assert admin_client.post(address(Customer, "add"), form).status_code == 403


def test_staff_who_may_not_change_customers_cannot_block_them(staff, story):
    run(staff("view_customer"), Customer, "block", story.customer)
    story.customer.refresh_from_db()
    assert not story.customer.is_blocked


PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(100)


def test_a_logo_is_uploaded_shown_to_people_and_removed(admin_client, shop, api, person, mailbox):
    url = address(Application, "change", shop.pk)
    upload = SimpleUploadedFile("logo.png", PICTURE)
    assert (
        admin_client.post(url, application_form(one_touch_login="on", registration="on", new_logo=upload)).status_code
        == 302
    )
    assert "data:image/png;base64," in admin_client.get(url).content.decode()
    start_email(api)
    page = person.get(link_from(mailbox[0]), follow=True)
    assert '<img class="logo" src="data:image/png;base64,' in page.content.decode()
    admin_client.post(url, application_form(one_touch_login="on", registration="on"))
    shop.refresh_from_db()
    assert shop.logo
    admin_client.post(url, application_form(one_touch_login="on", registration="on", remove_logo="on"))
    shop.refresh_from_db()
    assert not shop.logo
    assert "<img" not in person.get(page.request["PATH_INFO"]).content.decode()


@pytest.mark.parametrize(
    "content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<script>", PICTURE + bytes(64 * 1024), b"RIFF1234WAVE"]
)
def test_a_logo_that_is_no_small_picture_is_refused(admin_client, shop, content):
    form = application_form(new_logo=SimpleUploadedFile("logo.png", content))
    answer = admin_client.post(address(Application, "change", shop.pk), form)
    assert answer.context["adminform"].form.errors["new_logo"]
    shop.refresh_from_db()
    assert not shop.logo


@pytest.mark.parametrize(
    ("begin", "kind"), [(b"\xff\xd8\xff", "jpeg"), (b"GIF89a", "gif"), (b"RIFF\x10\0\0\0WEBPVP8 ", "webp")]
)
def test_the_other_kinds_of_picture_are_taken_too(admin_client, shop, begin, kind):
    form = application_form(new_logo=SimpleUploadedFile("logo", begin + bytes(50)))
    url = address(Application, "change", shop.pk)
    assert admin_client.post(url, form).status_code == 302
    assert f"data:image/{kind};base64," in admin_client.get(url).content.decode()


def test_a_token_goes_into_a_query_only_where_the_site_allows_that(admin_client, shop, site):
    form = application_form(token_delivery="query", **{"secrets-INITIAL_FORMS": "0"})
    page = admin_client.post(address(Application, "change", shop.pk), form)
    assert b"LEGACY_TOKEN_IN_QUERY" in page.content
    site(LEGACY_TOKEN_IN_QUERY=True)
    assert admin_client.post(address(Application, "change", shop.pk), form).status_code == 302
    shop.refresh_from_db()
    assert shop.token_delivery == "query"
