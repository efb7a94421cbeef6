"""The generic HTTP backends: a request as the site describes it, and an answer read as the site says."""

import base64
import logging
from urllib.parse import parse_qs, urlsplit

import pytest

from loginradius_passwordless.backends import SMS, NotFromProvider
from loginradius_passwordless.backends.base import Callback
from loginradius_passwordless.backends.sms.http import SMSBackend
from loginradius_passwordless.backends.voice.http import VoiceBackend

from .gateways import (
    CALL,
    CODE,
    KEY,
    NUMBER,
    TEXT,
    assert_nothing_is_told,
    failure,
    half,
    logged_in,
    nobody,
    raw_server,
)

INDIA = SMS(to="+919812345678", text="1 is the code", reference="r", sender="SHOPIN", entity_id="110", template_id="107", report_url="https://a.example/d/?message=r&x=1")  # fmt: skip
STATUS = {"path": "status", "values": ["0", "ok"]}


@pytest.fixture(autouse=True)
def everything_is_logged(caplog):
    with caplog.at_level(logging.DEBUG):
        yield
    assert_nothing_is_told(logged_in(caplog))


@pytest.fixture
def gateway(httpserver):
    httpserver.expect_request("/send").respond_with_json({"id": "G-1"})
    return httpserver


def asked(httpserver):
    [(request, _answer)] = httpserver.log
    return request


def answering(httpserver, body="", status=200, headers=None, **options):
    httpserver.expect_request("/send").respond_with_data(body, status=status, headers=headers)
    return SMSBackend(url=httpserver.url_for("/send"), timeout=2, **options)


# The request


def test_with_an_address_alone_a_text_is_posted_as_four_facts_in_json(gateway):
    receipt = SMSBackend(url=gateway.url_for("/send")).send(TEXT)
    assert (asked(gateway).method, asked(gateway).content_type) == ("POST", "application/json")
    assert asked(gateway).json == {"to": NUMBER, "text": TEXT.text, "channel": "sms", "id": TEXT.reference}
    assert receipt.id == "G-1"


def test_with_an_address_alone_a_call_is_posted_with_what_is_to_be_spoken(gateway):
    assert VoiceBackend(url=gateway.url_for("/send")).call(CALL).id == "G-1"
    assert asked(gateway).json == {
        "to": NUMBER, "text": CALL.text, "channel": "voice", "id": CALL.reference, "spoken": CALL.spoken, "language": "en-GB",
    }  # fmt: skip


def test_values_in_an_address_are_percent_encoded_and_cannot_leave_their_place(gateway):
    url = gateway.url_for("/send") + "?to={to}&from={sender}&text={text}&key=" + KEY
    SMSBackend(url=url, method="GET", sender="A&key=stolen#").send(TEXT)
    assert asked(gateway).args.to_dict(flat=False) == {
        "to": [NUMBER], "from": ["A&key=stolen#"], "text": [TEXT.text], "key": [KEY],
    }  # fmt: skip
    assert (asked(gateway).method, asked(gateway).data) == ("GET", b"")


def test_a_value_in_a_path_stays_one_part_of_it(httpserver):
    httpserver.expect_request("/accounts/..%2f..%2fadmin/sms").respond_with_json({"id": 1})
    httpserver.expect_request("/accounts/../../admin/sms").respond_with_json({"id": 1})
    SMSBackend(url=httpserver.url_for("/") + "accounts/{sender}/sms", sender="../../admin").send(TEXT)
    assert asked(httpserver).environ["REQUEST_URI"] == "/accounts/..%2F..%2Fadmin/sms"


def test_a_body_is_filled_on_every_level_and_keeps_what_is_no_text(gateway):
    body = {
        "messages": [{"destinations": [{"to": "{to_digits}"}], "content": {"text": "{text}"}, "flash": False}],
        "tries": 1,
        "nothing": None,
        "callback": "{report_url}",
        "note": "for {kind} by {channel}",
    }
    SMSBackend(url=gateway.url_for("/send"), body=body).send(TEXT)
    assert asked(gateway).json == {
        "messages": [{"destinations": [{"to": NUMBER[1:]}], "content": {"text": TEXT.text}, "flash": False}],
        "tries": 1,
        "nothing": None,
        "note": "for one_touch_login by sms",
    }


def test_what_india_asks_for_is_sent_there_and_left_out_elsewhere(gateway):
    body = {
        "to": "{to}",
        "entity": "{entity_id}",
        "template": "{template_id}",
        "from": "{sender}",
        "dlr": "{report_url}",
    }
    backend = SMSBackend(url=gateway.url_for("/send"), body=body, encoding="form")
    backend.send(INDIA)
    backend.send(TEXT)
    india, elsewhere = (request.form.to_dict() for request, _answer in gateway.log)
    assert india == {"to": INDIA.to, "entity": "110", "template": "107", "from": "SHOPIN", "dlr": INDIA.report_url}
    assert elsewhere == {"to": NUMBER}


def test_a_form_is_encoded_as_a_form(gateway):
    SMSBackend(url=gateway.url_for("/send"), body={"text": "{text}", "unicode": 1}, encoding="form", method="PUT").send(
        TEXT
    )
    assert (asked(gateway).method, asked(gateway).content_type) == ("PUT", "application/x-www-form-urlencoded")
    assert asked(gateway).form.to_dict() == {"text": TEXT.text, "unicode": "1"}


def test_placeholders_in_a_value_are_not_filled_in_their_turn(gateway):
    names = "{to}{text}{reference}{kind}{sender}{channel}{to_digits}"
    body = {name: f"{{{name}}}." for name in ("text", "sender", "reference", "kind", "entity_id")}
    backend = SMSBackend(url=gateway.url_for("/send"), body=body)
    backend.send(SMS(to=NUMBER, text=names, reference=names, kind=names, sender=names, entity_id=names))
    assert asked(gateway).json == dict.fromkeys(body, f"{names}.")


@pytest.mark.parametrize(
    "template", ["{to.__class__}", "{0}", "{to!r}", "{to:>99}", "{{}}", "{TO}", "{unknown}", "%(to)s", "${to"]
)
def test_nothing_is_evaluated(gateway, template):
    SMSBackend(url=gateway.url_for("/send"), body={"x": template}).send(TEXT)
    assert asked(gateway).json == {"x": template}


def test_a_header_takes_the_reference_and_no_second_line(gateway):
    backend = SMSBackend(
        url=gateway.url_for("/send"), headers={"Idempotency-Key": "{reference}", "Authorization": f"Bearer {KEY}"}
    )
    backend.send(SMS(to=NUMBER, text="x", reference="a\r\nX-Evil: 1"))
    assert asked(gateway).headers["Idempotency-Key"] == "a%0D%0AX-Evil%3A%201"
    assert asked(gateway).headers["Authorization"] == f"Bearer {KEY}"
    assert "X-Evil" not in asked(gateway).headers


def test_user_and_password_go_as_basic_authentication(gateway):
    SMSBackend(url=gateway.url_for("/send"), auth=["büro", KEY]).send(TEXT)
    kind, _, value = asked(gateway).headers["Authorization"].partition(" ")
    assert (kind, base64.b64decode(value).decode()) == ("Basic", f"büro:{KEY}")


# The answer


@pytest.mark.parametrize(("path", "body", "found"), [
    ("id", '{"id": 7}', "7"), ("messages.0.id", '{"messages": [{"id": "a"}]}', "a"), ("0.sid", '[{"sid": "b"}]', "b"),
    ("messages.1.id", '{"messages": [{"id": "a"}]}', ""), ("id", '{"id": {"x": 1}}', ""), ("id", '{"id": null}', ""), ("id", '"id"', ""),
    ("id", "[]", ""), ("id", "<html>", ""), ("id", "", ""), ("id", '{"id": "a\\u0000b"}', ""), ("id", '{"id": "\\ud800"}', ""), ("id", "[" * 60000, ""),
])  # fmt: skip
def test_the_id_is_read_where_it_is_said_to_be_and_its_absence_fails_nothing(httpserver, path, body, found):
    assert answering(httpserver, body, id_path=path).send(TEXT).id == found


@pytest.mark.parametrize(("status", "is_permanent"), [
    (400, True), (410, True), (422, True), (401, False), (402, False), (403, False), (404, False), (429, False), (500, False), (503, False), (302, False),
])  # fmt: skip
def test_a_status_says_whether_another_try_can_help(httpserver, status, is_permanent):
    failed = failure(answering(httpserver, "<html>no</html>", status, {"Location": "/elsewhere"}))
    assert (str(failed), failed.permanent, failed.may_have_arrived) == (f"HTTP {status}", is_permanent, status == 500)
    assert len(httpserver.log) == 1


def test_a_gateway_may_say_when_it_wants_to_be_asked_again(httpserver):
    assert failure(answering(httpserver, "", 429, {"Retry-After": "7"})).retry_after == 7


@pytest.mark.parametrize(("body", "reason", "is_permanent"), [
    ('{"status": "4", "error": "bad_number"}', "HTTP 200: bad_number", True), ('{"status": 4, "error": 17}', "HTTP 200: 17", True),
    ('{"status": "9", "error": "no_credit"}', "HTTP 200: no_credit", False), ('{"status": false}', "HTTP 200", False),
    ('{"error": "no_credit"}', "HTTP 200: no_credit", False),
    (f'{{"status": "4", "error": "Number {NUMBER} is bad"}}', "HTTP 200", False), (f'{{"status": "4", "error": "{NUMBER[1:]}"}}', "HTTP 200", False),
    (f'{{"status": "4", "error": "{CODE}"}}', "HTTP 200", False), ('{"status": "4", "error": {"code": 1}}', "HTTP 200", False),
])  # fmt: skip
def test_a_200_with_an_error_is_a_refusal_where_the_site_says_how_success_looks(httpserver, body, reason, is_permanent):
    failed = failure(answering(httpserver, body, ok=STATUS, error_path="error", permanent=["bad_number", "17"]))
    assert (str(failed), failed.permanent, failed.may_have_arrived) == (reason, is_permanent, False)


@pytest.mark.parametrize("body", ['{"status": 0, "id": 1}', '{"status": "ok", "id": 1}'])
def test_success_may_be_a_text_or_a_number(httpserver, body):
    assert answering(httpserver, body, ok=STATUS).send(TEXT).id == "1"


def test_truth_is_compared_as_json_spells_it(httpserver):
    assert answering(httpserver, '{"ok": true, "id": 1}', ok={"path": "ok", "values": ["true"]}).send(TEXT).id == "1"


@pytest.mark.parametrize(
    "body", ["<html>welcome</html>", "", "[]", "null", '{"state": "0"}', '{"status": {"code": "0"}}', '{"status": "0"']
)
def test_where_the_body_decides_and_does_not_say_the_message_may_have_arrived(httpserver, body):
    failed = failure(answering(httpserver, body, ok=STATUS, error_path="error"))
    assert (failed.permanent, failed.may_have_arrived) == (False, True)


def test_without_an_error_path_the_value_that_is_no_success_is_the_error(httpserver):
    failed = failure(answering(httpserver, '{"status": "17"}', ok=STATUS, permanent=["17"]))
    assert (str(failed), failed.permanent) == ("HTTP 200: 17", True)


def test_an_error_in_a_refusal_can_be_permanent_while_its_status_is_not(httpserver):
    options = {"error_path": "errors.0.code", "permanent": ["unknown_number", 404]}
    assert failure(answering(httpserver, '{"errors": [{"code": "unknown_number"}]}', 403, **options)).permanent
    httpserver.clear()
    assert not failure(answering(httpserver, '{"errors": [{"code": "bad_key"}]}', 400, **options)).permanent
    httpserver.clear()
    assert failure(answering(httpserver, "", 404, **options)).permanent


# A bad network


def test_silence_means_that_it_may_have_arrived():
    with raw_server(b"", silence=3) as url:
        failed = failure(SMSBackend(url=f"{url}/?to={{to}}&key={KEY}", timeout=0.5))
    assert (str(failed), failed.permanent, failed.may_have_arrived) == ("ReadTimeout", False, True)


def test_where_nobody_listens_nothing_arrived():
    failed = failure(SMSBackend(url=f"{nobody()}/?to={{to}}&key={KEY}", timeout=0.5))
    assert (str(failed), failed.permanent, failed.may_have_arrived) == ("ConnectionError", False, False)


def test_a_gateway_that_hangs_up_may_have_taken_it():
    with raw_server(b"") as url:
        assert failure(SMSBackend(url=url, timeout=2)).may_have_arrived


def test_half_a_body_after_a_good_status_is_taken_unless_the_body_decides():
    with raw_server(half(b'{"status": "0", "id"')) as url:
        assert SMSBackend(url=url, timeout=0.5).send(TEXT).id == ""
    with raw_server(half(b'{"status": "0", "id"')) as url:
        assert failure(SMSBackend(url=url, timeout=0.5, ok=STATUS)).may_have_arrived


def test_what_other_threads_log_meanwhile_is_kept(caplog, gateway):
    SMSBackend(url=gateway.url_for("/send") + "?to={to}", method="GET").send(TEXT)
    logging.getLogger("urllib3.connectionpool").debug("of somebody else")
    assert logged_in(caplog).count("\n") == 0
    assert caplog.messages[-1] == "of somebody else"


# The configuration


@pytest.mark.parametrize(("options", "option"), [
    ({"url": ""}, "url"), ({"url": "ftp://x/"}, "url"), ({"url": "https://{to}.x.example/"}, "url"), ({"url": "https://[/"}, "url"),
    ({"url": "https:///x"}, "url"), ({"url": None}, "url"), ({"url": "https://x.example/{code}"}, "url"), ({"url": "https://x.example/{spoken}"}, "url"),
    ({"method": "DELETE"}, "method"), ({"headers": ["a"]}, "headers"), ({"headers": {"X": "a\nb"}}, "headers"), ({"headers": {"X Y": "a"}}, "headers"),
    ({"headers": {"X": 1}}, "headers"), ({"headers": {"X": "{text}"}}, "headers"), ({"body": "{to}"}, "body"), ({"body": {"x": "{cod}"}}, "body"),
    ({"body": {"x": {"y": ["{cod}"]}}}, "body"), ({"body": {1: "x"}}, "body"), ({"body": {"x": object()}}, "body"), ({"body": {}, "method": "GET"}, "body"),
    ({"body": {"x": {}}, "encoding": "form"}, "body"), ({"encoding": "xml"}, "encoding"), ({"id_path": ""}, "id_path"), ({"id_path": "a..b"}, "id_path"),
    ({"error_path": "a."}, "error_path"), ({"ok": {"path": "a"}}, "ok"), ({"ok": {"path": "a", "values": [0]}}, "ok"), ({"ok": {"path": "a", "values": "ok"}}, "ok"),
    ({"ok": "ok"}, "ok"), ({"permanent": "bad"}, "permanent"), ({"permanent": [200]}, "permanent"), ({"permanent": [None]}, "permanent"),
    ({"auth": "user:password"}, "auth"), ({"auth": ("user",)}, "auth"), ({"sender": 1}, "sender"), ({"timeout": 0}, "timeout"), ({"timeout": "5"}, "timeout"),
    ({"timeout": 60}, "timeout"),
])  # fmt: skip
def test_a_wrong_option_is_named(options, option):
    [error] = SMSBackend(**{"url": "https://x.example/", **options}).check()
    assert (error.id, error.msg) == ("loginradius_passwordless.E005", f"The HTTP backend has no usable {option}.")


def test_an_unknown_placeholder_is_told_with_those_that_there_are():
    [error] = SMSBackend(url="https://x.example/?c={code}").check()
    assert "code" in error.hint
    assert "to_digits" in error.hint


def test_right_options_are_accepted_and_stay_out_of_repr():
    options = {"url": f"https://x.example/{{to}}?k={KEY}&l={{language}}", "headers": {"X": f"{KEY} {{reference}}"}, "auth": ("u", KEY), "body": {"a": ["{spoken}"]}, "ok": STATUS, "permanent": [404, "17"]}  # fmt: skip
    backend = VoiceBackend(**options)
    assert list(backend.check()) == []
    assert_nothing_is_told(repr(backend))


def test_it_takes_no_reports():
    with pytest.raises(NotFromProvider):
        SMSBackend(url="https://x.example/").read(Callback("POST", "https://a.example/", {}, {}, {}, b"{}"))


def test_the_address_of_a_request_is_what_the_site_wrote_and_no_more(gateway):
    SMSBackend(url=gateway.url_for("/send") + "?fixed=a%20b&r={reference}").send(TEXT)
    assert parse_qs(urlsplit(asked(gateway).url).query) == {"fixed": ["a b"], "r": [TEXT.reference]}
