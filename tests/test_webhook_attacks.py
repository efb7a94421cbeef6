"""Webhooks under attack, and when something breaks in the middle: nothing stops the others, and nothing goes on for ever."""

import time

import pytest
from django.contrib.admin.models import LogEntry
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from loginradius_passwordless.models import WebhookDelivery, WebhookEndpoint
from loginradius_passwordless.models.webhook_delivery import RETRY_AFTER
from loginradius_passwordless.webhooks import announce_deletion, announcing, backlog, pace, sending

from .conftest import ADMINS
from .receiver import subscribe
from .test_webhooks import _by_hand, receiver, receivers, send, send_in_thread, sign_in  # noqa: F401  # fixtures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nobody_is_known():
    sending._left_until.clear()
    pace._slow_until.clear()


def test_a_row_that_goes_while_it_is_taken_stops_no_sender(api, shop, receiver):  # noqa: F811
    subscribe(shop, receiver.url, "Login", "Register")
    sign_in(api)
    first = WebhookDelivery.objects.order_by("pk")[0]
    gone = []

    def customer_goes(execute, sql, params, many, context):
        done = execute(sql, params, many, context)
        if sql.startswith("UPDATE") and "webhookdelivery" in sql and "tries" in sql and not gone:
            gone.append(True)
            WebhookDelivery.objects.filter(pk=first.pk).delete()
        return done

    with connection.execute_wrapper(customer_goes):
        assert sending.drain(first.endpoint_id) == (1, 0)


def test_an_endpoint_that_goes_while_it_is_leased_stops_no_sender(api, shop, receiver):  # noqa: F811
    endpoint, _secret = subscribe(shop, receiver.url, "Login")
    sign_in(api)
    gone = []

    def staff_delete(execute, sql, params, many, context):
        done = execute(sql, params, many, context)
        if sql.startswith("UPDATE") and "webhookendpoint" in sql and not gone:
            gone.append(True)
            WebhookEndpoint.objects.filter(pk=endpoint.pk).delete()
        return done

    with connection.execute_wrapper(staff_delete):
        assert sending.drain(endpoint.pk) == (0, 0)


def test_one_that_can_never_be_sent_is_given_up_and_does_not_stop_the_worker(api, shop, bank, receivers, monkeypatch):  # noqa: F811
    broken, whole = receivers(), receivers()
    subscribe(shop, broken.url, "Login")
    subscribe(shop, whole.url, "Login")
    post = sending.public_http.post

    def fails(url, **request):
        if url.startswith(broken.url):
            raise RuntimeError("can't start new thread")
        return post(url, **request)

    monkeypatch.setattr(sending.public_http, "post", fails)
    sign_in(api)
    assert send() == (1, 1)
    WebhookDelivery.objects.exclude(state="delivered").update(tries=len(RETRY_AFTER), next_try_at=backlog.Now())
    send()
    dead = WebhookDelivery.objects.get(state="dead")
    assert dead.error == "RuntimeError"


def test_a_database_that_fails_for_one_endpoint_stops_no_other(api, shop, receivers, monkeypatch):  # noqa: F811
    broken, whole = receivers(), receivers()
    endpoint, _secret = subscribe(shop, broken.url, "Login")
    subscribe(shop, whole.url, "Login")
    sign_in(api)
    drain = sending.drain

    def fails(pk, *stopping):
        if pk == endpoint.pk:
            raise RuntimeError
        return drain(pk, *stopping)

    monkeypatch.setattr(sending, "drain", fails)
    assert send() == (1, 0)


def test_one_whose_every_sender_died_is_given_up(api, shop, receiver):  # noqa: F811
    subscribe(shop, receiver.url, "Login")
    sign_in(api)
    WebhookDelivery.objects.update(tries=len(RETRY_AFTER) + 1)
    assert send() == (0, 1)
    assert WebhookDelivery.objects.get().state == "dead"
    assert receiver.taken == []


def test_a_name_of_several_lines_does_not_break_the_mail_to_staff(api, shop, receiver, settings, mailbox):  # noqa: F811
    settings.ADMINS = ADMINS
    subscribe(shop, receiver.url, "Login")
    WebhookEndpoint.objects.update(name="one\nBcc: two@example.com")
    receiver.status = 410
    sign_in(api)
    assert send() == (0, 1)
    assert [message.subject for message in mailbox if "paused" in message.subject]


def test_a_mail_to_staff_that_cannot_be_sent_stops_no_webhook(api, shop, receiver, settings, mail_through, caplog):  # noqa: F811
    settings.ADMINS = ADMINS
    mail_through("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=9)
    endpoint, _secret = subscribe(shop, receiver.url, "Login")
    receiver.status = 410
    sign_in(api)
    assert send() == (0, 1)
    endpoint.refresh_from_db()
    assert endpoint.is_paused
    assert "Staff could not be told of it by mail (ConnectionRefusedError)" in caplog.text


def test_what_waits_for_a_receiver_that_is_down_is_not_late(api, shop, receiver, later):  # noqa: F811
    subscribe(shop, receiver.url, "Login")
    receiver.status = 500
    for number in range(3):
        sign_in(api, phone=f"+1415555012{number}")
    send()
    WebhookEndpoint.objects.update(failures=9, rests_until=backlog.Now() + backlog.LATE * 60)
    sign_in(api, phone="+14155550129")
    later(minutes=2)
    [found] = backlog.backlogs()
    assert (found.waiting, found.late, found.lag) == (4, 0, 0.0)
    WebhookEndpoint.objects.update(is_paused=True, rests_until=None)
    [found] = backlog.backlogs()
    assert (found.late, found.lag) == (0, 0.0)


def test_the_lag_of_what_is_tried_again_begins_when_it_is_due(api, shop, receiver, later):  # noqa: F811
    subscribe(shop, receiver.url, "Login")
    receiver.status = 500
    sign_in(api)
    send()
    WebhookDelivery.objects.update(next_try_at=backlog.Now() + backlog.LATE * 60)
    later(minutes=60, seconds=30)
    [found] = backlog.backlogs()
    assert (found.waiting, found.late) == (1, 0)
    assert 30 <= found.lag < 60


def test_a_webhook_that_is_removed_meanwhile_fails_no_login(api, shop, receiver, monkeypatch):  # noqa: F811
    subscribe(shop, receiver.url, "Login")
    profile = announcing.profile

    def removed_meanwhile(customer):
        WebhookEndpoint.objects.all().delete()
        return profile(customer)

    monkeypatch.setattr(announcing, "profile", removed_meanwhile)
    sign_in(api)
    assert send() == (0, 0)
    [found] = backlog.backlogs()
    assert (found.waiting, found.late) == (0, 0)


# What changes while a sender is at it


def test_a_pause_ends_the_turn_of_a_sender(api, shop, receiver, monkeypatch):  # noqa: F811
    subscribe(shop, receiver.url, "DeleteAccount")
    for number in range(6):
        announce_deletion(application_id=shop.pk, uid=str(number))
    post = sending._post

    def pause_after_two(endpoint, delivery):
        answer = post(endpoint, delivery)
        if len(receiver.taken) == 2:
            WebhookEndpoint.objects.filter(pk=endpoint.pk).pause()
        return answer

    monkeypatch.setattr(sending, "_post", pause_after_two)
    send()
    assert len(receiver.taken) == 2


def test_what_the_old_address_answers_says_nothing_of_the_new_one(api, shop, receivers, monkeypatch):  # noqa: F811
    old, new = receivers(), receivers()
    old.status = 410
    endpoint, _secret = subscribe(shop, old.url, "DeleteAccount")
    announce_deletion(application_id=shop.pk, uid="1")
    post = sending._post

    def change_meanwhile(endpoint, delivery):
        answer = post(endpoint, delivery)
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=new.url)
        return answer

    monkeypatch.setattr(sending, "_post", change_meanwhile)
    send()
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.is_paused, endpoint.failures) == (new.url, False, 0)
    WebhookDelivery.objects.update(next_try_at=backlog.Now())
    send()
    assert len(new.taken) == 1


def test_two_failures_with_days_between_them_pause_nobody(api, shop, receiver, later):  # noqa: F811
    endpoint, _secret = subscribe(shop, receiver.url, "Login")
    receiver.status = 503
    sign_in(api)
    send()
    WebhookDelivery.objects.all().delete()  # it went with its customer
    later(days=3)
    sign_in(api, phone="+14155550125")
    send()
    endpoint.refresh_from_db()
    assert (endpoint.is_paused, endpoint.failures) == (False, 2)


def test_an_endpoint_with_a_fault_of_ours_is_left_alone_by_the_next_call_too(api, shop, receiver, monkeypatch, site):  # noqa: F811
    subscribe(shop, receiver.url, "DeleteAccount")
    announce_deletion(application_id=shop.pk, uid="1")
    tries = []

    def break_down(rows, endpoint):
        tries.append(endpoint)
        raise OperationalError("the disk is full")

    monkeypatch.setattr(type(WebhookDelivery.objects.all()), "take_next", break_down)
    for _call in range(3):
        send()
    assert len(tries) == 1


def test_forty_slow_receivers_delay_no_quick_one(api, shop, bank, receivers, monkeypatch):  # noqa: F811
    monkeypatch.setattr(pace, "SLOW", 0.2)
    slow = [receivers() for _number in range(40)]
    for one in slow:
        one.delay = 0.4
        subscribe(shop, one.url, "DeleteAccount")
    quick = receivers()
    subscribe(bank, quick.url, "DeleteAccount")
    announce_deletion(application_id=shop.pk, uid="0")
    send()
    for number in range(8):
        announce_deletion(application_id=shop.pk, uid=str(number))
    worker = send_in_thread()
    while sum(len(one.taken) for one in slow) < 60:
        time.sleep(0.05)
    announce_deletion(application_id=bank.pk, uid="1")
    began = time.monotonic()
    while not quick.taken and time.monotonic() - began < 20:
        time.sleep(0.01)
    took = time.monotonic() - began
    for one in slow:
        one.over.set()
    worker.join()
    assert took < 2
    assert sum(len(one.taken) for one in slow) == 40 * 9


def test_many_are_sent_again_by_few_statements(admin_client, shop):
    subscribe(shop, "https://example.com/x", "DeleteAccount")
    for number in range(60):
        announce_deletion(application_id=shop.pk, uid=str(number))
    WebhookDelivery.objects.update(state="dead")
    chosen = {"action": "send_again", "_selected_action": [WebhookDelivery.objects.first().pk], "select_across": "1"}
    address = reverse("admin:loginradius_passwordless_webhookdelivery_changelist")
    with CaptureQueriesContext(connection) as asked:
        assert admin_client.post(address, chosen).status_code == 302
    assert WebhookDelivery.objects.filter(state="pending").count() == 60
    assert LogEntry.objects.filter(change_message="Sent again.").count() == 60
    assert len(asked) < 30
