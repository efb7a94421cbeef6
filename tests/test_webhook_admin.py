"""Webhooks in the admin: secrets are shown once, addresses inside are refused, senders' columns are left alone."""

import contextlib
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loginradius_passwordless import webhooks
from loginradius_passwordless.catalog import HookName
from loginradius_passwordless.models import Customer, WebhookDelivery, WebhookEndpoint

from .receiver import Receiver, subscribe
from .test_admin import address, listed, run, told
from .test_admin import staff as staff
from .test_webhook_api import INSIDE

pytestmark = pytest.mark.django_db(transaction=True)
URL = "https://hooks.example.com/in"


@pytest.fixture(autouse=True)
def _by_hand(site):
    """Nothing is sent before a test says so."""
    site(SENDING="worker")


@pytest.fixture
def endpoint(shop):
    return subscribe(shop, URL, "Login")[0]


@pytest.fixture
def receiver(site):
    receiver = Receiver()
    site(WEBHOOK_PRIVATE_HOSTS=[receiver.url])
    yield receiver
    receiver.close()


def add(client, shop, **changes):
    form = {"application": shop.pk, "name": "", "url": URL, "events": ["Login", "Register"], **changes}
    return client.post(address(WebhookEndpoint, "add"), form, follow=True)


def change(client, endpoint, **changes):
    endpoint.refresh_from_db()
    paused = {"is_paused": "on", "initial-is_paused": "True"} if endpoint.is_paused else {"initial-is_paused": "False"}
    form = {"name": endpoint.name, "url": endpoint.url, "events": endpoint.events, **paused, **changes}
    form = {name: value for name, value in form.items() if value is not None}
    answer = client.post(address(WebhookEndpoint, "change", endpoint.pk), form, follow=True)
    endpoint.refresh_from_db()
    return answer


def secret_in(answer):
    found = re.findall(r"<code>(whsec_\S+)</code>", " ".join(told(answer)))
    assert len(found) == 1
    return found[0]


def faults(answer):
    return [str(fault) for faults in answer.context["adminform"].errors.values() for fault in faults]


# Endpoints


def test_an_endpoint_is_added_and_its_secret_shown_this_once(admin_client, shop):
    answer = add(admin_client, shop)
    secret = secret_in(answer)
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.application, endpoint.url, endpoint.events) == (shop, URL, ["Login", "Register"])
    assert endpoint.secrets() == [secret]
    for page in (
        address(WebhookEndpoint, "changelist"),
        address(WebhookEndpoint, "change", endpoint.pk),
        address(WebhookEndpoint, "history", endpoint.pk),
    ):
        assert secret not in admin_client.get(page).content.decode()
    assert secret not in "".join(LogEntry.objects.values_list("change_message", flat=True))


@pytest.mark.parametrize("url", INSIDE)
def test_an_address_that_is_never_called_is_refused_with_the_reason(admin_client, shop, url):
    [fault] = faults(add(admin_client, shop, url=url))
    assert fault.startswith("The ")
    assert not WebhookEndpoint.objects.exists()


def test_an_endpoint_wants_at_least_one_event_and_none_that_is_never_told(admin_client, shop):
    assert faults(add(admin_client, shop, events=[])) == ["This field is required."]
    assert len(faults(add(admin_client, shop, events=["UpdateProfile"]))) == 1
    assert not WebhookEndpoint.objects.exists()


def test_a_sixth_endpoint_for_an_event_is_refused(admin_client, shop, bank):
    for number in range(5):
        subscribe(shop, f"{URL}/{number}", "Login")
    assert faults(add(admin_client, shop)) == ["5 webhooks of this application are told of such an event already."]
    add(admin_client, shop, events=["Register"])
    add(admin_client, bank)
    assert WebhookEndpoint.objects.count() == 7
    last = WebhookEndpoint.objects.get(url=f"{URL}/4")
    change(admin_client, last, name="Still one of the five")
    assert last.name == "Still one of the five"


@pytest.mark.parametrize("by", ["the form", "the action"])
def test_a_secret_is_replaced_shown_once_and_the_old_one_goes_on_for_a_day(admin_client, endpoint, later, by):
    [old] = endpoint.secrets()
    if by == "the form":
        answer = change(admin_client, endpoint, replace_secret="on")
    else:
        answer = run(admin_client, WebhookEndpoint, "replace_secrets", endpoint)
    new = secret_in(answer)
    endpoint.refresh_from_db()
    assert endpoint.secrets() == [new, old]
    assert new not in "".join(LogEntry.objects.values_list("change_message", flat=True))
    assert new not in admin_client.get(address(WebhookEndpoint, "change", endpoint.pk)).content.decode()
    later(days=1, seconds=1)
    assert endpoint.secrets() == [new]


def test_saving_a_change_leaves_alone_what_senders_write(admin_client, endpoint, monkeypatch):
    save = WebhookEndpoint.save

    def taken_meanwhile(row, **options):
        assert WebhookEndpoint.objects.lease(row.pk)
        WebhookEndpoint.objects.note_failure(row)
        save(row, **options)

    monkeypatch.setattr(WebhookEndpoint, "save", taken_meanwhile)
    secrets = endpoint.secrets()
    change(admin_client, endpoint, name="Orders")
    assert (endpoint.name, endpoint.failures) == ("Orders", 1)
    assert endpoint.busy_until is not None
    assert endpoint.secrets() == secrets


def test_an_endpoint_is_paused_and_resumed_by_its_page_and_by_actions(admin_client, endpoint):
    change(admin_client, endpoint, is_paused="on")
    assert (endpoint.is_paused, endpoint.paused_because) == (True, "Paused by staff.")
    WebhookEndpoint.objects.note_failure(endpoint)
    change(admin_client, endpoint, is_paused=None)
    assert (endpoint.is_paused, endpoint.paused_because, endpoint.failures) == (False, "", 0)
    run(admin_client, WebhookEndpoint, "pause", endpoint)
    endpoint.refresh_from_db()
    assert endpoint.is_paused
    assert told(run(admin_client, WebhookEndpoint, "resume", endpoint)) == ["1 webhook was changed."]
    endpoint.refresh_from_db()
    assert not endpoint.is_paused


def test_who_saves_a_page_from_before_a_pause_does_not_resume(admin_client, endpoint):
    WebhookEndpoint.objects.pause_given_up(endpoint, is_gone=True, reason="It is gone.")
    before = {"is_paused": None, "initial-is_paused": "False"}  # as the page was rendered
    change(admin_client, endpoint, name="Orders", **before)
    assert (endpoint.name, endpoint.is_paused, endpoint.paused_because) == ("Orders", True, "It is gone.")


def test_a_new_address_is_called_at_once(admin_client, endpoint):
    for _failure in range(4):
        WebhookEndpoint.objects.note_failure(endpoint)
    change(admin_client, endpoint, name="Same address")
    assert endpoint.failures == 4
    change(admin_client, endpoint, url="https://hooks.example.net/in")
    assert (endpoint.failures, endpoint.failing_since, endpoint.rests_until) == (0, None, None)


def test_the_page_of_an_endpoint_says_how_it_goes(admin_client, endpoint):
    for _failure in range(3):
        WebhookEndpoint.objects.note_failure(endpoint)
    WebhookEndpoint.objects.pause_given_up(endpoint, is_gone=True, reason="It answered that it is gone (HTTP 410).")
    html = admin_client.get(address(WebhookEndpoint, "change", endpoint.pk)).content.decode()
    assert "It answered that it is gone (HTTP 410)." in html
    link = f"{address(WebhookDelivery, 'changelist')}?endpoint={endpoint.pk}"
    assert link in html
    assert admin_client.get(link).status_code == 200


def test_a_test_is_sent_to_those_that_are_not_paused(admin_client, shop, receiver):
    running, _secret = subscribe(shop, receiver.url, "Register")
    paused, _secret = subscribe(shop, receiver.url, "Login")
    WebhookEndpoint.objects.filter(pk=paused.pk).pause()
    answer = run(admin_client, WebhookEndpoint, "send_test", running, paused)
    assert told(answer) == ["1 test is on its way; see the deliveries."]
    assert webhooks.send_due() == (1, 0)
    [(_path, _headers, body)] = receiver.taken
    assert b'"IsTest": true' in body
    assert str(running.hook_id).encode() in body


def test_who_may_only_look_changes_nothing(staff, endpoint):
    client = staff("view_webhookendpoint", "view_webhookdelivery")
    secrets = endpoint.secrets()
    webhooks.send_test(endpoint, HookName.LOGIN)
    WebhookDelivery.objects.update(state="dead")
    assert client.get(address(WebhookEndpoint, "change", endpoint.pk)).status_code == 200
    for action in ("send_test", "pause", "resume", "replace_secrets"):
        run(client, WebhookEndpoint, action, endpoint)
    run(client, WebhookDelivery, "send_again", WebhookDelivery.objects.get())
    assert change(client, endpoint, name="Mine").status_code == 403
    assert client.get(address(WebhookEndpoint, "add")).status_code == 403
    assert (endpoint.name, endpoint.is_paused, endpoint.secrets()) == ("", False, secrets)
    assert WebhookDelivery.objects.get().state == "dead"


# Deliveries


@pytest.fixture
def delivery(endpoint, db):
    customer = Customer.objects.create(user=get_user_model().objects.create(username="zb", first_name="Zaphod"))
    webhooks.announce(HookName.LOGIN, application_id=endpoint.application_id, customer_id=customer.pk)
    return WebhookDelivery.objects.get()


def test_a_delivery_is_shown_without_what_it_said(admin_client, delivery):
    assert b"Zaphod" in delivery.read()
    WebhookDelivery.objects.update(state="dead", status=503, error="HTTP 503")
    for page in (address(WebhookDelivery, "changelist"), address(WebhookDelivery, "change", delivery.pk)):
        html = admin_client.get(page).content.decode()
        assert "HTTP 503" in html
        assert "Given up" in html
        assert "Zaphod" not in html
        assert "HookName" not in html
        assert bytes(delivery.sealed).decode() not in html


def test_deliveries_are_filtered_by_state_event_and_endpoint(admin_client, shop, delivery):
    other, _secret = subscribe(shop, URL, "Register")
    webhooks.send_test(other, HookName.REGISTER)
    WebhookDelivery.objects.filter(pk=delivery.pk).update(state="dead")
    test = WebhookDelivery.objects.exclude(pk=delivery.pk).get()
    assert listed(admin_client, WebhookDelivery) == [test, delivery]
    assert listed(admin_client, WebhookDelivery, state__exact="dead") == [delivery]
    assert listed(admin_client, WebhookDelivery, hook__exact="Register") == [test]
    assert listed(admin_client, WebhookDelivery, endpoint=str(other.pk)) == [test]
    assert listed(admin_client, WebhookDelivery, q=delivery.customer.uid) == [delivery]
    for nonsense in ("x", "0", "9" * 30, "1 OR 1=1"):
        assert listed(admin_client, WebhookDelivery, endpoint=nonsense) == [test, delivery]


def test_what_was_given_up_is_sent_again_with_the_permission_to_change(staff, shop, receiver):
    endpoint, _secret = subscribe(shop, receiver.url, "Login")
    webhooks.send_test(endpoint, HookName.LOGIN)
    WebhookDelivery.objects.update(state="dead", tries=11, status=500, error="HTTP 500")
    client = staff("view_webhookdelivery", "change_webhookdelivery")
    delivery = WebhookDelivery.objects.get()
    assert told(run(client, WebhookDelivery, "send_again", delivery)) == ["1 webhook is sent again."]
    assert webhooks.send_due() == (1, 0)
    assert receiver.ids == [delivery.event_id]
    assert LogEntry.objects.get().change_message == "Sent again."


def test_what_is_sent_again_goes_out_at_once_where_no_worker_is_needed(admin_client, shop, receiver, site):
    endpoint, _secret = subscribe(shop, receiver.url, "Login")
    webhooks.send_test(endpoint, HookName.LOGIN)
    WebhookDelivery.objects.update(state="dead", tries=11)
    site(SENDING="inline")
    run(admin_client, WebhookDelivery, "send_again", WebhookDelivery.objects.get())
    assert len(receiver.taken) == 1


def test_the_lists_ask_as_often_for_many_rows_as_for_few(admin_client, shop, endpoint):
    def queries(model):
        with CaptureQueriesContext(connection) as asked:
            listed(admin_client, model)
        return len(asked)

    webhooks.send_test(endpoint, HookName.LOGIN)
    before = [queries(model) for model in (WebhookEndpoint, WebhookDelivery)]
    for number in range(3):
        webhooks.send_test(subscribe(shop, f"{URL}/{number}", "Login")[0], HookName.LOGIN)
    assert [queries(model) for model in (WebhookEndpoint, WebhookDelivery)] == before


def test_an_endpoint_is_deleted_with_what_it_was_told(admin_client, endpoint):
    webhooks.send_test(endpoint, HookName.LOGIN)
    url = reverse("admin:loginradius_passwordless_webhookendpoint_delete", args=[endpoint.pk])
    assert admin_client.post(url, {"post": "yes"}).status_code == 302
    assert not WebhookDelivery.objects.exists()


def test_the_doctor_tells_of_webhooks_that_were_given_up_and_not_of_those_that_staff_paused(shop, endpoint, capsys):
    def told_by_the_doctor():
        with contextlib.suppress(CommandError):
            call_command("doctor")
        return capsys.readouterr().out

    WebhookEndpoint.objects.pause()
    assert "ok  webhooks: 1, 1 paused, 0 of them as they failed" in told_by_the_doctor()
    WebhookEndpoint.objects.resume()
    WebhookEndpoint.objects.pause_given_up(endpoint, is_gone=True, reason="It is gone.")
    assert "!!  webhooks: 1, 1 paused, 1 of them as they failed" in told_by_the_doctor()
    WebhookEndpoint.objects.all().delete()
    assert "ok  webhooks:" not in told_by_the_doctor()
