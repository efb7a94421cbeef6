"""Vonage: what it is sent, what becomes of its answers, and which of its callbacks are believed."""

import base64
import hashlib
import hmac
import json
import logging
import time
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from loginradius_passwordless.backends.base import DeliveryFailed, NotFromProvider, Receipt
from loginradius_passwordless.backends.sms.vonage import SMSBackend
from loginradius_passwordless.backends.voice.vonage import VoiceBackend
from loginradius_passwordless.backends.vonage import signature

from .vendors import (
    ODD_BODIES,
    PUBLIC,
    REFERENCE,
    REPORT_URL,
    SECRETS,
    SPOKEN,
    TEXT,
    TO,
    a_call,
    a_callback,
    a_server_that_says_nothing,
    a_server_that_sends,
    a_text,
    an_address_where_nobody_listens,
)

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
APPLICATION = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
SECRET = "what they sign with"


def pem(key, encryption=None):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()).decode()


SMS_OPTIONS = {
    "api_key": "abcd1234",
    "api_secret": "the secret of the key",
    "signature_secret": SECRET,
    "signature_method": "sha256",
    "sender": "+14155550100",
    "timeout": 0.5,
}
VOICE_OPTIONS = {
    "application_id": APPLICATION,
    "private_key": pem(KEY),
    "signature_secret": SECRET,
    "sender": "14155550100",
    "timeout": 0.5,
}


@pytest.fixture(autouse=True)
def _no_secret_is_logged(caplog):
    caplog.set_level(logging.DEBUG)
    yield
    logged = "\n".join(record.getMessage() for record in caplog.get_records("call"))
    assert not [secret for secret in SECRETS if secret in logged]


def sms_by(base_url, **options):
    return SMSBackend(**{**SMS_OPTIONS, "base_url": base_url, **options})


def voice_by(base_url, **options):
    return VoiceBackend(**{**VOICE_OPTIONS, "base_url": base_url, **options})


@pytest.fixture
def sms(httpserver):
    return sms_by(httpserver.url_for(""))


@pytest.fixture
def voice(httpserver):
    return voice_by(httpserver.url_for(""))


def form_sent_to(httpserver):
    [(request, _answer)] = httpserver.log
    assert (request.method, request.content_type) == ("POST", "application/x-www-form-urlencoded")
    assert "Authorization" not in request.headers
    return dict(parse_qsl(request.get_data(as_text=True), strict_parsing=True))


def failure_of(send, message):
    """What a backend raises; its text tells nothing that staff should not read."""
    with pytest.raises(DeliveryFailed) as raised:
        send(message)
    assert not [secret for secret in SECRETS if secret in repr(raised.value)]
    return raised.value


def a_part(status="0", **other):
    facts = {"to": TO[1:], "message-id": "0A01", "status": status, "message-price": "0.03330000", "network": "310090"}
    return {**facts, "remaining-balance": "3.14", **other}


def answer_of(*parts):
    return {"message-count": str(len(parts)), "messages": list(parts)}


def test_a_text_is_sent_as_vonage_documents_it(httpserver, sms):
    httpserver.expect_request("/sms/json").respond_with_json(answer_of(a_part()))
    assert sms.send(a_text(entity_id="11", template_id="12")) == Receipt("0A01", 1, Decimal("0.0333"), "EUR")
    assert form_sent_to(httpserver) == {
        "api_key": "abcd1234",
        "api_secret": "the secret of the key",
        "from": "14155550100",
        "to": "14155550123",
        "text": TEXT,
        "type": "text",
        "client-ref": REFERENCE,
        "callback": PUBLIC,
        "entity-id": "11",
        "content-id": "12",
    }


@pytest.mark.parametrize(("text", "kind"), [("Grüße: {1} €", "text"), ("Код: 1", "unicode"), ("🔑 1&2=3", "unicode")])
def test_a_text_goes_in_the_alphabet_that_it_needs(httpserver, sms, text, kind):
    httpserver.expect_request("/sms/json").respond_with_json(answer_of(a_part()))
    sms.send(a_text(text))
    form = form_sent_to(httpserver)
    assert (form["type"], form["text"]) == (kind, text)


def test_what_is_empty_is_not_sent_and_the_sender_of_a_country_goes_first(httpserver, sms):
    httpserver.expect_request("/sms/json").respond_with_json(answer_of(a_part()))
    sms.send(a_text(sender="Shop", report_url=""))
    form = form_sent_to(httpserver)
    assert set(form) == {"api_key", "api_secret", "from", "to", "text", "type", "client-ref"}
    assert form["from"] == "Shop"


@pytest.mark.parametrize(
    ("url", "options"),
    [("http://localhost:8000/d/", {}), ("https://" + "x" * 90 + ".example/d/", {}), (REPORT_URL, {"signature_secret": ""})],
)  # fmt: skip
def test_no_reports_are_asked_for_that_cannot_come_or_cannot_be_checked(httpserver, url, options):
    httpserver.expect_request("/sms/json").respond_with_json(answer_of(a_part()))
    sms_by(httpserver.url_for(""), **options).send(a_text(report_url=url))
    assert "callback" not in form_sent_to(httpserver)


def test_a_reference_is_cut_to_what_vonage_takes(httpserver, sms):
    httpserver.expect_request("/sms/json").respond_with_json(answer_of(a_part()))
    sms.send(a_text(reference="r" * 200))
    assert form_sent_to(httpserver)["client-ref"] == "r" * 100


def test_without_a_secret_a_request_is_signed(httpserver):
    httpserver.expect_request("/sms/json").respond_with_json(answer_of(a_part()))
    sms_by(httpserver.url_for(""), api_secret="").send(a_text("1&2=3"))
    form = form_sent_to(httpserver)
    given = form.pop("sig")
    assert "api_secret" not in form
    assert abs(int(form["timestamp"]) - time.time()) < 5
    text = "".join(f"&{name}={form[name].replace('1&2=3', '1_2_3')}" for name in sorted(form))
    assert given == hmac.new(SECRET.encode(), text.encode(), "sha256").hexdigest()


def test_parts_are_counted_and_paid_one_by_one(httpserver, sms):
    answer = answer_of(a_part(), a_part(**{"message-id": "0A02"}))
    httpserver.expect_request("/sms/json").respond_with_json(answer)
    assert sms.send(a_text()) == Receipt("0A01", 2, Decimal("0.0666"), "EUR")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"messages": [{"status": "0"}]}, Receipt("", 1)),
        ({"messages": [{"status": 0, "message-id": "0A01", "more": {}}], "more": []}, Receipt("0A01", 1)),
        ({"messages": [a_part(**{"message-price": "NaN", "message-id": 7})], "message-count": None}, Receipt("", 1)),
        ({"messages": [a_part(), a_part(**{"message-price": None})], "message-count": "x"}, Receipt("0A01", 2)),
    ],
)
def test_of_a_receipt_only_what_has_the_right_shape_is_kept(httpserver, sms, answer, expected):
    httpserver.expect_request("/sms/json").respond_with_json(answer)
    assert sms.send(a_text()) == expected


@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        ("7", True), ("33", True),
        ("1", False), ("2", False), ("3", False), ("4", False), ("5", False), ("6", False), ("8", False), ("9", False),
        ("10", False), ("11", False), ("12", False), ("13", False), ("14", False), ("15", False), ("22", False),
        ("23", False), ("29", False), ("32", False), ("101", False),
    ],
)  # fmt: skip
def test_a_200_with_an_error_in_it_is_a_refusal(httpserver, sms, status, permanent):
    httpserver.expect_request("/sms/json").respond_with_json(
        answer_of({"status": status, "error-text": f"Not {TO}: {TEXT}"}), headers={"Retry-After": "3"}
    )
    failed = failure_of(sms.send, a_text())
    assert (failed.permanent, failed.may_have_arrived, failed.retry_after) == (permanent, False, 3)
    assert str(failed).startswith(f"Vonage {status}: ")


def test_half_a_text_may_be_all_that_somebody_needs(httpserver, sms):
    httpserver.expect_request("/sms/json").respond_with_json(answer_of(a_part(), a_part("1")))
    failed = failure_of(sms.send, a_text())
    assert (str(failed), failed.permanent) == ("Vonage 1: too many messages at once", False)
    assert failed.may_have_arrived


@pytest.mark.parametrize(
    "body",
    [
        *ODD_BODIES,
        '{"messages": null}', '{"messages": []}', '{"messages": {}}', '{"messages": [7]}', '{"messages": [{}]}',
        '{"messages": [{"status": "0"}, null]}', '{"messages": [{"status": null}]}', '{"messages": [{"status": [0]}]}',
        '{"messages": [{"status": "-1"}]}', '{"messages": [{"status": true}]}', '{"messages": "0"}',
    ],
)  # fmt: skip
def test_a_200_that_cannot_be_read_says_neither_yes_nor_no(httpserver, sms, body):
    httpserver.expect_request("/sms/json").respond_with_data(body, status=200)
    failed = failure_of(sms.send, a_text())
    assert (str(failed), failed.permanent, failed.may_have_arrived) == ("the answer cannot be read", False, True)


def test_half_an_answer_says_neither_yes_nor_no():
    start = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n"
    with a_server_that_sends(start + b'{"message-count": "1", "messages": [{"status": "0"') as address:
        failed = failure_of(sms_by(address).send, a_text())
    assert (str(failed), failed.permanent, failed.may_have_arrived) == ("the answer cannot be read", False, True)


@pytest.mark.parametrize("status", [302, 400, 401, 402, 403, 404, 420, 429, 500, 502, 503])
def test_a_status_that_is_no_200_is_a_refusal_whatever_the_body_says(httpserver, sms, status):
    httpserver.expect_request("/sms/json").respond_with_json(
        answer_of(a_part()), status=status, headers={"Retry-After": "9", "Location": "/elsewhere"}
    )
    failed = failure_of(sms.send, a_text())
    is_doubtful = status in (500, 502)
    assert (str(failed), failed.permanent, failed.may_have_arrived) == (f"HTTP {status}", False, is_doubtful)
    assert failed.retry_after == 9


def send_by(kind, address):
    """Send a text or make a call, by a server that will not do it."""
    if kind == "sms":
        return failure_of(sms_by(address).send, a_text())
    return failure_of(voice_by(address).call, a_call())


@pytest.mark.parametrize("kind", ["sms", "voice"])
def test_who_never_answers_may_have_sent_it(kind):
    with a_server_that_says_nothing() as address:
        failed = send_by(kind, address)
    assert (str(failed), failed.permanent, failed.may_have_arrived) == ("ReadTimeout", False, True)


@pytest.mark.parametrize("kind", ["sms", "voice"])
def test_who_is_not_there_has_not_sent_it(kind):
    failed = send_by(kind, an_address_where_nobody_listens())
    assert (str(failed), failed.permanent, failed.may_have_arrived) == ("ConnectionError", False, False)


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def call_sent_to(httpserver):
    """The body of the one request, once its token is verified as RFC 7515 says."""
    [(request, _answer)] = httpserver.log
    assert (request.method, request.content_type) == ("POST", "application/json")
    scheme, _space, token = request.headers["Authorization"].partition(" ")
    header, claims, signed = token.split(".")
    KEY.public_key().verify(decoded(signed), f"{header}.{claims}".encode(), PKCS1v15(), SHA256())
    assert scheme == "Bearer"
    assert json.loads(decoded(header)) == {"alg": "RS256", "typ": "JWT"}
    return json.loads(request.get_data()), json.loads(decoded(claims))


def test_a_call_is_made_as_vonage_documents_it(httpserver, voice):
    httpserver.expect_request("/v1/calls").respond_with_json({"uuid": "u-1", "status": "started"}, status=201)
    assert voice.call(a_call(language="de")) == Receipt("u-1")
    body, claims = call_sent_to(httpserver)
    assert body == {
        "to": [{"type": "phone", "number": "14155550123"}],
        "from": {"type": "phone", "number": "14155550100"},
        "ncco": [{"action": "talk", "text": SPOKEN, "language": "de-DE", "style": 0}],
        "event_url": [PUBLIC],
        "event_method": "POST",
    }
    assert (set(claims), claims["application_id"]) == ({"application_id", "iat", "exp", "jti"}, APPLICATION)
    assert abs(claims["iat"] - time.time()) < 5
    assert claims["exp"] == claims["iat"] + 60


def test_every_token_is_another_one(httpserver, voice):
    httpserver.expect_request("/v1/calls").respond_with_json({"uuid": "u-1"}, status=201)
    voice.call(a_call())
    voice.call(a_call())
    assert len({request.headers["Authorization"] for request, _answer in httpserver.log}) == 2


@pytest.mark.parametrize(
    ("options", "language", "expected"),
    [
        ({}, "en-GB", ("en-GB", 0, None)), ({}, "en", ("en-US", 0, None)), ({}, "de-AT", ("de-DE", 0, None)),
        ({}, "ar", ("ar", 0, None)), ({}, "zh-TW", ("cmn-TW", 0, None)), ({}, "xx", ("xx", 0, None)),
        ({"styles": {"de-DE": 3}}, "de", ("de-DE", 3, None)), ({"styles": {"de": 3}, "premium": True}, "de", ("de-DE", 3, True)),
        ({"styles": {"de-DE": 3}}, "fr", ("fr-FR", 0, None)),
    ],
)  # fmt: skip
def test_a_call_is_spoken_in_its_language_by_the_voice_that_was_asked_for(httpserver, options, language, expected):
    httpserver.expect_request("/v1/calls").respond_with_json({"uuid": "u-1"}, status=201)
    voice_by(httpserver.url_for(""), **options).call(a_call(language=language))
    [talk] = call_sent_to(httpserver)[0]["ncco"]
    assert (talk["language"], talk["style"], talk.get("premium")) == expected


def test_a_call_without_reports_and_with_the_sender_of_a_country(httpserver):
    httpserver.expect_request("/v1/calls").respond_with_json({"uuid": "u-1"}, status=201)
    voice_by(httpserver.url_for(""), signature_secret="").call(a_call(sender="+4930123456"))
    body, _claims = call_sent_to(httpserver)
    assert set(body) == {"to", "from", "ncco"}
    assert body["from"]["number"] == "4930123456"


@pytest.mark.parametrize("body", [*ODD_BODIES, '{"uuid": ["u"]}'])
def test_a_call_is_made_when_the_status_says_so_whatever_the_body_is(httpserver, voice, body):
    httpserver.expect_request("/v1/calls").respond_with_data(body, status=201)
    assert voice.call(a_call()) == Receipt()


PROBLEMS = [
    (401, "https://developer.vonage.com/api-errors#unauthorized", "Vonage unauthorized: the credentials are wrong"),
    (401, "https://developer.nexmo.com/api-errors#jwt-expired", "Vonage jwt-expired: the token is too old: is the clock right?"),
    (401, "https://developer.nexmo.com/api-errors#jwt-revoked", "Vonage jwt-revoked: the key was revoked"),
    (402, "https://developer.nexmo.com/api-errors#low-balance", "Vonage low-balance: the account has run out of credit"),
    (403, "https://developer.nexmo.com/api-errors#forbidden", "Vonage forbidden: the account may not call this number"),
    (403, "https://developer.nexmo.com/api-errors#account-suspended", "Vonage account-suspended: the account is suspended"),
    (404, "https://developer.nexmo.com/api/voice#call:error:not-found", "Vonage not-found: there is no such application"),
    (429, "https://developer.nexmo.com/api-errors#rate-limit", "Vonage rate-limit: too many calls at once"),
    (500, "https://developer.nexmo.com/api-errors", "HTTP 500"), (400, f"https://x.example/#{TO}", "HTTP 400"),
    (401, "UNAUTHORIZED", "Vonage unauthorized: the credentials are wrong"), (400, 400, "HTTP 400"), (400, ["x"], "HTTP 400"), (400, "http://[", "HTTP 400"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind", "reason"), PROBLEMS)
def test_a_call_that_is_refused_may_be_made_by_another_provider(httpserver, voice, status, kind, reason):
    problem = {"type": kind, "title": TO, "detail": TEXT}
    httpserver.expect_request("/v1/calls").respond_with_json(problem, status=status, headers={"Retry-After": "2"})
    failed = failure_of(voice.call, a_call())
    assert (str(failed), failed.permanent, failed.may_have_arrived) == (reason, False, status == 500)
    assert failed.retry_after == 2


@pytest.mark.parametrize(("status", "body"), [(status, body) for status in (400, 502) for body in ODD_BODIES])
def test_a_call_that_is_refused_in_no_words_was_refused_or_nobody_knows(httpserver, voice, status, body):
    httpserver.expect_request("/v1/calls").respond_with_data(body, status=status)
    failed = failure_of(voice.call, a_call())
    assert (str(failed), failed.permanent, failed.may_have_arrived) == (f"HTTP {status}", False, status == 502)


@pytest.mark.parametrize(
    ("invalid", "permanent"),
    [
        ([{"name": "to[0].number", "reason": TO}], True), ([{"name": "to"}], True),
        ([{"name": "to"}, {"name": "from"}], False), ([{"name": "token"}], False), ([{"name": None}], False),
        ([{"name": "ncco[0].text"}], False), ([], False), (["to"], False), ({"name": "to"}, False), ("to", False),
    ],
)  # fmt: skip
def test_a_number_that_is_none_is_called_by_nobody(httpserver, voice, invalid, permanent):
    problem = {"type": "https://developer.nexmo.com/api-errors#invalid-params", "invalid_parameters": invalid}
    httpserver.expect_request("/v1/calls").respond_with_json(problem, status=400)
    assert failure_of(voice.call, a_call()).permanent is permanent


def test_a_key_that_cannot_be_read_calls_nobody_and_is_not_shown(httpserver):
    failed = failure_of(voice_by(httpserver.url_for(""), private_key="the secret of the key").call, a_call())
    assert (str(failed), failed.permanent, failed.may_have_arrived) == ("the private key cannot be read", False, False)
    assert not httpserver.log


def test_a_key_may_come_from_a_variable_in_one_line(httpserver):
    httpserver.expect_request("/v1/calls").respond_with_json({"uuid": "u-1"}, status=201)
    voice_by(httpserver.url_for(""), private_key=pem(KEY).replace("\n", "\\n")).call(a_call())
    call_sent_to(httpserver)


# What Vonage's own library for Python makes of these parameters and SECRET.
DOCUMENTED = {
    "msisdn": "14155550123", "to": "Shop", "network-code": "310090", "messageId": "0A0000000123ABCD1",
    "price": "0.03330000", "status": "delivered", "scts": "2001011400", "err-code": "0", "client-ref": "a&b=c",
    "message-timestamp": "2020-01-01 12:00:00", "timestamp": "1577880000", "nonce": "n", "api-key": "abcd1234",
}  # fmt: skip


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("md5hash", "ed414c4a52faab46b8b290033ec2fc7c"),
        ("md5", "936a832a3bfe976c560b02eb929cc4d9"),
        ("sha1", "21046efdd9f666b0a772d8f0a513dcee50550dfb"),
        ("sha256", "021b011898148883d7cb3f1a17d66399cf7770a07702f0413b02bbea1db8cc8c"),
        (
            "sha512",
            "325eb0c4daa40e1f87b8a619e46c9a6c0efb5df98ed8176552a9f6f9e96bb4d6f3144b32661f4c54bdb08752aba68479445ef9fb075d6ed46bb33bed62f7dffd",
        ),
    ],
)
def test_signatures_are_those_of_vonages_own_library(method, expected):
    assert signature(DOCUMENTED, SECRET, method) == expected


def a_receipt(**changes):
    """The parameters of a report, without those that are None."""
    now = str(int(time.time()))
    facts = {**DOCUMENTED, "timestamp": now, "client-ref": REFERENCE, **changes}
    return {name: value for name, value in facts.items() if value is not None}


def signed(parameters, secret=SECRET, method="sha256"):
    text = "".join(
        f"&{name}={str(parameters[name]).replace('&', '_').replace('=', '_')}" for name in sorted(parameters)
    )
    octets = text.encode(errors="surrogatepass")
    if method == "md5hash":
        return {**parameters, "sig": hashlib.md5(octets + secret.encode()).hexdigest()}  # noqa: S324
    return {**parameters, "sig": hmac.new(secret.encode(), octets, method).hexdigest().upper()}


def by_get(parameters):
    return a_callback(f"{PUBLIC}?{urlencode(parameters, errors='surrogatepass')}", method="GET")


def by_form(parameters):
    return a_callback(PUBLIC, parameters)


def by_json(parameters):
    return a_callback(PUBLIC, body=json.dumps(parameters).encode())


WAYS = pytest.mark.parametrize("way", [by_get, by_form, by_json])


@WAYS
@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha256", "sha512"])
def test_a_report_is_believed_in_each_form_and_signature_that_vonage_has(way, method):
    backend = SMSBackend(**{**SMS_OPTIONS, "signature_method": method})
    [report] = backend.read(way(signed(a_receipt(), method=method)))
    assert (report.state, report.id, report.reference) == ("delivered", "0A0000000123ABCD1", REFERENCE)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("accepted", "0", [("sent", "")]), ("buffered", "0", [("sent", "")]), ("delivered", "0", [("delivered", "")]),
        ("failed", "9", [("failed", "Vonage 9: the owner wants no messages of this service")]),
        ("expired", "2", [("failed", "Vonage 2: the phone cannot be reached now")]),
        ("rejected", "98", [("failed", "Vonage 98: rejected")]), ("rejected", None, [("failed", "Vonage ?: rejected")]),
        ("unknown", "1", []), ("of tomorrow", "0", []), (None, "0", []),
    ],
)  # fmt: skip
def test_a_report_of_a_text_says_what_became_of_it(status, code, expected):
    form = signed(a_receipt(**{"status": status, "err-code": code, "of-tomorrow": "ä&="}))
    reports = SMSBackend(**SMS_OPTIONS).read(by_form(form))
    assert [(one.state, one.error) for one in reports] == expected


def test_a_report_in_json_may_hold_numbers():
    [report] = SMSBackend(**SMS_OPTIONS).read(by_json(signed(a_receipt(timestamp=int(time.time())))))
    assert report.state == "delivered"


@WAYS
def test_a_report_that_comes_again_says_the_same(way):
    callback, backend = way(signed(a_receipt())), SMSBackend(**SMS_OPTIONS)
    assert backend.read(callback) == backend.read(callback)


ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def flipped(text):
    return text[:-1] + ("0" if text[-1] != "0" else "1")


@WAYS
@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields.pop("sig"),
        lambda fields: fields.update(sig=""),
        lambda fields: fields.update(sig=flipped(fields["sig"])),
        lambda fields: fields.update(sig="ü\ud800"),
        lambda fields: fields.update(status="failed"),
        lambda fields: fields.update(more="1"),
        lambda fields: fields.pop("nonce"),
        lambda fields: fields.update(signed(a_receipt(), secret="another secret")),
        lambda fields: fields.update(signed(a_receipt(), method="sha1")),
        lambda fields: fields.update(signed(a_receipt(timestamp=str(int(time.time()) - 302)))),
        lambda fields: fields.update(signed(a_receipt(timestamp=str(int(time.time()) + 302)))),
        lambda fields: fields.update(signed(a_receipt(timestamp="soon"))),
        lambda fields: fields.update(signed(a_receipt(timestamp=str(int(time.time())).translate(ARABIC_DIGITS)))),
        lambda fields: fields.update(signed(a_receipt(timestamp="9" * 5000))),
        lambda fields: fields.update(signed(a_receipt(messageId="x" * 101))),
        lambda fields: fields.update(signed(a_receipt(messageId="\ud800"))),
        lambda fields: (fields.clear(), fields.update(signed(a_receipt(timestamp=None)))),
        lambda fields: (fields.clear(), fields.update(signed(a_receipt(messageId=None)))),
        lambda fields: (fields.clear(), fields.update(signed({}))),
        lambda fields: fields.clear(),
    ],
)
def test_what_vonage_did_not_sign_just_now_or_could_not_have_sent_is_refused(way, change):
    fields = signed(a_receipt())
    change(fields)
    with pytest.raises(NotFromProvider):
        SMSBackend(**SMS_OPTIONS).read(way(fields))


@pytest.mark.parametrize("body", [*ODD_BODIES, '{"status": null}', '{"status": {}}', '{"timestamp": 1.5}', '{"sig": true}', '{"sig": "\\ud800"}'])  # fmt: skip
def test_a_body_that_is_no_report_is_refused(body):
    with pytest.raises(NotFromProvider):
        SMSBackend(**SMS_OPTIONS).read(a_callback(PUBLIC, body=body.encode("latin-1")))


@WAYS
def test_a_name_cannot_hide_the_parameter_behind_it(way):
    fields = signed(a_receipt(status="unknown"))
    fields[f"scts={fields.pop('scts')}&status"] = fields.pop("status")
    with pytest.raises(NotFromProvider):
        SMSBackend(**SMS_OPTIONS).read(way(fields))


def test_parameters_that_are_valid_in_one_place_do_not_vouch_for_another():
    url = f"{PUBLIC}?{urlencode(signed(a_receipt()))}"
    with pytest.raises(NotFromProvider):
        SMSBackend(**SMS_OPTIONS).read(a_callback(url, {"status": "failed", "messageId": "0A01"}))


@pytest.mark.parametrize("method", ["md5hash", "sha256"])
def test_without_a_signature_secret_no_report_is_believed(method):
    backend = SMSBackend(**{**SMS_OPTIONS, "signature_secret": "", "signature_method": method})
    with pytest.raises(NotFromProvider, match="signature_secret"):
        backend.read(by_form(signed(a_receipt(), secret="", method=method)))
    with pytest.raises(NotFromProvider, match="signature_secret"):
        VoiceBackend(**{**VOICE_OPTIONS, "signature_secret": ""}).read(event(secret=""))


EVENT = {
    "uuid": "u-1", "status": "completed", "to": TO[1:], "direction": "outbound", "price": "0.00150000", "rate": "0.01",
    "duration": "12", "network": "US-FIXED", "timestamp": "2020-01-01T12:00:00.000Z",
}  # fmt: skip


def encoded(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def bearer(body, secret=SECRET, algorithm="HS256", **changes):
    now = int(time.time())
    claims = {
        "iss": "Vonage",
        "iat": now,
        "jti": "j",
        "api_key": "abcd1234",
        "payload_hash": hashlib.sha256(body).hexdigest(),
    }
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    head = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": algorithm, "typ": "JWT"}, claims))
    return f"Bearer {head}.{encoded(hmac.digest(secret.encode(), head.encode(), 'sha256'))}"


def event(body=None, sent=None, secret=SECRET, algorithm="HS256", claims=None, **changes):
    """A callback with an event; ``sent`` is a body that nobody signed."""
    raw = body if body is not None else json.dumps({**EVENT, **changes}, separators=(",", ":")).encode()
    return a_callback(
        PUBLIC, body=sent or raw, authorization=bearer(raw, secret=secret, algorithm=algorithm, **(claims or {}))
    )


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [
        ("started", None, [("sent", "")]), ("ringing", None, [("sent", "")]), ("answered", None, [("sent", "")]),
        ("completed", None, [("delivered", "")]), ("busy", None, [("failed", "busy")]), ("timeout", None, [("failed", "timeout")]),
        ("cancelled", None, [("failed", "cancelled")]), ("unanswered", "unavailable", [("failed", "the phone cannot be reached now")]),
        ("failed", "number_out_of_service", [("failed", "the number is out of service")]), ("failed", {}, [("failed", "failed")]),
        ("rejected", f"not {TO}", [("failed", "rejected")]), ("human", None, []), ("of tomorrow", None, []), (None, None, []), ([], None, []),
    ],
)  # fmt: skip
def test_an_event_of_a_call_says_what_became_of_it(status, detail, expected):
    reports = VoiceBackend(**VOICE_OPTIONS).read(event(status=status, detail=detail))
    assert [(one.state, one.error) for one in reports] == expected
    assert {(one.id, one.reference) for one in reports} <= {("u-1", "")}


def test_the_last_event_of_a_call_says_what_it_cost():
    [report] = VoiceBackend(**VOICE_OPTIONS).read(event())
    assert report.receipt == Receipt("u-1", price=Decimal("0.0015"), currency="EUR")
    [report] = VoiceBackend(**VOICE_OPTIONS).read(event(price=None))
    assert report.receipt == Receipt()


def test_an_event_that_comes_again_says_the_same():
    callback, backend = event(), VoiceBackend(**VOICE_OPTIONS)
    assert backend.read(callback) == backend.read(callback)


def test_a_body_may_be_hashed_as_vonages_examples_do_it():
    compact = json.dumps(EVENT, separators=(",", ":")).encode()
    assert VoiceBackend(**VOICE_OPTIONS).read(event(body=compact, sent=json.dumps(EVENT).encode()))


def spelled_otherwise(right):
    """The same token, but for the last bits of its signature, which no decoder looks at."""
    start, last = right[:-1], right.rpartition(".")[2]
    same = [
        char
        for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        if decoded(last[:-1] + char) == decoded(last)
    ]
    return start + next(char for char in same if char != right[-1])


@pytest.mark.parametrize(
    "change",
    [
        lambda right: "",
        lambda right: "Bearer",
        lambda right: "Bearer ..",
        lambda right: "Bearer a.b.c",
        lambda right: "Bearer ü.\ud800.x",
        lambda right: right.removeprefix("Bearer "),
        lambda right: right.rpartition(".")[0] + ".",
        lambda right: right.rpartition(".")[0],
        lambda right: flipped(right[:-1]) + right[-1],
        lambda right: right.replace("Bearer e", "Bearer f"),
        lambda right: right + "=",
        spelled_otherwise,
    ],
)
def test_a_token_that_was_touched_is_refused(change):
    body = json.dumps(EVENT).encode()
    right = bearer(body)
    assert VoiceBackend(**VOICE_OPTIONS).read(a_callback(PUBLIC, body=body, authorization=right))
    with pytest.raises(NotFromProvider):
        VoiceBackend(**VOICE_OPTIONS).read(a_callback(PUBLIC, body=body, authorization=change(right)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: a_callback(PUBLIC, body=json.dumps(EVENT).encode()),
        lambda: event(secret="another secret"),
        lambda: event(algorithm="none"),
        lambda: event(algorithm="RS256"),
        lambda: event(sent=json.dumps({**EVENT, "status": "failed"}).encode()),
        lambda: event(claims={"payload_hash": None}),
        lambda: event(claims={"payload_hash": ""}),
        lambda: event(claims={"payload_hash": ["x"]}),
        lambda: event(claims={"payload_hash": "ü\ud800"}),
        lambda: event(claims={"iat": None}),
        lambda: event(claims={"iat": "now"}),
        lambda: event(claims={"iat": True}),
        lambda: event(claims={"iat": 10**400}),
        lambda: event(claims={"iat": float("nan")}),
        lambda: event(claims={"iat": time.time() - 302}),
        lambda: event(claims={"iat": time.time() + 302}),
        lambda: event(claims={"exp": time.time() - 1}),
        lambda: event(claims={"exp": "never"}),
        lambda: event(uuid=None),
        lambda: event(uuid="x" * 101),
    ],
)
def test_an_event_that_vonage_did_not_sign_just_now_is_refused(make):
    with pytest.raises(NotFromProvider):
        VoiceBackend(**VOICE_OPTIONS).read(make())


DEEP = ["[" * 900 + "]" * 900, '{"a":' * 900 + "1" + "}" * 900, '{"a":' * 20_000 + "1" + "}" * 20_000]


@pytest.mark.parametrize("body", [*ODD_BODIES, *DEEP])
def test_a_signed_event_that_is_no_event_is_refused_or_says_nothing(body):
    try:
        assert VoiceBackend(**VOICE_OPTIONS).read(event(body=body.encode("latin-1"))) == []
    except NotFromProvider:
        assert not body.startswith('{"sid"')


HS256 = encoded(b'{"alg": "HS256"}')


@pytest.mark.parametrize("part", ["a", *(encoded(raw) for raw in (b"7", b"null", b"[]", b"{", b"\xff", b"[" * 90_000))])
def test_a_signed_token_that_is_no_token_is_refused(part):
    for head in (f"{part}.{encoded(b'{}')}", f"{HS256}.{part}"):
        token = f"{head}.{encoded(hmac.digest(SECRET.encode(), head.encode(), 'sha256'))}"
        with pytest.raises(NotFromProvider):
            VoiceBackend(**VOICE_OPTIONS).read(a_callback(PUBLIC, body=b"{}", authorization=f"Bearer {token}"))


@pytest.mark.parametrize(
    ("backend", "changes", "problems"),
    [
        (SMSBackend, {}, []),
        (SMSBackend, {"api_secret": ""}, []),
        (SMSBackend, {"signature_secret": ""}, []),
        (SMSBackend, {"api_key": ""}, ["cannot sign in"]),
        (SMSBackend, {"api_secret": "", "signature_secret": ""}, ["cannot sign in"]),
        (SMSBackend, {"signature_method": "crc"}, ["signature_method 'crc'"]),
        (SMSBackend, {"sender": ""}, ["no sender"]),
        (SMSBackend, {"base_url": "rest.nexmo.com"}, ["base_url"]),
        (VoiceBackend, {}, []),
        (VoiceBackend, {"application_id": ""}, ["application_id"]),
        (VoiceBackend, {"private_key": ""}, ["private_key"]),
        (VoiceBackend, {"private_key": "ü"}, ["private_key"]),
        (VoiceBackend, {"private_key": pem(ec.generate_private_key(ec.SECP256R1()))}, ["private_key"]),
        (VoiceBackend, {"private_key": pem(KEY, BestAvailableEncryption(b"a password"))}, ["private_key"]),
        (VoiceBackend, {"sender": "", "base_url": "ftp://x"}, ["base_url", "no sender"]),
    ],
)
def test_the_check_says_what_the_options_lack(backend, changes, problems):
    options = SMS_OPTIONS if backend is SMSBackend else VOICE_OPTIONS
    found = list(backend(**{**options, **changes}).check())
    assert [one.id for one in found] == ["loginradius_passwordless.E005"] * len(problems)
    assert all(problem in one.msg for problem, one in zip(problems, found, strict=True))
    assert all(one.hint for one in found)


def test_a_backend_does_not_show_its_secrets():
    shown = f"{SMSBackend(**SMS_OPTIONS)!r} {VoiceBackend(**VOICE_OPTIONS)!r}"
    assert not [secret for secret in (*SECRETS, "PRIVATE KEY") if secret in shown]
