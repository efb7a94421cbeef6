"""Webhooks through the front door: what happens over HTTP, and what a receiver on this machine gets."""

import hashlib
import hmac
import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connections
from standardwebhooks import Webhook, WebhookVerificationError

from loginradius_passwordless import webhooks
from loginradius_passwordless.backends.sms.locmem import outbox
from loginradius_passwordless.messages import deliver_due
from loginradius_passwordless.models import AccessToken, Customer, WebhookDelivery, WebhookEndpoint
from loginradius_passwordless.models.webhook_delivery import RETRY_AFTER

from .conftest import ADMINS, code_from, link_from, ping, press, start_email, start_phone
from .receiver import Receiver, lowered, subscribe

pytestmark = pytest.mark.django_db(transaction=True)
User = get_user_model()
PHONE, PASSWORD = "+14155550123", "correct horse battery"
VERIFY = "auth/onetouchlogin/phone/verify"


@pytest.fixture
def receivers(site):
    """Make receivers; all of them are known to the site as hosts of its own network."""
    made = []

    def make():
        made.append(Receiver())
        site(WEBHOOK_PRIVATE_HOSTS=[receiver.url for receiver in made])
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


@pytest.fixture
def receiver(receivers):
    return receivers()


@pytest.fixture(autouse=True)
def _by_hand(site):
    """Nothing is sent before a test says so."""
    site(SENDING="worker", RESEND_GAP=0, SENDS_PER_TEN_MINUTES=50)


def send():
    return webhooks.send_due()


def send_in_thread():
    """Send as a worker does, beside the test."""

    def run():
        try:
            send()
        finally:
            connections.close_all()

    worker = threading.Thread(target=run)
    worker.start()
    return worker


def sign_in(api, phone=PHONE, **headers):
    start_phone(api, phone=phone)
    deliver_due()
    answer = api.put(VERIFY, {"phone": phone, "otp": code_from(outbox[-1])}, headers=headers or None)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def bodies(receiver):
    return [json.loads(body) for _path, _headers, body in receiver.taken]


def names(receiver):
    return [body["HookName"] for body in bodies(receiver)]


# What is told


def test_a_first_login_by_phone_tells_what_happened_in_order(api, shop, receiver):
    endpoint, _secret = subscribe(shop, f"{receiver.url}/hooks?of=shop")
    signed_in = sign_in(api)
    assert send() == (3, 0)
    assert names(receiver) == ["register", "verifyphonenumber", "login"]
    for path, headers, body in receiver.taken:
        told = json.loads(body)
        assert path == "/hooks?of=shop"
        assert lowered(headers)["content-type"] == "application/json"
        assert set(told) == {"HookName", "Time", "HookId", "Data"}
        assert told["HookId"] == str(endpoint.hook_id)
        assert datetime.now(UTC) - datetime.fromisoformat(told["Time"]) < timedelta(minutes=1)
    login = bodies(receiver)[-1]
    assert login["Data"]["Uid"] == signed_in["Profile"]["Uid"]
    assert login["Data"]["PhoneId"] == PHONE
    assert login["Data"]["Password"] is None
    text = receiver.taken[-1][2].decode()
    assert signed_in["access_token"] not in text
    assert signed_in["refresh_token"] not in text


def test_a_first_login_by_mail_tells_of_the_address(api, shop, person, mailbox, receiver):
    subscribe(shop, receiver.url)
    guid = start_email(api)
    deliver_due()
    press(person, link_from(mailbox[-1]), "approve")
    assert ping(api, guid).status_code == 200
    send()
    assert names(receiver) == ["register", "emailverification", "login"]


def test_what_a_customer_does_with_a_phone_is_told(api, shop, shop_secret, receiver, sms_outbox):
    def code():
        deliver_due()
        return code_from(sms_outbox[-1])

    sign_in(api)
    subscribe(shop, receiver.url)
    by_secret = {"X-LoginRadius-ApiSecret": shop_secret}
    api.post("auth/password/otp", {"phone": PHONE})
    assert api.put("auth/password/otp", {"phone": PHONE, "otp": code(), "password": PASSWORD}).status_code == 200
    token = {"Authorization": f"Bearer {sign_in(api)['access_token']}"}
    api.put("auth/phone", {"phone": "+14155550199"}, headers=token)
    assert api.put("auth/phone/otp", {"otp": code()}, headers=token).status_code == 200
    uid = Customer.objects.get().uid
    assert api.put(f"manage/account/{uid}/invalidatephone", headers=by_secret).status_code == 200
    send()
    assert names(receiver) == ["resetpassword", "login", "updatephoneid", "invalidatephoneverification"]


def test_wrong_codes_tell_that_an_account_is_locked(api, shop, receiver, site):
    site(IDENTITY_FAILURES=1, FAILURES_PER_MINUTE_PER_ADDRESS=100)
    sign_in(api)
    subscribe(shop, receiver.url, "BlockAccount")
    start_phone(api)
    for code in ("000000", "111111"):
        api.put(VERIFY, {"phone": PHONE, "otp": code})
    send()
    assert set(names(receiver)) == {"blockaccount"}
    assert bodies(receiver)[0]["Data"]["PhoneId"] == PHONE


def test_a_deleted_account_is_told_by_its_uid_alone_and_takes_what_waits_along(api, shop, receiver, sms_outbox):
    subscribe(shop, receiver.url)
    signed_in = sign_in(api)
    token = {"Authorization": f"Bearer {signed_in['access_token']}"}
    assert api.get("auth/account/otp", headers=token).status_code == 200
    deliver_due()
    answer = api.post("auth/account/delete", {"otp": code_from(sms_outbox[-1])}, headers=token)
    assert answer.status_code == 200, answer.json()
    send()
    [body] = bodies(receiver)
    assert body["HookName"] == "deleteaccount"
    assert body["Data"] == {"Uid": signed_in["Profile"]["Uid"]}


def test_only_what_was_asked_for_is_told_and_only_of_the_own_application(api, api_of, shop, bank, receivers):
    wanting, other = receivers(), receivers()
    subscribe(shop, wanting.url, "Register")
    subscribe(bank, other.url)
    sign_in(api)
    send()
    assert names(wanting) == ["register"]
    assert names(other) == []


def test_a_login_that_is_taken_back_tells_nothing(api, shop, receiver, monkeypatch):
    subscribe(shop, receiver.url)

    def refuse(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(AccessToken.objects, "issue", refuse)
    start_phone(api)
    deliver_due()
    api.client.raise_request_exception = False
    assert api.put(VERIFY, {"phone": PHONE, "otp": code_from(outbox[-1])}).status_code == 500
    assert not WebhookDelivery.objects.exists()


# prevent_webhook


@pytest.mark.parametrize(
    "asks", [{"headers": {"X-PreventWebhook": "true"}}, {"prevent_webhook": "true"}, {"preventWebhook": "1"}]
)
def test_a_server_may_have_a_call_told_to_nobody_and_a_stranger_may_not(api, shop, shop_secret, receiver, asks):
    subscribe(shop, receiver.url, "Login")
    query = {name: value for name, value in asks.items() if name != "headers"}
    headers = asks.get("headers", {})

    def login(**more):
        start_phone(api)
        deliver_due()
        body = {"phone": PHONE, "otp": code_from(outbox[-1])}
        assert api.put(VERIFY, body, headers={**headers, **more}, **query).status_code == 200
        return WebhookDelivery.objects.count()

    assert login() == 1
    assert login(**{"X-LoginRadius-ApiSecret": "a wrong secret of some length"}) == 2
    assert login(**{"X-LoginRadius-ApiSecret": shop_secret}) == 2
    assert Customer.objects.get().events.filter(name="signed_in").count() == 3


# Signatures


def of_loginradius(body, headers, secret):
    """What a receiver of LoginRadius' does."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().upper()
    return hmac.compare_digest(expected, lowered(headers)["signature"])


def test_both_signatures_are_right_and_a_changed_byte_or_an_old_time_is_not(api, shop, shop_secret, receiver):
    _endpoint, secret = subscribe(shop, receiver.url, "Login")
    sign_in(api)
    send()
    [(_path, headers, body)] = receiver.taken
    assert Webhook(secret).verify(body, headers)["HookName"] == "login"
    assert of_loginradius(body, headers, shop_secret)
    flipped = body.replace(b"login", b"lobin")
    assert not of_loginradius(flipped, headers, shop_secret)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(flipped, headers)
    old = {**lowered(headers), "webhook-timestamp": str(int(time.time()) - 301)}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, old)


def test_while_a_secret_is_replaced_both_are_right_for_a_day(api, shop, receiver, later):
    endpoint, old = subscribe(shop, receiver.url, "Login")
    new = endpoint.new_secret()
    endpoint.save()
    sign_in(api)
    send()
    for secret in (old, new):
        Webhook(secret).verify(receiver.taken[0][2], receiver.taken[0][1])
    later(days=1, seconds=1)
    sign_in(api)
    send()
    Webhook(new).verify(receiver.taken[1][2], receiver.taken[1][1])
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(receiver.taken[1][2], receiver.taken[1][1])


# Receivers that are down, slow or gone


def test_a_receiver_that_was_down_for_ten_minutes_gets_every_event_with_the_same_id(api, shop, receiver, later):
    _endpoint, secret = subscribe(shop, receiver.url)
    receiver.status = 503
    sign_in(api)
    for _half_minute in range(20):
        send()
        later(seconds=30)
    written = set(WebhookDelivery.objects.values_list("event_id", flat=True))
    tried = set(receiver.ids)
    assert len(written) == 3
    assert tried
    assert tried <= written
    receiver.status = 204
    receiver.taken.clear()
    later(minutes=40)
    for _turn in range(3):
        send()
        later(minutes=40)
    assert set(receiver.ids) == written
    assert not WebhookDelivery.objects.exclude(state="delivered").exists()
    for _path, headers, body in receiver.taken:
        Webhook(secret).verify(body, headers)


def test_a_slow_receiver_delays_nobody_else(api, shop, receivers):
    slow, quick = receivers(), receivers()
    slow.delay = 30.0
    subscribe(shop, slow.url)
    subscribe(shop, quick.url)
    sign_in(api)
    began = time.monotonic()
    worker = send_in_thread()
    while len(quick.taken) < 3 and time.monotonic() - began < 4:
        time.sleep(0.01)
    assert names(quick) == ["register", "verifyphonenumber", "login"]
    assert time.monotonic() - began < 4  # before the first try of the slow one is over
    slow.over.set()
    worker.join()


def test_twenty_slow_receivers_rest_after_three_failures_and_a_quick_one_gets_its_turn(
    api, shop, receivers, monkeypatch
):
    monkeypatch.setattr("loginradius_passwordless.webhooks.sending.TIMEOUT", 0.2)
    slow = [receivers() for _number in range(20)]
    for receiver in slow:
        receiver.delay = 30.0
        subscribe(shop, receiver.url)
    quick = receivers()
    subscribe(shop, quick.url)
    sign_in(api)
    began = time.monotonic()
    send()
    assert len(quick.taken) == 3
    assert all(len(receiver.taken) <= 3 for receiver in slow)
    assert time.monotonic() - began < 20
    assert WebhookEndpoint.objects.exclude(rests_until=None).count() == 20
    for receiver in slow:
        receiver.over.set()


def test_after_a_day_of_failures_it_is_paused_and_staff_are_told(api, shop, receiver, later, settings, mailbox):
    settings.ADMINS = ADMINS
    endpoint, _secret = subscribe(shop, receiver.url, "Login")
    receiver.status = 500
    sign_in(api)
    tries = 0
    for _step in range(400):
        tries += sum(send())
        later(minutes=5)
        endpoint.refresh_from_db()
        if endpoint.is_paused:
            break
    assert endpoint.is_paused
    assert "HTTP 500" in endpoint.paused_because
    assert 8 <= tries <= len(RETRY_AFTER) + 1
    assert [message.subject for message in mailbox if "paused" in message.subject]
    missed = sign_in(api)
    assert missed
    [late] = WebhookDelivery.objects.filter(state="dead", error__contains="paused")
    receiver.status = 204
    receiver.taken.clear()
    assert send() == (0, 0)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).resume()
    WebhookDelivery.objects.filter(pk=late.pk).replay()
    send()
    assert late.event_id in receiver.ids


def test_after_its_last_try_a_webhook_is_given_up_and_can_be_sent_again(api, shop, receiver):
    subscribe(shop, receiver.url, "Login")
    sign_in(api)
    receiver.status = 500
    WebhookDelivery.objects.update(tries=len(RETRY_AFTER))
    assert send() == (0, 1)
    dead = WebhookDelivery.objects.get()
    assert (dead.state, dead.status, dead.error) == ("dead", 500, "HTTP 500")
    receiver.status = 200
    WebhookDelivery.objects.replay()
    assert send() == (1, 0)
    assert set(receiver.ids) == {dead.event_id}


def test_one_that_is_gone_is_paused_at_once(api, shop, receiver):
    endpoint, _secret = subscribe(shop, receiver.url, "Login")
    receiver.status = 410
    sign_in(api)
    send()
    endpoint.refresh_from_db()
    assert endpoint.is_paused


def test_a_receiver_that_asks_for_time_is_given_it(api, shop, receiver, later):
    subscribe(shop, receiver.url, "Login")
    receiver.status, receiver.headers = 429, {"Retry-After": "120"}
    sign_in(api)
    send()
    receiver.status = 204
    later(seconds=60)
    assert send() == (0, 0)
    later(seconds=70)
    assert send() == (1, 0)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(api, shop, receivers, status):
    receiver, canary = receivers(), receivers()
    subscribe(shop, receiver.url, "Login")
    receiver.status, receiver.headers = status, {"Location": canary.url}
    sign_in(api)
    assert send() == (0, 1)
    assert canary.taken == []


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/",
        "https://[::ffff:127.0.0.1]/",
        "https://localhost:8443/",
        "http://example.com/",
    ],
)
def test_an_address_inside_is_not_called_whatever_stands_in_the_row(api, shop, url):
    subscribe(shop, url, "Login")
    sign_in(api)
    assert send() == (0, 1)
    assert WebhookDelivery.objects.get().status is None


# Who sends


def test_a_webhook_goes_out_right_after_the_commit_where_threads_send(api, shop, receiver, site):
    subscribe(shop, receiver.url, "Login")
    site(SENDING="inline")
    start_phone(api)
    assert api.put(VERIFY, {"phone": PHONE, "otp": code_from(outbox[-1])}).status_code == 200
    assert names(receiver) == ["login"]


def test_the_worker_sends(api, shop, receiver, capsys):
    subscribe(shop, receiver.url, "Login")
    sign_in(api)
    call_command("send_webhooks")
    assert "1 sent, 0 failed" in capsys.readouterr().out
    assert len(receiver.taken) == 1


def test_many_senders_at_once_send_each_event_once(api, shop, receiver):
    subscribe(shop, receiver.url)
    for number in range(5):
        sign_in(api, phone=f"+1415555012{number}")
    for worker in [send_in_thread() for _number in range(4)]:
        worker.join()
    assert len(receiver.taken) == 15
    assert len(receiver.ids) == 15


def test_nothing_happens_for_sites_without_webhooks(api, django_assert_max_num_queries):
    sign_in(api)
    assert not WebhookDelivery.objects.exists()
    assert send() == (0, 0)
