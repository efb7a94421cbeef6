"""Twilio: what it is sent, what becomes of its answers, and which of its callbacks are believed."""

import base64
import hashlib
import json
import logging
import xml.etree.ElementTree as ET
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator

from loginradius_passwordless.backends.base import DeliveryFailed, NotFromProvider, Receipt
from loginradius_passwordless.backends.sms.twilio import SMSBackend
from loginradius_passwordless.backends.voice.twilio import VoiceBackend

from .vendors import (
    CODE,
    ODD_BODIES,
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

ACCOUNT = "AC" + "0a" * 16
SERVICE = "MG" + "0b" * 16
TOKEN = "the token of the account"
SENDER = "+14155550100"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
OPTIONS = {"account_sid": ACCOUNT, "auth_token": TOKEN, "sender": SENDER, "timeout": 0.5}


@pytest.fixture(autouse=True)
def _no_secret_is_logged(caplog):
    caplog.set_level(logging.DEBUG)
    yield
    logged = "\n".join(record.getMessage() for record in caplog.get_records("call"))
    assert not [secret for secret in SECRETS if secret in logged]


def sms_by(base_url, **options):
    return SMSBackend(**{**OPTIONS, "base_url": base_url, **options})


def voice_by(base_url, **options):
    return VoiceBackend(**{**OPTIONS, "base_url": base_url, **options})


@pytest.fixture
def sms(httpserver):
    return sms_by(httpserver.url_for(""))


@pytest.fixture
def voice(httpserver):
    return voice_by(httpserver.url_for(""))


def sent_to(httpserver):
    """The one request, and its form."""
    [(request, _answer)] = httpserver.log
    assert request.method == "POST"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    return request, dict(parse_qsl(request.get_data(as_text=True), strict_parsing=True))


def basic(name, secret):
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def failure_of(send, message):
    """What a backend raises; its text tells nothing that staff should not read."""
    with pytest.raises(DeliveryFailed) as raised:
        send(message)
    assert not [secret for secret in SECRETS if secret in repr(raised.value)]
    return raised.value


def test_a_text_is_sent_as_twilio_documents_it(httpserver, sms):
    httpserver.expect_request(MESSAGES).respond_with_json(
        {"sid": "SM1", "status": "queued", "num_segments": "2", "price": "-0.01580", "price_unit": "usd"}, status=201
    )
    assert sms.send(a_text()) == Receipt("SM1", 2, Decimal("0.01580"), "USD")
    request, form = sent_to(httpserver)
    assert request.headers["Authorization"] == basic(ACCOUNT, TOKEN)
    assert form == {"To": TO, "From": SENDER, "Body": TEXT, "StatusCallback": REPORT_URL, "StatusCallbackMethod": "POST"}  # fmt: skip


def test_any_character_of_a_text_arrives(httpserver, sms):
    httpserver.expect_request(MESSAGES).respond_with_json({"sid": "SM1"}, status=201)
    sms.send(a_text("Code: 1&2=3 + «ü» 🔑 %41\n€"))
    assert sent_to(httpserver)[1]["Body"] == "Code: 1&2=3 + «ü» 🔑 %41\n€"


def test_a_key_of_the_account_signs_in_instead_of_its_token(httpserver):
    httpserver.expect_request(MESSAGES).respond_with_json({"sid": "SM1"}, status=201)
    sms_by(httpserver.url_for(""), api_key="SK1", api_secret="the secret of the key").send(a_text())
    request, form = sent_to(httpserver)
    assert request.headers["Authorization"] == basic("SK1", "the secret of the key")
    assert form["StatusCallback"] == REPORT_URL


@pytest.mark.parametrize(
    ("options", "route", "expected"),
    [
        ({}, "", {"From": SENDER}),
        ({}, "Shop", {"From": "Shop"}),
        ({}, SERVICE, {"MessagingServiceSid": SERVICE}),
        ({"sender": "", "messaging_service_sid": SERVICE}, "", {"MessagingServiceSid": SERVICE}),
        ({"sender": "", "messaging_service_sid": SERVICE}, "+4915700000000", {"From": "+4915700000000"}),
    ],
)
def test_the_sender_of_a_country_goes_before_the_one_of_the_options(httpserver, options, route, expected):
    httpserver.expect_request(MESSAGES).respond_with_json({"sid": "SM1"}, status=201)
    sms_by(httpserver.url_for(""), **options).send(a_text(sender=route))
    form = sent_to(httpserver)[1]
    assert {name: form[name] for name in ("From", "MessagingServiceSid") if name in form} == expected


@pytest.mark.parametrize(
    ("url", "options"),
    [("", {}), ("http://localhost:8000/delivery/sms/here/", {}), (REPORT_URL, {"auth_token": "", "api_key": "SK1", "api_secret": "the secret of the key"})],
)  # fmt: skip
def test_no_reports_are_asked_for_that_cannot_come_or_cannot_be_checked(httpserver, url, options):
    httpserver.expect_request(MESSAGES).respond_with_json({"sid": "SM1"}, status=201)
    sms_by(httpserver.url_for(""), **options).send(a_text(report_url=url))
    assert set(sent_to(httpserver)[1]) == {"To", "From", "Body"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"sid": "SM1", "num_segments": "0", "price": None, "price_unit": "USD"}, Receipt("SM1")),
        ({"sid": "SM1", "num_segments": 1, "price": "NaN"}, Receipt("SM1", 1)),
        ({"sid": ["SM1"], "num_segments": "-1", "price": -0.5, "price_unit": 7, "status": []}, Receipt()),
        ({"sid": "SM1", "num_segments": True, "price": "free", "more": {"unknown": [1]}}, Receipt("SM1")),
        ({"sid": "x" * 500, "price": "9" * 500, "num_segments": "9" * 500}, Receipt()),
        ({"sid": "SM1", "price": "0.5"}, Receipt("SM1", price=Decimal("0.5"))),
    ],
)
def test_of_a_receipt_only_what_has_the_right_shape_is_kept(httpserver, sms, answer, expected):
    httpserver.expect_request(MESSAGES).respond_with_json(answer, status=201)
    assert sms.send(a_text()) == expected


@pytest.mark.parametrize("body", ODD_BODIES)
def test_a_text_is_taken_when_the_status_says_so_whatever_the_body_is(httpserver, sms, body):
    httpserver.expect_request(MESSAGES).respond_with_data(body, status=201)
    assert sms.send(a_text()) == Receipt()


@pytest.mark.parametrize("length", [b"Content-Length: 900\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_half_an_answer_of_a_text_that_was_taken_is_enough(length):
    start = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n" + length + b"\r\n"
    with a_server_that_sends(start + b'{"sid": "SM1", "num_seg') as address:
        assert sms_by(address).send(a_text()) == Receipt()


@pytest.mark.parametrize(
    ("status", "code", "permanent"),
    [
        (400, 21211, True), (400, 21217, True), (400, 21265, True), (400, 21268, True), (400, 21610, True),
        (400, 21614, True), (400, 21635, True),
        (401, 20003, False), (403, 20005, False), (404, 20404, False), (403, 21408, False), (400, 21606, False),
        (400, 21608, False), (429, 21611, False), (400, 21612, False), (400, 21617, False), (400, 21703, False),
        (429, 20429, False), (400, 30450, False), (503, 20500, False), (429, 14107, False),
    ],
)  # fmt: skip
def test_what_twilio_refuses_for_good_no_other_provider_is_asked_for(httpserver, sms, status, code, permanent):
    message = f"The 'To' number {TO} is not a valid phone number: {TEXT}"
    httpserver.expect_request(MESSAGES).respond_with_json({"code": code, "message": message}, status=status)
    failed = failure_of(sms.send, a_text())
    assert (failed.permanent, failed.may_have_arrived, failed.retry_after) == (permanent, False, None)
    assert str(failed).startswith(f"Twilio {code}: ")


@pytest.mark.parametrize(
    ("status", "code", "permanent"),
    [
        (400, 13223, True), (400, 21202, True), (400, 21211, True), (400, 21217, True),
        (401, 20003, False), (400, 10004, False), (400, 13224, False), (400, 21203, False), (400, 21210, False),
        (400, 21214, False), (400, 21215, False), (403, 21216, False), (400, 21219, False), (429, 20429, False),
    ],
)  # fmt: skip
def test_the_same_goes_for_calls_by_codes_of_their_own(httpserver, voice, status, code, permanent):
    httpserver.expect_request(CALLS).respond_with_json({"code": code, "message": TO}, status=status)
    failed = failure_of(voice.call, a_call())
    assert (failed.permanent, failed.may_have_arrived) == (permanent, False)
    assert str(failed).startswith(f"Twilio {code}: ")


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, '{"code": 99999}', "Twilio 99999"), (400, '{"code": "21610x"}', "HTTP 400"), (400, '{"code": [21610]}', "HTTP 400"),
        (400, '{"code": true}', "HTTP 400"), (400, '{"code": 1e400}', "HTTP 400"), (401, "null", "HTTP 401"), (402, "[]", "HTTP 402"),
        (302, "", "HTTP 302"), (404, "7", "HTTP 404"), (429, "{}", "HTTP 429"), (500, "oops", "HTTP 500"), (502, "<html>", "HTTP 502"), (503, "", "HTTP 503"),
    ],
)  # fmt: skip
def test_what_is_refused_without_a_known_code_may_be_tried_elsewhere(httpserver, sms, status, body, reason):
    httpserver.expect_request(MESSAGES).respond_with_data(body, status=status, headers={"Location": "/elsewhere"})
    failed = failure_of(sms.send, a_text())
    is_doubtful = status in (500, 502)
    assert (str(failed), failed.permanent, failed.may_have_arrived) == (reason, False, is_doubtful)


def test_twilio_says_how_long_it_wants_to_be_left_alone(httpserver, sms):
    httpserver.expect_request(MESSAGES).respond_with_json({"code": 20429}, status=429, headers={"Retry-After": "7"})
    assert failure_of(sms.send, a_text()).retry_after == 7


@pytest.mark.parametrize(
    ("code", "reason", "permanent"),
    [(21610, "Twilio 21610: the person has opted out", True), (30002, "Twilio 30002: the account is suspended", False), (None, "HTTP 201", False)],
)  # fmt: skip
@pytest.mark.parametrize("status", ["failed", "undelivered", "canceled"])
def test_a_text_that_failed_at_once_was_not_taken_though_the_status_is_201(
    httpserver, sms, status, code, reason, permanent
):
    answer = {"sid": "SM1", "status": status, "error_code": code, "error_message": TEXT}
    httpserver.expect_request(MESSAGES).respond_with_json(answer, status=201)
    failed = failure_of(sms.send, a_text())
    assert (str(failed), failed.permanent, failed.may_have_arrived) == (reason, permanent, False)


def test_who_never_answers_may_have_sent_it():
    with a_server_that_says_nothing() as address:
        failed = failure_of(sms_by(address).send, a_text())
    assert (str(failed), failed.permanent, failed.may_have_arrived) == ("ReadTimeout", False, True)


def test_who_hangs_up_may_have_sent_it():
    with a_server_that_sends(b"") as address:
        failed = failure_of(sms_by(address).send, a_text())
    assert (failed.permanent, failed.may_have_arrived) == (False, True)


def test_who_is_not_there_has_not_sent_it():
    failed = failure_of(sms_by(an_address_where_nobody_listens()).send, a_text())
    assert (str(failed), failed.permanent, failed.may_have_arrived) == ("ConnectionError", False, False)


def twiml_of(httpserver):
    form = sent_to(httpserver)[1]
    return form, ET.fromstring(form["Twiml"])  # noqa: S314 - we wrote it


def test_a_call_is_made_as_twilio_documents_it(httpserver, voice):
    httpserver.expect_request(CALLS).respond_with_json(
        {"sid": "CA1", "status": "queued", "price": None, "price_unit": "USD"}, status=201
    )
    assert voice.call(a_call(language="de")) == Receipt("CA1")
    form, twiml = twiml_of(httpserver)
    assert set(form) == {"To", "From", "Twiml", "StatusCallback", "StatusCallbackMethod"}
    assert (form["To"], form["From"], form["StatusCallback"]) == (TO, SENDER, REPORT_URL)
    assert [(verb.tag, verb.attrib, verb.text) for verb in twiml] == [
        ("Pause", {"length": "1"}, None),
        ("Say", {"language": "de-DE", "voice": "Polly.Vicki"}, SPOKEN),
    ]


@pytest.mark.parametrize(
    ("options", "language", "expected"),
    [
        ({}, "en", ("en-US", "Polly.Joanna")),
        ({"voice": "male"}, "en-GB", ("en-GB", "Polly.Brian")),
        ({"voice": "male"}, "de-AT", ("de-DE", "Polly.Hans")),
        ({"voice": "male"}, "tr", ("tr-TR", "Polly.Filiz")),
        ({}, "ar", ("arb", "Polly.Zeina")),
        ({}, "zh-hans", ("cmn-CN", "Polly.Zhiyu")),
        ({}, "no", ("nb-NO", "Polly.Liv")),
        ({}, "pt-BR", ("pt-BR", "Polly.Vitoria")),
        ({}, "xx", ("xx", None)),
        ({"voices": {"cs-CZ": "Google.cs-CZ-Standard-A"}}, "cs", ("cs-CZ", "Google.cs-CZ-Standard-A")),
        ({"voices": {"en-US": "Polly.Ivy"}, "voice": "male"}, "en", ("en-US", "Polly.Ivy")),
    ],
)
def test_a_call_is_spoken_in_its_language_by_the_voice_that_was_asked_for(httpserver, options, language, expected):
    httpserver.expect_request(CALLS).respond_with_json({"sid": "CA1"}, status=201)
    voice_by(httpserver.url_for(""), **options).call(a_call(language=language))
    say = twiml_of(httpserver)[1].find("Say")
    assert (say.get("language"), say.get("voice")) == expected


def test_a_text_to_speak_cannot_become_an_instruction(httpserver, voice):
    httpserver.expect_request(CALLS).respond_with_json({"sid": "CA1"}, status=201)
    voice.call(a_call('</Say><Dial>+900</Dial> & "7" \x00\x0b\ud800', language='en"><Dial/>'))
    say = twiml_of(httpserver)[1].find("Say")
    assert say.text == '</Say><Dial>+900</Dial> & "7"    '
    assert say.get("language") == 'en"><Dial/>'


def test_the_sender_of_a_country_calls(httpserver, voice):
    httpserver.expect_request(CALLS).respond_with_json({"sid": "CA1"}, status=201)
    voice.call(a_call(sender="+4930123456"))
    assert sent_to(httpserver)[1]["From"] == "+4930123456"


def signed(form, url=REPORT_URL, token=TOKEN):
    """A callback as Twilio's own library signs it."""
    return a_callback(url, form, x_twilio_signature=RequestValidator(token).compute_signature(url, form))


SMS_FORM = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": TO, "From": SENDER, "ApiVersion": "2010-04-01"}
CALL_FORM = {"CallSid": "CA1", "CallStatus": "completed", "CallDuration": "21", "To": TO, "Timestamp": "Mon, 02 Jan"}


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("sent", "", [("sent", "")]), ("delivered", "", [("delivered", "")]), ("read", "", [("delivered", "")]),
        ("undelivered", "30003", [("failed", "Twilio 30003: the phone cannot be reached")]),
        ("failed", "30007", [("failed", "Twilio 30007: the carrier filtered the text")]),
        ("failed", "98765", [("failed", "Twilio 98765")]), ("failed", TO, [("failed", "")]), ("failed", "", [("failed", "")]),
        ("delivered", "30003", [("delivered", "")]), ("queued", "", []), ("sending", "", []), ("of tomorrow", "", []),
    ],
)  # fmt: skip
def test_a_report_of_a_text_says_what_became_of_it(status, code, expected):
    form = {**SMS_FORM, "MessageStatus": status, "ErrorCode": code, "OfTomorrow": "ä"}
    reports = SMSBackend(**OPTIONS).read(signed(form))
    assert [(one.state, one.error) for one in reports] == expected
    assert {(one.id, one.reference) for one in reports} <= {("SM1", REFERENCE)}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("initiated", [("sent", "")]), ("ringing", [("sent", "")]), ("in-progress", [("sent", "")]),
        ("completed", [("delivered", "")]), ("busy", [("failed", "busy")]), ("no-answer", [("failed", "no-answer")]),
        ("canceled", [("failed", "canceled")]), ("failed", [("failed", "failed")]), ("queued", []), ("of tomorrow", []),
    ],
)  # fmt: skip
def test_a_report_of_a_call_says_what_became_of_it(status, expected):
    reports = VoiceBackend(**OPTIONS).read(signed({**CALL_FORM, "CallStatus": status}))
    assert [(one.state, one.error) for one in reports] == expected
    assert {(one.id, one.reference) for one in reports} <= {("CA1", REFERENCE)}


def test_why_a_call_failed_is_told_by_twilios_code():
    form = {**CALL_FORM, "CallStatus": "failed", "ErrorCode": "32205"}
    [report] = VoiceBackend(**OPTIONS).read(signed(form))
    assert report.error == "Twilio 32205: the account may not call this region"


def test_a_report_that_comes_again_says_the_same():
    callback = signed(SMS_FORM)
    assert SMSBackend(**OPTIONS).read(callback) == SMSBackend(**OPTIONS).read(callback)


@pytest.mark.parametrize(
    ("seen", "signed_as"),
    [
        ("https://shop.example/d/?message=1", "https://shop.example:443/d/?message=1"),
        ("https://shop.example:443/d/?message=1", "https://shop.example/d/?message=1"),
        ("https://[2001:db8::1]/d/", "https://[2001:db8::1]:443/d/"),
    ],
)
def test_it_does_not_matter_whether_an_address_names_its_port(seen, signed_as):
    signature = RequestValidator(TOKEN).compute_signature(signed_as, SMS_FORM)
    assert SMSBackend(**OPTIONS).read(a_callback(seen, SMS_FORM, x_twilio_signature=signature))


def test_a_report_in_json_is_signed_by_the_hash_of_its_body():
    body = json.dumps({**SMS_FORM, "more": [1, None]}).encode()
    url = f"{REPORT_URL}&bodySHA256={hashlib.sha256(body).hexdigest()}"
    signature = RequestValidator(TOKEN).compute_signature(url, {})
    assert RequestValidator(TOKEN).validate(url, body.decode(), signature)
    [report] = SMSBackend(**OPTIONS).read(a_callback(url, body=body, x_twilio_signature=signature))
    assert (report.state, report.reference) == ("delivered", REFERENCE)
    with pytest.raises(NotFromProvider, match="not what was signed"):
        SMSBackend(**OPTIONS).read(a_callback(url, body=body + b" ", x_twilio_signature=signature))


@pytest.mark.parametrize("body", ODD_BODIES)
def test_a_signed_report_that_is_no_report_is_refused(body):
    raw = body.encode("latin-1")
    url = f"{REPORT_URL}&bodySHA256={hashlib.sha256(raw).hexdigest()}"
    signature = RequestValidator(TOKEN).compute_signature(url, {})
    with pytest.raises(NotFromProvider):
        SMSBackend(**OPTIONS).read(a_callback(url, body=raw, x_twilio_signature=signature))


RIGHT = RequestValidator(TOKEN).compute_signature(REPORT_URL, SMS_FORM)


@pytest.mark.parametrize(
    "callback",
    [
        a_callback(REPORT_URL, SMS_FORM),
        a_callback(REPORT_URL, SMS_FORM, x_twilio_signature=""),
        a_callback(REPORT_URL, SMS_FORM, x_twilio_signature=RIGHT[:-2] + chr(ord(RIGHT[-2]) ^ 1) + "="),
        a_callback(REPORT_URL, SMS_FORM, x_twilio_signature=RIGHT[:10]),
        a_callback(REPORT_URL, SMS_FORM, x_twilio_signature="ü\ud800"),
        a_callback(REPORT_URL, {**SMS_FORM, "MessageStatus": "failed"}, x_twilio_signature=RIGHT),
        a_callback(REPORT_URL, {**SMS_FORM, "More": "1"}, x_twilio_signature=RIGHT),
        a_callback(REPORT_URL[:-1] + "0", SMS_FORM, x_twilio_signature=RIGHT),
        a_callback(REPORT_URL.replace("https", "http"), SMS_FORM, x_twilio_signature=RIGHT),
        a_callback("https://shop.example:99999/d/", SMS_FORM, x_twilio_signature=RIGHT),
        a_callback("nowhere", SMS_FORM, x_twilio_signature=RIGHT),
        a_callback(REPORT_URL, {"MessageSid": "\ud800"}, x_twilio_signature=RIGHT),
        signed(SMS_FORM, token="another token"),
        signed({name: value for name, value in SMS_FORM.items() if name != "MessageSid"}),
        signed({name: value for name, value in SMS_FORM.items() if name != "MessageStatus"}),
        signed({**SMS_FORM, "MessageSid": "x" * 101}),
        signed(CALL_FORM),
        signed({}),
    ],
)
def test_what_twilio_did_not_sign_or_could_not_have_sent_is_refused(callback):
    with pytest.raises(NotFromProvider):
        SMSBackend(**OPTIONS).read(callback)


def test_a_call_needs_the_right_signature_as_well():
    with pytest.raises(NotFromProvider):
        VoiceBackend(**OPTIONS).read(signed(CALL_FORM, token="another token"))
    with pytest.raises(NotFromProvider):
        VoiceBackend(**OPTIONS).read(signed(SMS_FORM))


def test_without_a_token_nothing_is_believed():
    backend = SMSBackend(**{**OPTIONS, "auth_token": "", "api_key": "SK1", "api_secret": "the secret of the key"})
    with pytest.raises(NotFromProvider, match="auth_token"):
        backend.read(signed(SMS_FORM, token=""))


@pytest.mark.parametrize(
    ("backend", "changes", "problems"),
    [
        (SMSBackend, {}, []),
        (SMSBackend, {"sender": "", "messaging_service_sid": SERVICE}, []),
        (SMSBackend, {"auth_token": "", "api_key": "SK1", "api_secret": "s"}, []),
        (SMSBackend, {"account_sid": ""}, ["account_sid"]),
        (SMSBackend, {"account_sid": "SK1"}, ["account_sid"]),
        (SMSBackend, {"auth_token": ""}, ["cannot sign in"]),
        (SMSBackend, {"api_key": "SK1"}, ["half a key"]),
        (SMSBackend, {"api_secret": "s"}, ["half a key"]),
        (SMSBackend, {"sender": ""}, ["one sender"]),
        (SMSBackend, {"messaging_service_sid": SERVICE}, ["one sender"]),
        (SMSBackend, {"sender": "", "messaging_service_sid": "MG1"}, ["messaging_service_sid"]),
        (SMSBackend, {"base_url": "api.twilio.com"}, ["base_url"]),
        (VoiceBackend, {}, []),
        (VoiceBackend, {"sender": ""}, ["no sender"]),
        (VoiceBackend, {"voice": "neutral"}, ["voice 'neutral'"]),
        (VoiceBackend, {"account_sid": "", "auth_token": ""}, ["account_sid", "cannot sign in"]),
    ],
)
def test_the_check_says_what_the_options_lack(backend, changes, problems):
    found = list(backend(**{**OPTIONS, **changes}).check())
    assert [one.id for one in found] == ["loginradius_passwordless.E005"] * len(problems)
    assert all(problem in one.msg for problem, one in zip(problems, found, strict=True))
    assert all(one.hint for one in found)


def test_a_backend_does_not_show_its_secrets():
    backend = SMSBackend(**OPTIONS, api_key="SK1", api_secret="the secret of the key")
    assert not [secret for secret in SECRETS if secret in f"{backend!r} {backend}"]
    assert CODE not in repr(a_text())
