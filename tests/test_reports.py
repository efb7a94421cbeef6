"""Delivery reports: signed by the provider, in any order, as often as it likes."""

import hmac
import uuid

import pytest
from django.http import UnreadablePostError
from django.test import Client

from loginradius_passwordless.api.reports import ReportView
from loginradius_passwordless.backends import BaseSMSBackend, NotFromProvider, Receipt, Report
from loginradius_passwordless.messages import deliver_due
from loginradius_passwordless.models import Message

from .conftest import start_phone

pytestmark = pytest.mark.django_db(transaction=True)
KEY = b"shared with the provider"


class Reporting(BaseSMSBackend):
    """A provider that signs the address and the body of its reports."""

    def send(self, sms):
        return Receipt(f"id-of-{sms.reference}", segments=2)

    def read(self, callback):
        told = callback.headers.get("x-signature", "")
        if not hmac.compare_digest(told, signature(callback.url, callback.body)):
            raise NotFromProvider("wrong signature")
        facts = callback.form
        receipt = Receipt(segments=int(facts["parts"])) if "parts" in facts else Receipt()
        return [
            Report(
                facts["state"], facts.get("id", ""), callback.query.get("message", ""), facts.get("error", ""), receipt
            )
        ]


class Other(Reporting):
    """Another provider of the same make."""


def signature(url, body):
    return hmac.new(KEY, url.encode() + body, "sha256").hexdigest()


@pytest.fixture
def providers(site):
    path = "tests.test_reports"
    site(SMS_PROVIDERS={"one": {"BACKEND": f"{path}.Reporting"}, "two": {"BACKEND": f"{path}.Other"}})


def report(state, message=None, name="one", key_url="", method="post", channel="sms", **facts):
    from urllib.parse import urlencode

    path = f"/delivery/{channel}/{name}/" + (f"?message={message}" if message else "")
    body = urlencode({"state": state, **facts}).encode()
    signed = signature(f"http://testserver{key_url or path}", body)
    send = getattr(Client(enforce_csrf_checks=True), method)
    return send(path, body, content_type="application/x-www-form-urlencoded", headers={"X-Signature": signed})


def sent(api):
    start_phone(api)
    return Message.objects.get()


def test_what_arrived_is_marked_and_what_it_took(api, providers):
    message = sent(api)
    assert (message.state, message.segments) == ("sent", 2)
    assert report("delivered", message.sid, parts="3").status_code == 200
    message.refresh_from_db()
    assert (message.state, message.segments, bool(message.reported_at)) == ("delivered", 3, True)


def test_what_did_not_arrive_says_why(api, providers):
    message = sent(api)
    report("failed", message.sid, error="30005: unknown subscriber")
    message.refresh_from_db()
    assert (message.state, message.error) == ("undelivered", "30005: unknown subscriber")


def test_a_message_is_found_by_the_providers_id_as_well(api, providers):
    message = sent(api)
    report("delivered", id=f"id-of-{message.sid}")
    assert Message.objects.get().state == "delivered"


@pytest.mark.parametrize(
    ("states", "end"),
    [(["sent", "delivered"], "delivered"), (["delivered", "sent"], "delivered"), (["delivered", "failed"], "delivered"), (["failed", "delivered"], "undelivered"),
     (["sent", "sent"], "sent"), (["delivered", "delivered"], "delivered")],
)  # fmt: skip
def test_reports_may_come_in_any_order_and_twice(api, providers, states, end):
    message = sent(api)
    for state in states:
        assert report(state, message.sid).status_code == 200
    assert Message.objects.get().state == end


def test_a_report_that_is_faster_than_the_answer_ends_the_tries(api, providers, site, later):
    site(SENDING="worker")
    start_phone(api)
    message = Message.objects.lease(Message.objects.get().pk)
    report("delivered", message.sid)
    assert (Message.objects.get().state, bytes(Message.objects.get().sealed)) == ("delivered", b"")
    message.provider = "one"
    from loginradius_passwordless.models.message import Told

    message.mark_sent(Told("id-1", 1))
    message.refresh_from_db()
    assert (message.state, message.provider, message.provider_id) == ("delivered", "one", "id-1")
    later(seconds=60)
    assert deliver_due() == (0, 0)


def test_one_provider_cannot_say_that_what_another_sent_did_not_arrive(api, providers):
    message = sent(api)
    report("failed", message.sid, name="two")
    assert Message.objects.get().state == "sent"


@pytest.mark.parametrize(
    "facts", [{"message": uuid.uuid4()}, {"message": "x"}, {"id": "nobodys"}, {"id": ""}, {"id": "x" * 5000}, {}]
)
def test_a_report_of_an_unknown_message_changes_nothing(api, providers, facts):
    sent(api)
    assert report("delivered", **facts).status_code == 200
    assert Message.objects.get().state == "sent"


def test_a_report_with_a_wrong_signature_is_refused(api, providers, caplog):
    message = sent(api)
    assert report("delivered", message.sid, key_url="/delivery/sms/two/").status_code == 403
    assert Message.objects.get().state == "sent"
    assert "not from it: wrong signature" in caplog.text


def test_the_address_that_was_signed_is_ours_whatever_host_the_request_names(api, providers, site):
    site(PUBLIC_URL="https://login.example.com/sso")
    message = sent(api)
    body = b"state=delivered"
    address = f"https://login.example.com/sso/delivery/sms/one/?message={message.sid}"
    answer = Client().post(
        f"/delivery/sms/one/?message={message.sid}", body, content_type="application/x-www-form-urlencoded",
        headers={"X-Signature": signature(address, body), "Host": "evil.example"},
    )  # fmt: skip
    assert answer.status_code == 200
    assert Message.objects.get().state == "delivered"


@pytest.mark.parametrize(
    ("name", "channel", "method", "status"),
    [
        ("three", "sms", "post", 404),
        ("one", "voice", "post", 404),
        ("one", "email", "post", 404),
        ("one", "sms", "put", 405),
        ("one", "sms", "delete", 405),
    ],
)
def test_who_has_no_reports_here(api, providers, name, channel, method, status):
    message = sent(api)
    assert report("delivered", message.sid, name=name, channel=channel, method=method).status_code == status
    assert Message.objects.get().state == "sent"


def test_a_provider_without_reports_is_believed_nothing(api):
    message = sent(api)
    assert report("delivered", message.sid, name="memory").status_code == 403


def test_an_id_says_nothing_of_the_messages_of_another_provider(api, providers):
    message = sent(api)
    assert report("delivered", name="two", id=message.provider_id).status_code == 200
    assert Message.objects.get().state == "sent"
    assert report("delivered", name="one", id=message.provider_id).status_code == 200
    assert Message.objects.get().state == "delivered"


def test_a_provider_that_is_described_wrongly_is_to_come_back(api, providers, site, caplog):
    site(SMS_PROVIDERS={"one": {"BACKEND": "no.such.Backend"}})
    assert report("delivered").status_code == 503
    assert "Provider one cannot be used (ModuleNotFoundError)" in caplog.text


def test_a_provider_that_hangs_up_is_no_fault_of_ours(providers, rf):
    request = rf.post("/delivery/sms/one/", b"", content_type="application/json")

    def hang_up(*arguments):
        raise UnreadablePostError

    request.read = hang_up
    assert ReportView.as_view()(request, channel="sms", name="one").status_code == 400


def test_a_huge_report_is_not_read(api, providers):
    assert report("delivered", error="x" * 70_000).status_code == 413


def test_a_backend_that_breaks_over_a_report_is_named_in_the_log_and_the_report_is_not(api, providers, caplog):
    message = sent(api)
    headers = {"X-Signature": signature("http://testserver/delivery/sms/one/", b"\xff{secret")}
    answer = Client().post("/delivery/sms/one/", b"\xff{secret", content_type="application/json", headers=headers)
    assert answer.status_code == 403
    assert "provider one cannot read a callback: KeyError" in caplog.text
    assert "secret" not in caplog.text
    assert Message.objects.get(pk=message.pk).state == "sent"
