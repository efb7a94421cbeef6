"""Several providers: who is asked first, who next, and how many texts a person gets when one of them is down."""

import os
import re
import threading
import time
from collections import Counter

import pytest
from django.utils.module_loading import import_string

from loginradius_passwordless.backends import BaseSMSBackend, DeliveryFailed, Receipt
from loginradius_passwordless.messages import deliver_due, routing
from loginradius_passwordless.models import Message
from loginradius_passwordless.models.message import Told
from loginradius_passwordless.pools import pool

from .conftest import code_from, start_phone
from .gateway import Gateway

pytestmark = pytest.mark.django_db(transaction=True)
US, GERMANY, INDIA = "+14155550123", "+4915112345678", "+919876543210"
OUTAGE = float(os.environ.get("OUTAGE_SECONDS", "4"))


@pytest.fixture(autouse=True)
def nobody_is_left_alone():
    routing._failures.clear()
    routing._alone_until.clear()


@pytest.fixture
def gateways(site):
    """Two gateways, first and second of the only route."""
    made = [Gateway(), Gateway()]
    site(SMS_PROVIDERS={"first": made[0].described(), "second": made[1].described()})
    yield made
    for one in made:
        one.close()


def texts(gateway):
    return [body["text"] for body in gateway.taken]


@pytest.mark.parametrize("mode", ["error", "slow-down", "hang"])
def test_what_the_first_cannot_send_now_the_second_sends_at_once_with_the_same_code(api, gateways, mode):
    first, second = gateways
    first.mode = mode
    start_phone(api)
    message = Message.objects.get()
    assert (message.state, message.provider, message.provider_id) == ("sent", "second", "id-1")
    assert [body["text"] for body in first.asked] == texts(second)
    code = re.search(r"\d{6}", texts(second)[0])[0]
    assert api.put("auth/onetouchlogin/phone/verify", {"phone": US}, otp=code).status_code == 200


def test_a_number_that_nobody_can_reach_is_not_tried_with_the_next(api, gateways):
    first, second = gateways
    first.mode = "refuse"
    start_phone(api)
    assert (Message.objects.get().state, second.asked) == ("failed", [])


def test_who_may_have_delivered_it_is_not_asked_again_while_there_is_another(api, gateways, later):
    first, second = gateways
    first.mode, second.mode = "taken-but-hang", "overloaded"
    start_phone(api)
    assert Message.objects.get().doubted == ["first"]
    first.mode = "well"
    later(seconds=11)
    deliver_due()
    second.mode = "well"
    later(seconds=11)
    assert deliver_due() == (1, 0)
    assert len(first.taken) == len(second.taken) == 1
    assert texts(first) == texts(second)


def test_after_two_who_may_have_delivered_it_nobody_else_is_asked(api, gateways, site, later):
    first, second = gateways
    third = Gateway()
    site(SMS_PROVIDERS={"first": first.described(), "second": second.described(), "third": third.described()})
    first.mode = second.mode = "taken-but-hang"
    try:
        start_phone(api)
        message = Message.objects.get()
        assert (message.state, message.doubted, bytes(message.sealed)) == ("abandoned", ["first", "second"], b"")
        assert message.error.startswith("it may have arrived twice: first: ReadTimeout; second: ReadTimeout")
        later(seconds=10)
        deliver_due()
        assert third.asked == []
    finally:
        third.close()


def test_the_only_provider_is_asked_again(api, gateways, site, later):
    first, _second = gateways
    site(SMS_PROVIDERS={"first": first.described()})
    first.mode = "hang"
    start_phone(api)
    first.mode = "well"
    later(seconds=9)
    assert deliver_due() == (0, 0)  # it gets some time to be well again
    later(seconds=2)
    assert deliver_due() == (1, 0)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("mode", ["taken-but-error", "taken-but-hang", "taken-but-garbled"])
def test_whatever_providers_say_of_what_they_took_a_person_gets_two_texts_at_most(api, site, later, mode, count):
    made = {f"gateway-{number}": Gateway() for number in range(count)}
    site(SMS_PROVIDERS={name: gateway.described(timeout=0.3) for name, gateway in made.items()}, CODE_LIFETIME=600)
    try:
        for gateway in made.values():
            gateway.mode = mode
        start_phone(api)
        for seconds in (1, 2, 4, 8, 16, 32, 60, 120):
            later(seconds=seconds + 10)
            deliver_due()
        taken = [body["text"] for gateway in made.values() for body in gateway.taken]
        assert len(taken) == 2
        assert len(set(taken)) == 1
        assert Message.objects.get().state == "abandoned"
    finally:
        for gateway in made.values():
            gateway.close()


def test_a_sender_that_was_overtaken_asks_nobody_any_more(api, gateways, site):
    first, second = gateways

    def overtaken(*arguments: object) -> None:
        Message.objects.update(tries=9)  # as by another sender, after the lease

    site(PHONE_GUARD="tests.test_routes.overtaking")
    Overtaking.call = overtaken
    start_phone(api)
    assert first.asked == second.asked == []


class Overtaking:
    """What happens while the guard takes its time."""

    call: object = None


def overtaking(*arguments):
    Overtaking.call(*arguments)


def test_what_was_given_up_as_it_may_have_arrived_can_still_be_said_to_have_arrived(api, gateways, site):
    first, second = gateways
    first.mode = second.mode = "taken-but-hang"
    start_phone(api)
    message = Message.objects.get()
    assert message.state == "abandoned"
    Message.objects.filter(pk=message.pk).report(arrived=True, told=Told())
    assert Message.objects.get().state == "delivered"


def test_who_fails_three_times_in_a_row_is_left_alone_for_a_while(api, gateways, monkeypatch):
    first, second = gateways
    first.mode = "error"
    for number in range(5):
        start_phone(api, f"+1415555{1000 + number}")
    assert (len(first.asked), len(second.taken)) == (3, 5)
    first.mode = "well"
    monkeypatch.setattr(routing, "_alone_until", dict.fromkeys(routing._alone_until, time.monotonic() - 1))
    start_phone(api, "+14155551006")
    assert (len(first.taken), len(second.taken)) == (1, 5)


def test_who_is_left_alone_is_asked_all_the_same_when_the_others_fail_too(api, gateways):
    first, second = gateways
    first.mode = "error"
    for number in range(3):
        start_phone(api, f"+1415555{1000 + number}")
    first.mode, second.mode = "well", "error"
    start_phone(api, "+14155551006")
    assert len(first.taken) == 1


def test_a_provider_says_when_it_wants_to_be_asked_again(api, gateways, site, later):
    first, _second = gateways
    site(SMS_PROVIDERS={"first": first.described()}, CODE_LIFETIME=600)
    first.mode = "slow-down"
    start_phone(api)
    first.mode = "well"
    later(seconds=58)
    assert deliver_due() == (0, 0)
    later(seconds=3)
    assert deliver_due() == (1, 0)


def test_each_country_has_its_route_and_its_sender(api, gateways, site):
    first, second = gateways
    senders = {"IN": {"sender": "SHOPIN", "entity_id": "E1", "template_ids": {"one_touch_login": "T1"}}, "*": "Shop"}
    asked = {"BACKEND": "tests.test_routes.Asked", "SENDERS": senders}
    site(
        SMS_PROVIDERS={"first": first.described(), "second": second.described(), "asked": asked},
        SMS_ROUTES={"DE": ["second", "first"], "IN": ["asked"], "PT": ["asked"]},
    )
    Asked.seen.clear()
    for number in (US, GERMANY, INDIA, "+351912345612"):
        start_phone(api, number)
    assert ([body["to"] for body in first.taken], [body["to"] for body in second.taken]) == ([US], [GERMANY])
    india, portugal = Asked.seen
    assert (india.sender, india.entity_id, india.template_id) == ("SHOPIN", "E1", "T1")
    assert (portugal.sender, portugal.entity_id, portugal.template_id) == ("Shop", "", "")
    sid = Message.objects.get(recipient__endswith=portugal.to[-4:]).sid
    assert portugal.report_url == f"http://testserver/delivery/sms/asked/?message={sid}"
    assert portugal.text not in repr(portugal)


def test_calls_have_routes_of_their_own_and_their_digits_apart(api, site, voice_outbox):
    memory = {"BACKEND": "loginradius_passwordless.backends.voice.locmem.VoiceBackend"}
    broken = {"BACKEND": "tests.test_routes.Unable"}
    site(VOICE_PROVIDERS={"memory": memory, "other": memory, "broken": broken}, VOICE_ROUTES={"US": ["other"]})
    start_phone(api, isvoiceotp="true")
    assert Message.objects.get().provider == "other"
    assert ", ".join(code_from(voice_outbox[0])) in voice_outbox[0].spoken


def test_where_no_provider_serves_a_country_the_message_says_so(api, site):
    site(SMS_ROUTES={"DE": ["memory"], "*": ["nobody"]})
    start_phone(api)
    assert (Message.objects.get().state, Message.objects.get().error) == ("pending", "nobody: KeyError")


def test_a_provider_that_is_described_wrongly_stops_no_other(api, gateways, site, caplog):
    _first, second = gateways
    site(SMS_PROVIDERS={"wrong": {"BACKEND": "no.such.Backend"}, "second": second.described()})
    start_phone(api)
    assert (Message.objects.get().provider, Message.objects.get().doubted) == ("second", [])
    assert "Provider wrong cannot be used (ModuleNotFoundError)" in caplog.text


class Asked(BaseSMSBackend):
    """Keeps what it was asked."""

    seen: list = []

    def send(self, sms):
        self.seen.append(sms)
        return Receipt("1")


class Unable(BaseSMSBackend):
    """Cannot send."""

    def send(self, sms):
        raise DeliveryFailed("never", permanent=False)


@pytest.mark.parametrize("mode", ["error", "taken-but-error", "hang", "taken-but-hang"])
def test_while_the_first_is_down_everybody_is_served_by_the_second_and_gets_one_text_more_at_most(
    api, gateways, site, mode
):
    first, second = gateways
    site(SENDING="thread", STARTS_PER_HOUR_PER_ADDRESS=100_000)
    first.mode = mode
    worker = Worker()
    numbers = []
    ends_at = time.monotonic() + OUTAGE
    while time.monotonic() < ends_at:  # twenty a second
        began = time.monotonic()
        numbers.append(f"+1415{2000000 + len(numbers)}")
        start_phone(api, numbers[-1])
        time.sleep(max(0, 0.05 - (time.monotonic() - began)))
    worker.wait_until_nothing_waits()
    assert Counter(Message.objects.values_list("state", flat=True)) == {"sent": len(numbers)}
    assert sorted(body["to"] for body in second.taken) == sorted(numbers)
    got = Counter(body["to"] for body in [*first.taken, *second.taken])
    assert max(got.values()) <= 2
    by_second = {body["to"]: body["text"] for body in second.taken}
    assert all(by_second[body["to"]] == body["text"] for body in first.asked)


class Worker:
    """What ``send_messages --loop`` does, in a thread."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        pool("worker of a test", 1).submit(self.run)

    def run(self) -> None:
        from django.db import connection

        while not self.stop.is_set():
            deliver_due(self.stop.is_set)
            self.stop.wait(0.2)
        connection.close()

    def wait_until_nothing_waits(self) -> None:
        ends_at = time.monotonic() + 30
        while Message.objects.filter(state="pending").exists() and time.monotonic() < ends_at:
            time.sleep(0.1)
        self.stop.set()
        pool("worker of a test", 1).submit(int).result()


@pytest.mark.parametrize("timeout", [0, -1, 10.5, 60, "5", None, True])
@pytest.mark.parametrize(
    "vendor", ["sms.twilio.SMS", "sms.vonage.SMS", "sms.sns.SMS", "sms.http.SMS", "voice.twilio.Voice"]
)
def test_a_provider_that_may_take_longer_than_a_message_is_held_is_an_error(vendor, timeout):
    backend = import_string(f"loginradius_passwordless.backends.{vendor}Backend")

    def named(seconds):
        return [message for message in backend(timeout=seconds).check() if "timeout" in message.msg]

    assert len(named(timeout)) == 1
    assert named(10) == named(0.5) == []
