"""The filter for other people's logs: what it takes out, what it leaves, and that it never gets in the way."""

import io
import json
import logging
import string
import sys
import timeit
from urllib.parse import quote

import pytest
from django.http import QueryDict
from gunicorn.glogging import SafeAtoms
from hypothesis import given
from hypothesis import strategies as st
from pythonjsonlogger.json import JsonFormatter

from loginradius_passwordless.api import account, inputs, one_touch, password, ping, registration, smart
from loginradius_passwordless.api.parameters import plain
from loginradius_passwordless.backends.captcha import altcha, hcaptcha, qq, recaptcha, turnstile
from loginradius_passwordless.redaction import SECRET_NAMES, Redact, is_secret, redact

from .conftest import ADMINS

TOKEN = "wT0x-9aZbQ_2rLk8VvYhUe3NnPp5Ss7DdFfGgHhJjKk"
GUID = "7c9d1f2e-aaaa-4bbb-8ccc-0123456789ab"
SECRET = "s3cret-of-somebody"


class Log:
    """One handler with the filter, and what it wrote."""

    def __init__(self, formatter=None):
        self.stream = io.StringIO()
        self.logger = logging.Logger("tests.redaction", logging.DEBUG)
        handler = logging.StreamHandler(self.stream)
        handler.addFilter(Redact())
        handler.setFormatter(formatter)
        self.logger.addHandler(handler)

    @property
    def text(self):
        return self.stream.getvalue()


@pytest.fixture
def log():
    return Log()


SPELLINGS = [
    "vtoken", "verificationtoken", "VerificationToken", "apikey", "apiKey", "api_key", "API-KEY", "apisecret", "access_token", "AccessToken",
    "refresh_token", "otp", "OTP", "sott", "clientguid", "clientGuid", "client-guid", "phone", "phoneid", "email", "password", "g-recaptcha-response",
    "G_Recaptcha_Response", "h-captcha-response", "cf-turnstile-response", "qq_captcha_ticket", "altcha", "%76token", "v%74oken", "user[email]",
]  # fmt: skip


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize(
    "address", ["/x?{}", "/x?page=2&{}&q=7", "GET /x?{} HTTP/1.1", "{}", "see https://a.example/?{} now"]
)
def test_the_value_of_a_secret_name_goes_in_any_spelling(name, address):
    found = redact(address.format(f"{name}={SECRET}"))
    assert SECRET not in found
    assert "***" in found


@pytest.mark.parametrize("wrap", [lambda a: quote(a, safe=""), lambda a: quote(quote(a, safe=""), safe=""), lambda a: quote(quote(quote(a, safe=""), safe=""), safe="")], ids="123")  # fmt: skip
@pytest.mark.parametrize("inner", [f"/signin/link/?vtoken={SECRET}", f"/a?email={SECRET}%26more", f"/welcome/{TOKEN}/"])
def test_an_address_within_an_address_is_looked_at(wrap, inner):
    for outer in ("/login?next={}&page=2", "/login?next={}", "{}"):
        found = redact(outer.format(wrap(inner)))
        assert SECRET not in found
        assert TOKEN not in found


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer {}", "authorization: Basic {}", "HTTP_AUTHORIZATION: {}", "X-LoginRadius-ApiSecret: {}", "x_loginradius_apisecret:{}",
        "X-LoginRadius-Sott: {}", "Cookie: sessionid={}", "Set-Cookie: csrftoken={}; Path=/", "{{'Authorization': 'Bearer {}'}}",
        '{{"X-LoginRadius-ApiSecret": "{}"}}', "[(b'authorization', b'Bearer {}')]", "headers={{'HTTP_X_LOGINRADIUS_APISECRET': '{}', 'A': 'b'}}",
        '{{"otp": "{}"}}', '{{"PhoneId":"{}","x":1}}', "<QueryDict: {{'vtoken': ['{}']}}>", "{{'password': '{}'}}", '{{"email": "a\\"{}"}}',
        "('access_token', '{}')", "otp={}", 'phone="{} and more"',
    ],
)  # fmt: skip
def test_headers_and_bodies_are_looked_at(text):
    found = redact(text.format(SECRET))
    assert SECRET not in found
    assert "***" in found


@pytest.mark.parametrize("secret", [TOKEN, GUID, GUID.replace("-", ""), GUID.upper(), quote(TOKEN.replace("-", "=")), "a" * 31 + "B"])  # fmt: skip
def test_what_looks_drawn_goes_whatever_its_name(secret):
    for address in (
        "/welcome/{}",
        "/welcome/{}/done",
        "/delivery/sms/twilio/?message={}",
        "https://a.example/x/{}?q=1",
    ):
        assert secret not in redact(address.format(secret))


UNTOUCHED = [
    "", "Started server process [123]", "Listening at: http://127.0.0.1:8000 (42)", "GET /static/admin/css/base.css HTTP/1.1",
    "/identity/v2/auth/login/smartlogin/ping?wait=25&claim=false", "Not Found: /signin/code/", "signed_in flow=smart channel=email attempt=7 customer=3 seconds=0.120",
    'File "/usr/lib/python3.11/site-packages/loginradius_passwordless/flows/steps/sign_in.py", line 12', "100% of 50% = 50", "a=b", "?=&&=",
    "/find?q=tea%20pot&page=2", "%", "%zz=%%&%=1", "10:30:00 and then: nothing", "{'page': 'two', 'items': [1, 2]}", "/product/red-shoes-for-children-2026",
    "/static/loginradius_passwordless/waiting.js?v=3", "SELECT a FROM b WHERE c = %s AND d = 'x'",
]  # fmt: skip


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_has_no_secret_stays_as_it_is(text):
    assert redact(text) is text or redact(text) == text


def test_what_stands_beside_a_secret_stays():
    assert redact(f"GET /ping?apikey={SECRET}&wait=5&x=%20 HTTP/1.1") == "GET /ping?apikey=***&wait=5&x=%20 HTTP/1.1"
    assert redact(f"/login?next=%2Fa%3Fotp%3D{SECRET}&b=1") == "/login?next=/a?otp=***&b=1"


@pytest.mark.parametrize("forged", ["%0d%0aINFO forged", "%0A", "%22 200 1", "%e2%80%a8", "%1b[31m"])
def test_undoing_escapes_forges_no_line(forged):
    found = redact(f"GET /x?next={forged}&o%74p={SECRET} HTTP/1.1")
    assert found.isprintable()
    assert SECRET not in found
    assert len(found.splitlines()) == 1
    assert found.count('"') == 0


def test_every_secret_parameter_of_the_wire_is_known():
    secret = (
        inputs.Code,
        inputs.Password,
        inputs.LinkSecret,
        inputs.ClientGUID,
        inputs.Email,
        inputs.Phone,
        inputs.UserName,
    )
    asked = set()
    for module in (account, one_touch, password, ping, registration, smart):
        for view in vars(module).values():
            declared = getattr(view, "Parameters", None)
            fields = declared().fields if declared else {}
            asked |= {name for name, field in fields.items() if isinstance(field, secret)}
    assert {"otp", "password", "clientguid", "email", "phone", "phoneid", "username"} <= asked
    backends = [
        altcha.CaptchaBackend,
        hcaptcha.CaptchaBackend,
        qq.CaptchaBackend,
        recaptcha.CaptchaBackend,
        turnstile.CaptchaBackend,
    ]
    captchas = {name for one in backends for name in (one.parameter, *one.other_parameters)}
    captchas |= {name for one in backends for names in one.extra_parameters.values() for name in names}
    assert len(captchas) > 8
    assert {plain(name) for name in asked | captchas} <= SECRET_NAMES
    assert all(is_secret(name) for name in ("X-LoginRadius-ApiSecret", "HTTP_AUTHORIZATION", "Refresh-Token"))


# Records


def test_the_text_and_the_arguments_are_cleaned(log):
    log.logger.info("Not Found: %s", f"/x?vtoken={SECRET}")
    log.logger.info("/x?vtoken=" + SECRET)  # noqa: G003
    log.logger.info("vtoken=%s", SECRET)
    log.logger.info("%(path)s", {"path": f"/x?otp={SECRET}"})
    log.logger.info("%s and %d%%", QueryDict(f"email={SECRET}"), 5)
    log.logger.info(ValueError(f"otp={SECRET}"))
    log.logger.info("%(otp)s", {"otp": SECRET})
    assert SECRET not in log.text
    assert len(log.text.splitlines()) == 7
    assert "5%" in log.text


def test_a_trace_with_a_secret_becomes_its_text_and_another_one_stays(log):
    for secret in (f"/x?vtoken={SECRET}", "nothing"):
        try:
            raise ValueError(f"cannot read {secret}")
        except ValueError:
            log.logger.exception("It failed", stack_info=True)
            record = log.logger.makeRecord("x", 40, "f", 1, "m", (), sys.exc_info())
            Redact().filter(record)
            assert (record.exc_info is None) == (SECRET in secret)
    assert SECRET not in log.text
    assert log.text.count("Traceback") == 2
    assert "cannot read nothing" in log.text


def test_what_was_added_to_a_record_is_cleaned_also_as_json(rf):
    log = Log(JsonFormatter("%(message)s"))
    request = rf.get(f"/x?vtoken={SECRET}", headers={"Authorization": f"Bearer {SECRET}"})
    extra = {"request": request, "path": f"/x?otp={SECRET}", "otp": SECRET, "body": {"phone": SECRET, "n": {"email": SECRET}}, "status_code": 404, "all": [f"otp={SECRET}"], "phone": 5}  # fmt: skip
    log.logger.warning("Not Found", extra=extra)
    assert SECRET not in log.text
    assert json.loads(log.text)["status_code"] == 404
    assert json.loads(log.text)["phone"] == "***"


def test_the_request_of_a_record_is_still_one_for_djangos_mails(rf, settings, mailoutbox):
    from django.utils.log import AdminEmailHandler

    settings.ADMINS = ADMINS
    record = logging.LogRecord("django.request", 40, "f", 1, "It failed", (), None)
    record.request = rf.get(f"/x?vtoken={SECRET}")
    Redact().filter(record)
    AdminEmailHandler().emit(record)
    assert "GET" in mailoutbox[0].body


def test_gunicorns_atoms_keep_their_kind_and_lose_their_secrets():
    atoms = SafeAtoms({"r": f"GET /x?apikey={SECRET} HTTP/1.1", "q": f"otp={SECRET}", "{x-loginradius-apisecret}i": SECRET, "{http_authorization}e": SECRET, "{set-cookie}o": f"a={SECRET}", "U": "/x", "B": 17})  # fmt: skip
    record = logging.LogRecord("gunicorn.access", 20, "f", 1, '%(r)s %(q)s %({X-LoginRadius-ApiSecret}i)s %({nothing}i)s %({http_authorization}e)s %({set-cookie}o)s %(U)s %(B)s', (atoms,), None)  # fmt: skip
    Redact().filter(record)
    assert SECRET not in record.getMessage()
    assert record.getMessage().endswith("/x 17")
    assert isinstance(record.args, SafeAtoms)
    assert SECRET in atoms["r"], "what the caller gave is the caller's"


@pytest.mark.parametrize(
    "path", [f"/x?vtoken={SECRET}", "/x?next=authorization:", "/x?a='email':", "/x", f"/x?%6ftp={SECRET}"]
)
def test_uvicorns_arguments_keep_their_shape(path):
    from uvicorn.logging import AccessFormatter

    log = Log(AccessFormatter("%(client_addr)s %(request_line)s %(status_code)s", use_colors=False))
    log.logger.name = "uvicorn.access"
    log.logger.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:1", "GET", path, "1.1", 200)
    assert log.text.endswith("HTTP/1.1 200 OK\n")
    assert SECRET not in log.text


class Unreadable:
    def __str__(self):
        raise RuntimeError(SECRET)

    __repr__ = __str__


@pytest.mark.parametrize(
    "made", [("%s", Unreadable()), ("%d", f"otp={SECRET}"), ("%s %s", f"otp={SECRET}"), (Unreadable(),)]
)
def test_a_record_that_cannot_be_read_raises_nothing_and_shows_nothing(log, made, capsys):
    log.logger.info(*made)
    log.logger.info("x", extra={"it": Unreadable()})
    assert SECRET not in log.text + capsys.readouterr().err
    assert "could not be redacted" in log.text


@given(st.text(alphabet=string.printable, max_size=80))
def test_no_text_raises_and_what_is_clean_is_left_alone(text):
    once = redact(text)
    assert redact(once) == once


@given(
    st.text(alphabet=string.ascii_letters + string.digits + "-_.~+/", min_size=8, max_size=60),
    st.sampled_from(SPELLINGS),
)
def test_no_value_of_a_secret_name_is_left(value, name):
    assert f"{value}" not in redact(f"GET /x?{name}={value}&wait=5 HTTP/1.1").replace("GET /x?", "")
    assert value not in redact(f"/a?next={quote(f'/x?{name}={value}', safe='')}").replace("/a?next=", "")


@pytest.mark.parametrize("indent", [None, 1, 4, 12, 40])
def test_json_is_looked_at_however_it_is_indented(indent):
    for value in (SECRET, [SECRET]):
        text = json.dumps({"request": {"list": [{"password": value}]}}, indent=indent)
        assert SECRET not in redact(text), text


def test_a_long_line_takes_no_long_time():
    for text in ("a=" * 40_000, "%25" * 30_000, "/" + "a" * 90_000, '"' * 90_000, "'a':" * 20_000, "authorization" * 7_000, "a%" * 40_000, "a" * 90_000 + "=", "GET /a%41 HTTP/1.1 " + "x" * 60_000, "a: " + "xloginradius" * 5_000, "'aa':" + " " * 90_000 + ",", "'aa'" + " " * 90_000 + ":", "'aa':[" + " " * 90_000 + "x"):  # fmt: skip
        seconds = timeit.timeit(lambda text=text: redact(text), number=1)
        assert seconds < 2, (text[:20], seconds)


def test_a_record_without_secrets_costs_microseconds():
    record = logging.LogRecord("uvicorn.error", 20, "f", 1, "Started server process [%d]", (7,), None)
    one = Redact()
    assert min(timeit.repeat(lambda: one.filter(record), number=1000, repeat=5)) < 0.05
