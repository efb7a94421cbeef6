"""The wire: what SDKs really send, and what they can read."""

import json

import pytest
from django.urls import include, path

from loginradius_passwordless import errors
from loginradius_passwordless.api.base import FlowView

from .conftest import API_Client, error_code, new_guid, ping, start_email, start_phone, token_from

pytestmark = pytest.mark.django_db(transaction=True)
START = "auth/onetouchlogin/email"


def body(**more):
    return {"email": "alice@example.com", "clientguid": new_guid(), **more}


@pytest.mark.parametrize(
    "address",
    [
        "/identity/v2/auth/onetouchlogin/email",
        "/Identity/V2/Auth/OneTouchLogin/Email",
        "/identity/v2/auth/onetouchlogin/email/",
    ],
)
def test_paths_are_matched_in_any_case_with_or_without_a_slash(api, address):
    assert api.post(address, body()).status_code == 200


def test_names_are_matched_in_any_case(api, mailbox):
    assert api.post(START, {"EMAIL": "alice@example.com", "clientGuid": new_guid()}, RedirectURL="").status_code == 200
    client = API_Client("")
    answer = client.post(START, body(email="bob@example.com"), apikey=None, ApiKey=api.api_key)
    assert answer.status_code == 200


def test_the_key_may_come_as_a_header(api):
    headers = {"X-LoginRadius-ApiKey": api.api_key}
    assert api.post(START, body(), apikey=None, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        (None, 400, 922),
        ("", 400, 922),
        ("shop", 400, 920),
        ("a b c d e f g h", 400, 920),
        ("no-such-key", 403, 901),
        ("SHOP-KEY-0001", 403, 901),
    ],
)
def test_a_bad_key_has_a_code_of_its_own(api, key, status, code):
    answer = api.post(START, body(), apikey=key)
    assert (answer.status_code, error_code(answer)) == (status, code)


def test_a_disabled_application_is_unknown(api, shop):
    shop.is_active = False
    shop.save()
    assert error_code(api.post(START, body())) == 901


def test_a_plus_sign_that_became_a_blank_is_a_plus_sign_again(api, mailbox, sms_outbox):
    guid = "AAAA+BBBB+CCCC+DDDD=="
    answer = api.post(START, {"email": "alice tag@example.com", "clientguid": guid.replace("+", " ")})
    assert answer.status_code == 200
    assert mailbox[0].to == ["alice+tag@example.com"]
    assert error_code(ping(api, guid)) == 1139
    start_phone(api, " 14155550123")
    assert sms_outbox[0].to == "+14155550123"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/xml"]
)
def test_json_is_read_whatever_the_content_type_says(api, content_type):
    answer = api.client.generic(
        "POST", f"/identity/v2/{START}?apikey={api.api_key}", json.dumps(body()), content_type=content_type
    )
    assert answer.status_code == 200


SEED_965 = {
    "ErrorCode": 965,
    "Message": "The post body is invalid",
    "Description": "Please use a valid post body and make sure that it is in a valid JSON format.",
}
SEED_1218 = {
    "ErrorCode": 1218,
    "Message": "CAPTCHA is invalid",
    "Description": "CAPTCHA is invalid, please enter the correct CAPTCHA value.",
}


@pytest.mark.parametrize(
    "raw", [b"{", b"[]", b"null", b"5", b'"text"', b"{'a': 1}", b"email=alice", b"\xff\xfe", b'{"a":' * 2000, b"[" * 30000, b'{"email": "' + b"a" * 10**6 + b'"}']
)  # fmt: skip
def test_a_body_that_is_no_json_object_is_answered_as_the_seed_says(api, raw):
    answer = api.post(START, raw)
    assert answer.status_code == 400
    assert error_code(answer) == 965
    assert SEED_965.items() <= answer.json().items()
    assert error_code(api.put("auth/onetouchlogin/phone/verify", raw, otp="123456")) == 1079


@pytest.mark.parametrize("raw", [b"", b'""', b'""\n', b"{}", b"  "])
def test_an_empty_body_is_no_body(api, raw):
    assert error_code(api.post(START, raw)) == 1032


def test_the_captcha_error_is_worded_as_the_seed_says():
    from loginradius_passwordless.api.base import error_body

    assert SEED_1218.items() <= error_body(errors.InvalidCaptcha()).items()
    assert errors.InvalidCaptcha.status == 403


def test_repeated_parameters_are_refused(api, mailbox):
    address = f"/identity/v2/{START}?apikey={api.api_key}"
    for query in (
        "&redirecturl=a&redirecturl=b",
        "&redirecturl=a&RedirectUrl=a",
        "&email=bob@example.com",
        "&apikey=x",
    ):
        answer = api.client.post(address + query, json.dumps(body()), content_type="application/json")
        assert error_code(answer) in {908, 965}
    repeated = b'{"email":"alice@example.com","Email":"bob@example.com","clientguid":"0123456789abcdef0"}'
    assert error_code(api.post(START, repeated)) == 908
    assert not mailbox


@pytest.mark.parametrize("value", ["a\x00b", "a\nb", "a\x1b[31m", "\x7f", "\ud800"])
def test_control_characters_are_refused_everywhere(api, mailbox, value):
    for name in ("email", "clientguid", "name"):
        answer = api.post(START, json.dumps(body(**{name: value})).encode())
        assert error_code(answer) in {908, 1038}
    assert error_code(api.post(START, body(), onetouchloginemailtemplate=value.replace("\ud800", "\x01"))) == 908
    assert not mailbox


@pytest.mark.parametrize("email", [5, True, [], {}, ["alice@example.com"], {"a": "b"}, "alice", "@", "a@b", "a@@b.com", "a b@c", "x" * 300 + "@example.com"])  # fmt: skip
def test_an_address_that_is_none_is_refused(api, mailbox, email):
    assert error_code(api.post(START, body(email=email))) == 1038
    assert not mailbox


def test_a_missing_address_has_its_own_code(api):
    for missing in ("", None):
        assert error_code(api.post(START, body(email=missing))) == 1032
    assert error_code(api.post(START, {"email": "alice@example.com"})) == 908


def test_a_long_value_is_refused(api, mailbox):
    assert error_code(api.post(START, body(name="x" * 65))) == 908
    assert error_code(api.post(START, body(), welcomeemailtemplate="x" * 500)) == 908
    assert error_code(api.post(START, body(), redirecturl="https://shop.example/" + "x" * 3000)) == 908
    assert error_code(api.post(START, body(email="a" * 60000 + "@example.com"))) in {908, 1038}
    assert not mailbox


def test_what_does_not_exist_is_said_in_the_body_of_an_error(api):
    for address in ("auth/nothing", "auth/onetouchlogin", "auth/onetouchlogin/email/more", "manage/account"):
        answer = api.get(address)
        assert (answer.status_code, error_code(answer)) == (404, 404)
    answer = api.client.get("/IDENTITY/v9/anything")
    assert (answer.status_code, error_code(answer)) == (404, 404)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD"])
def test_a_method_that_is_not_allowed_is_said_in_the_body_of_an_error(api, method):
    assert api.call(method, START, apikey=None).status_code == 405
    answer = api.call(method, START)
    assert answer.status_code == 405
    assert "POST" in answer["Allow"]
    if method != "HEAD":
        assert error_code(answer) == 405


class BrokenView(FlowView):
    """An endpoint with a fault."""

    def get(self, request):
        raise ZeroDivisionError("secret-in-the-exception")


urlpatterns = [path("identity/v2/broken", BrokenView.as_view()), path("", include("loginradius_passwordless.urls"))]


@pytest.mark.urls("tests.test_wire")
def test_a_fault_of_ours_is_said_in_the_body_of_an_error_and_tells_nothing(api, caplog):
    api.client.raise_request_exception = False
    answer = api.get("broken", otp="123456")
    assert (answer.status_code, error_code(answer)) == (500, 950)
    assert b"secret" not in answer.content
    assert "ZeroDivisionError" in caplog.text
    assert "123456" not in caplog.text


def test_errors_are_json_that_no_cache_keeps(api):
    answer = api.post(START, b"{")
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    accepts_html = api.post(START, b"{", headers={"Accept": "text/html"})
    assert accepts_html["Content-Type"] == "application/json"
    assert error_code(api.get(START + "?format=xml")) == 405


def test_a_success_never_has_the_words_that_sdks_take_for_a_failure(api, mailbox):
    guid = new_guid()
    api.post(START, {"email": "alice@example.com", "clientguid": guid, "name": "Description errorCode description"})
    api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))
    answer = ping(api, guid)
    text = answer.content.decode()
    assert "escription" not in text.replace("\\u0064escription", "").replace("\\u0044escription", "")
    assert "errorCode" not in text
    assert answer.json()["Profile"]["FullName"] == "Description errorCode description"


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ("Profile,access_token", {"Profile", "access_token"}),
        ("ACCESS_TOKEN", {"access_token"}),
        ("Profile(Uid,Email),access_token", {"Profile", "access_token"}),
        ("Profile/Uid", {"Profile"}),
        ("nothing", set()),
    ],
)
def test_fields_keeps_what_was_named(api, mailbox, fields, kept):
    guid = start_email(api)
    api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))
    answer = ping(api, guid, fields=fields).json()
    assert set(answer) == kept
    if "(" in fields:
        assert set(answer["Profile"]) == {"Uid", "Email"}
    if "/" in fields:
        assert set(answer["Profile"]) == {"Uid"}


@pytest.mark.parametrize("fields", ["*", "", "Profile,*"])
def test_fields_may_ask_for_everything(api, mailbox, fields):
    guid = start_email(api)
    api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))
    assert {"Profile", "access_token", "refresh_token", "expires_in"} <= set(ping(api, guid, fields=fields).json())


def test_fields_that_cannot_be_read_are_refused_before_the_token_is_spent(api, mailbox):
    guid = start_email(api)
    api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))
    for fields in ("Profile(", "Profile)", "a(b(c(d(e(f)))))", "((((", "Profile(Uid"):
        assert error_code(ping(api, guid, fields=fields)) == 908
    assert ping(api, guid, fields="access_token").status_code == 200


PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-loginradius-apikey"}


@pytest.mark.parametrize("origin", ["https://tv.shop.example"])
def test_pages_of_a_listed_origin_may_call(api, origin):
    preflight = api.client.options(f"/identity/v2/{START}", headers={"Origin": origin, **PREFLIGHT})
    assert preflight["Access-Control-Allow-Origin"] == origin
    assert "x-loginradius-apikey" in preflight["Access-Control-Allow-Headers"]
    answer = api.post(START, body(), headers={"Origin": origin})
    assert answer["Access-Control-Allow-Origin"] == origin
    assert "origin" in answer["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize(
    "origin",
    ["null", "https://evil.example", "http://tv.shop.example", "https://tv.shop.example.evil.example", "https://eviltv.shop.example",
     "https://tv.shop.example:8443", "https://tv.shop.example/", "HTTPS://TV.SHOP.EXAMPLE", "https://shop.example", "file://"],
)  # fmt: skip
def test_pages_of_any_other_origin_may_not(api, origin):
    preflight = api.client.options(f"/identity/v2/{START}", headers={"Origin": origin, **PREFLIGHT})
    assert "Access-Control-Allow-Origin" not in preflight
    assert "Access-Control-Allow-Origin" not in api.post(START, body(), headers={"Origin": origin})


def test_the_hosted_pages_are_open_to_no_origin(api, client):
    answer = client.get("/signin/link/", headers={"Origin": "https://tv.shop.example"})
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Mode": "navigate"}, {"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"}, {"Sec-Purpose": "prefetch"},
     {"Purpose": "prefetch"}, {"Sec-Fetch-Dest": "iframe"}],
)  # fmt: skip
def test_a_browser_that_opens_an_api_address_is_sent_to_the_page_and_changes_nothing(api, mailbox, headers):
    guid = start_email(api)
    token = token_from(mailbox[0])
    answer = api.get("auth/email/onetouchlogin", verificationtoken=token, headers=headers)
    assert (answer.status_code, answer["Location"]) == (303, f"/signin/link/?vtoken={token}")
    head = api.call("HEAD", "auth/email/onetouchlogin", verificationtoken=token)
    assert head.status_code == 303
    assert error_code(ping(api, guid)) == 1139
    api.get(
        "auth/email/onetouchlogin",
        verificationtoken=token,
        headers={"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    )
    assert ping(api, guid, headers=headers).status_code == 303
    assert api.call("HEAD", "auth/login/smartlogin/ping", clientguid=guid).status_code == 303
    assert ping(api, guid).status_code == 200
