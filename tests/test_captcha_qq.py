"""Tencent Captcha: a signed call, and every code that its answer may have."""

import hashlib
import hmac
import json
import re

import pytest
import time_machine

from loginradius_passwordless.backends.captcha import qq
from loginradius_passwordless.backends.captcha.base import Rejected, Unavailable

from .captcha_vendors import ADDRESS, RANDSTR, SECRET, TOKEN, VENDORS, always, serve, solution

TENCENT = VENDORS["qq"]


def signature_of(request, key):
    """What Tencent computes from a request that came, step by step as "Signature v3" has it."""
    authorization = request.headers["Authorization"]
    scope, names, signature = re.fullmatch(
        r"TC3-HMAC-SHA256 Credential=AKIDtest/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})", authorization
    ).groups()
    headers = "".join(f"{name}:{request.headers[name].strip().lower()}\n" for name in names.split(";"))
    body = hashlib.sha256(request.data).hexdigest()
    canonical = f"{request.method}\n{request.path}\n{request.query_string.decode()}\n{headers}\n{names}\n{body}"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"TC3-HMAC-SHA256\n{request.headers['X-TC-Timestamp']}\n{scope}\n{hashed}"
    date, service, end = scope.split("/")
    secret_date = hmac.new(b"TC3" + key.encode(), date.encode(), hashlib.sha256).digest()
    secret_service = hmac.new(secret_date, service.encode(), hashlib.sha256).digest()
    secret_signing = hmac.new(secret_service, end.encode(), hashlib.sha256).digest()
    return scope, signature, hmac.new(secret_signing, text.encode(), hashlib.sha256).hexdigest()


def test_tencent_is_asked_as_it_documents(httpserver):
    serve(httpserver, TENCENT).verify(solution())
    [(request, _response)] = httpserver.log
    assert (request.method, request.path) == ("POST", "/")
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    assert (request.headers["X-TC-Action"], request.headers["X-TC-Version"]) == ("DescribeCaptchaResult", "2019-07-22")
    assert json.loads(request.data) == {
        "CaptchaType": 9, "Ticket": TOKEN, "UserIp": ADDRESS, "Randstr": RANDSTR, "CaptchaAppId": 201111111, "AppSecretKey": SECRET,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2019-02-26T00:44:25Z", "2019-02-26"),
        ("2026-12-31T23:59:59Z", "2026-12-31"),
        ("2027-01-01T00:30:00+01:00", "2026-12-31"),
    ],
)
def test_the_call_is_signed_as_tencent_documents_by_the_day_in_greenwich(httpserver, now, day):
    backend = serve(httpserver, TENCENT)
    with time_machine.travel(now, tick=False):
        backend.verify(solution())
    [(request, _response)] = httpserver.log
    scope, signature, expected = signature_of(request, "key-of-the-account")
    assert scope == f"{day}/captcha/tc3_request"
    assert signature == expected
    assert signature_of(request, "another key")[2] != expected


def test_one_signature_is_the_one_that_openssl_computes():
    headers = qq.signed_headers("AKIDtest", "key", "captcha.tencentcloudapi.com", b'{"CaptchaType": 9}', 1551113065)
    assert headers["Authorization"].endswith(
        "Signature=f07859b43f45f093defeaec57c78e772ab189edd78646eb67bf9971b2f1805ae"
    )
    assert headers["Host"] == "captcha.tencentcloudapi.com"


@pytest.mark.parametrize("code", [7, 8, 9, 10, 15, 16, 21, 25, 26, 31, 100, 0, -1, 2, 10**30])
def test_every_code_but_one_is_a_rejection(httpserver, code):
    with pytest.raises(Rejected):
        always(httpserver, TENCENT, TENCENT.verdict(CaptchaCode=code)).verify(solution())


@pytest.mark.parametrize("level", [100, 1, "0", [], {}])
def test_what_tencent_calls_malicious_is_rejected_though_it_passed(httpserver, level):
    with pytest.raises(Rejected, match="malicious"):
        always(httpserver, TENCENT, TENCENT.verdict(EvilLevel=level)).verify(solution())


@pytest.mark.parametrize("level", [0, None])
def test_what_tencent_calls_harmless_passes(httpserver, level):
    assert always(httpserver, TENCENT, TENCENT.verdict(EvilLevel=level)).verify(solution()) is None


OURS = [
    "AuthFailure.SignatureFailure", "AuthFailure.SignatureExpire", "AuthFailure.SecretIdNotFound", "AuthFailure.InvalidSecretId",
    "UnauthorizedOperation.ErrAuth", "UnauthorizedOperation.Unauthorized", "RequestLimitExceeded", "InternalError", "MissingParameter", "UnsupportedRegion",
]  # fmt: skip


@pytest.mark.parametrize("code", OURS)
def test_a_call_that_fails_is_an_outage_and_staff_read_why(httpserver, code):
    body = {"Response": {"Error": {"Code": code, "Message": f"about {TOKEN}"}, "RequestId": "r"}}
    with pytest.raises(Unavailable, match=code) as raised:
        always(httpserver, TENCENT, body).verify(solution())
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize("code", ["InvalidParameter", "InvalidParameterValue", "InvalidParameter.Ticket"])
def test_a_value_that_tencent_cannot_read_is_the_persons(httpserver, code):
    with pytest.raises(Rejected, match=code):
        always(httpserver, TENCENT, {"Response": {"Error": {"Code": code}}}).verify(solution())


@pytest.mark.parametrize("code", [None, 1, [], "", "a b", "x" * 100, f"{TOKEN}"])
def test_a_call_that_fails_without_words_that_can_be_shown_is_an_outage(httpserver, code):
    with pytest.raises(Unavailable, match="unreadable"):
        always(httpserver, TENCENT, {"Response": {"Error": {"Code": code}}}).verify(solution())


@pytest.mark.parametrize(
    "ticket",
    [
        "terror_1001_201111111_1700000000",
        "trerror_1001_201111111_1700000000",
        "TRERROR_1001_1_1",
        "terror",
        "trerror-1",
    ],
)
def test_a_ticket_that_was_made_without_tencent_is_rejected_and_nobody_is_asked(httpserver, ticket):
    with pytest.raises(Rejected, match="without Tencent"):
        always(httpserver, TENCENT, TENCENT.verdict()).verify(solution(ticket))
    assert not httpserver.log


@pytest.mark.parametrize(
    "extra", [{}, {"randstr": ""}, {"randstr": " "}, {"randstr": "é"}, {"randstr": "@" * 5000}, {"other": RANDSTR}]
)
def test_without_its_random_string_a_ticket_is_rejected_and_nobody_is_asked(httpserver, extra):
    with pytest.raises(Rejected):
        always(httpserver, TENCENT, TENCENT.verdict()).verify(solution(extra=extra))
    assert not httpserver.log


def test_a_random_string_of_another_ticket_is_rejected(httpserver):
    with pytest.raises(Rejected, match="another ticket"):
        serve(httpserver, TENCENT).verify(solution(extra={"randstr": "@Else"}))


def test_without_the_persons_address_tencent_cannot_be_asked(httpserver):
    with pytest.raises(Unavailable, match="address"):
        always(httpserver, TENCENT, TENCENT.verdict()).verify(solution(address=None))
    assert not httpserver.log


@pytest.mark.parametrize("app_id", ["", "shop", "20-1", None])
def test_an_application_without_a_number_is_told_to_the_site_and_asks_nobody(httpserver, app_id):
    backend = always(httpserver, TENCENT, TENCENT.verdict(), app_id=app_id)
    with pytest.raises(Unavailable, match="app_id"):
        backend.verify(solution())
    assert not httpserver.log
    assert any("app_id is no number" in message.msg for message in backend.check())


@pytest.mark.parametrize("option", ["app_secret", "secret_id", "secret_key"])
def test_every_key_is_needed(option):
    [message] = TENCENT.make("https://captcha.tencentcloudapi.com", **{option: ""}).check()
    assert "it needs the options" in message.msg


def test_the_address_is_the_documented_one_and_never_in_clear():
    assert qq.CaptchaBackend().url == "https://captcha.tencentcloudapi.com/"
    [message] = TENCENT.make("http://proxy.example").check()
    assert "https://" in message.msg


def test_no_page_of_ours_can_show_it():
    assert TENCENT.make("").widget("login", "zh-hans") is None
