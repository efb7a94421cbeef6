"""A receiver that checks a webhook by either signature takes it from us, and from nobody else."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine
from django.test import RequestFactory
from standardwebhooks import Webhook, WebhookVerificationError

from loginradius_passwordless import crypto
from loginradius_passwordless.backends.webhook_signing import sign

from .test_docs import DOCS, blocks

BODY = '{"HookName":"login","Data":{"FullName":"Zoë"}}'.encode()
OLD, NEW = crypto.new_webhook_secret(), crypto.new_webhook_secret()
API_SECRET = "the-secret-of-the-shop"


def signed(body=BODY, secrets=(NEW,), sent_at=None, event_id="evt_1"):
    return sign(body, event_id=event_id, sent_at=sent_at or datetime.now(UTC), secrets=secrets, api_secret=API_SECRET)


def loginradius_accepts(body, headers, api_secret=API_SECRET):
    """Check a webhook as receivers written for LoginRadius do."""
    expected = hmac.new(api_secret.encode(), body, hashlib.sha256).hexdigest().upper()
    return hmac.compare_digest(expected, headers["signature"])


def flipped(data, place):
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_a_secret_is_256_bits_as_the_standard_writes_them_and_never_the_same():
    drawn = {crypto.new_webhook_secret() for _ in range(100)}
    assert len(drawn) == 100
    for secret in drawn:
        assert secret.startswith("whsec_")
        assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32


def test_the_verifier_of_the_standard_accepts_what_we_sign():
    assert Webhook(NEW).verify(BODY, signed()) == {"HookName": "login", "Data": {"FullName": "Zoë"}}


def test_the_example_of_the_specification_comes_out_as_it_stands_there():
    """The secret, the parts and the signature of the reference library's own test."""
    headers = sign(
        b'{"test": 2432232314}', event_id="msg_p5jXN8AQM9LWM0D4loKWxJek", sent_at=datetime.fromtimestamp(1614265330, UTC),
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], api_secret=API_SECRET,
    )  # fmt: skip
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("place", [0, 10, -5])
def test_a_flipped_bit_of_the_body_is_refused_by_both(place):
    headers, changed = signed(), flipped(BODY, place % len(BODY))
    with pytest.raises((WebhookVerificationError, UnicodeDecodeError)):
        Webhook(NEW).verify(changed, headers)
    assert loginradius_accepts(BODY, headers)
    assert not loginradius_accepts(changed, headers)


@pytest.mark.parametrize(
    ("header", "value"),
    [("webhook-id", "evt_2"), ("webhook-timestamp", lambda now: str(now + 60)), ("webhook-signature", "v1,AAAA")],
)
def test_a_changed_header_is_refused(header, value):
    headers = signed()
    headers[header] = value(int(time.time())) if callable(value) else value
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(NEW).verify(BODY, headers)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_was_signed_at_another_time_is_refused(minutes):
    headers = signed()
    with (
        time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes)),
        pytest.raises(WebhookVerificationError, match="too"),
    ):
        Webhook(NEW).verify(BODY, headers)


def test_the_zone_of_the_time_does_not_matter():
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert signed(sent_at=moment) == signed(sent_at=moment.astimezone(timezone(timedelta(hours=-8))))


def test_while_a_secret_is_replaced_a_receiver_may_know_either():
    headers = signed(secrets=[NEW, OLD])
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(crypto.new_webhook_secret()).verify(BODY, headers)


def test_a_secret_that_was_replaced_is_good_no_more():
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(BODY, signed(secrets=[NEW]))


def test_a_receiver_written_for_loginradius_refuses_another_secret_and_small_letters():
    headers = signed()
    assert len(headers["signature"]) == 64
    assert headers["signature"].isupper()
    assert not loginradius_accepts(BODY, headers, "the-secret-of-the-bank")
    assert not loginradius_accepts(BODY, {"signature": headers["signature"].lower()})


def test_no_secret_is_in_the_headers():
    assert not [
        secret for secret in (OLD, NEW, API_SECRET) if secret.removeprefix("whsec_") in str(signed(secrets=[OLD, NEW]))
    ]


def programs():
    """Return the receivers of the page, each as its names."""
    found = []
    for block in blocks(DOCS / "howto/webhooks.md", "python"):
        found.append({"__name__": "mysite.example"})
        exec(compile(block.text, "webhooks.md", "exec"), found[-1])  # noqa: S102
    return found


def test_the_receivers_of_the_page_take_what_we_send_and_nothing_else():
    standard, loginradius, _once = programs()
    post = RequestFactory().post
    headers = signed(secrets=[OLD, standard["SECRET"]])
    assert standard["receive"](post("/", BODY, "application/json", headers=headers)).status_code == 204
    assert standard["events"] == [("evt_1", json.loads(BODY))]
    for changed in (
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "?"},
        {"webhook-timestamp": "1"},
        {"webhook-id": ""},
    ):
        assert (
            standard["receive"](post("/", BODY, "application/json", headers={**headers, **changed})).status_code == 401
        )
    assert standard["receive"](post("/", b"\xff", "application/json", headers=headers)).status_code == 401
    assert len(standard["events"]) == 1
    signature = sign(
        BODY, event_id="e", sent_at=datetime.now(UTC), secrets=[NEW], api_secret=loginradius["API_SECRET"]
    )["signature"]
    assert loginradius["is_genuine"](BODY, signature)
    assert not loginradius["is_genuine"](BODY, signature.lower())
    assert not loginradius["is_genuine"](BODY, "ä")


UNSIGNABLE = {
    "no secret": {"secrets": []},
    "an empty secret": {"secrets": [NEW, "whsec_"]},
    "a short secret": {"secrets": ["whsec_" + base64.b64encode(b"x" * 23).decode()]},
    "a character that base64 lacks": {"secrets": ["whsec_!" + NEW[6:]]},
    "no base64": {"secrets": [NEW[:-1]]},
    "no identifier": {"event_id": ""},
    "a full stop": {"event_id": "a.1"},
    "no zone": {"sent_at": datetime(2026, 1, 1)},
    "no UTF-8": {"body": b"\xff"},
}


@pytest.mark.parametrize("changed", UNSIGNABLE.values(), ids=UNSIGNABLE)
def test_what_cannot_be_signed_well_is_not_signed_and_no_secret_is_told(changed):
    with pytest.raises(ValueError) as refused:
        signed(**changed)
    assert NEW[6:-1] not in str(refused.value)
