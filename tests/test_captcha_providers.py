"""What holds for every CAPTCHA provider: solutions pass, everything else does not, and nothing is told about either."""

import logging
import re
import time
import traceback

import pytest

from loginradius_passwordless.backends.captcha import locmem
from loginradius_passwordless.backends.captcha.base import Rejected, Unavailable

from .captcha_vendors import ASKED, SECRET, SITE_VERIFY, TOKEN, VENDORS, always, raw_server, serve, solution
from .running import free_port

every_vendor = pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
every_asked_vendor = pytest.mark.parametrize("vendor", [VENDORS[name] for name in ASKED], ids=ASKED)


@every_vendor
def test_a_solution_passes(httpserver, vendor):
    backend = serve(httpserver, vendor)
    assert backend.verify(solution(vendor.token(backend))) is None


# What needs no question: nothing of it can be a token.
IMPOSSIBLE = {
    "absent": lambda token: "",
    "blank": lambda token: " \t ",
    "in spaces": lambda token: f" {token}",
    "with a line after it": lambda token: f"{token}\r\nX-Injected: 1",
    "with a null character": lambda token: f"{token}\0",
    "too long": lambda token: f"{token}{'A' * 4096}",
    "not of ASCII": lambda token: f"{token}é",
    "half a character": lambda token: f"{token}\ud800",
}
# What a provider has to be asked for, and refuses.
FOREIGN = {
    "null": lambda token: "null",
    "undefined": lambda token: "undefined",
    "a number": lambda token: "0",
    "true": lambda token: "true",
    "the site key": lambda token: "site-key-of-this-shop",
    "tampered": lambda token: token[::-1],
    "cut off": lambda token: token[: len(token) // 2],
    "of Google's": lambda token: "03AFcWeA5-another_persons",
    "of hCaptcha's": lambda token: "P1_eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.e30.x",
    "of Cloudflare's": lambda token: "XXXX.DUMMY.TOKEN.XXXX",
    "of Tencent's": lambda token: "tr03XaCUZPAlPdIMqv17yvcfdXCzkqvLE09*",
    "of ALTCHA's": lambda token: VENDORS["altcha"].token(VENDORS["altcha"].make(hmac_key="x" * 40)),
}


@every_vendor
@pytest.mark.parametrize("forge", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_a_token_is_rejected_and_nobody_is_asked(httpserver, vendor, forge):
    backend = serve(httpserver, vendor)
    with pytest.raises(Rejected):
        backend.verify(solution(forge(vendor.token(backend))))
    assert not httpserver.log


@every_vendor
@pytest.mark.parametrize("forge", FOREIGN.values(), ids=FOREIGN)
def test_a_token_that_is_none_of_the_providers_is_rejected(httpserver, vendor, forge):
    backend = serve(httpserver, vendor)
    with pytest.raises(Rejected):
        backend.verify(solution(forge(vendor.token(backend))))


@pytest.mark.parametrize("name", SITE_VERIFY)
@pytest.mark.parametrize("hosts", [{"evil.example"}, {"shop.example.evil.example"}, {"example"}, {"www.shop.example"}])
def test_a_solution_of_another_host_is_rejected(httpserver, name, hosts):
    backend = serve(httpserver, VENDORS[name])
    with pytest.raises(Rejected, match="another site"):
        backend.verify(solution(hosts=frozenset(hosts)))


@pytest.mark.parametrize("name", ["recaptcha score", "turnstile", "altcha"])
def test_a_solution_of_another_action_is_rejected(httpserver, name):
    backend = serve(httpserver, VENDORS[name])
    with pytest.raises(Rejected, match="something else"):
        backend.verify(solution(VENDORS[name].token(backend), action="registration"))


STRANGE_ANSWERS = [
    (500, "oops"), (500, '{"success": true}'), (502, "<html>Bad gateway</html>"), (503, ""), (429, '{"success": false, "error-codes": ["rate-limited"]}'), (403, "<html>"),
    (302, ""), (404, "{}"), (400, "{}"), (400, '{"success": true}'), (200, ""), (200, "<html>Just a moment...</html>"), (200, "[]"), (200, "1"), (200, "null"), (200, '"true"'),
    (200, "{}"), (200, '{"success": "true"}'), (200, '{"success": 1}'), (200, '{"success": null}'), (200, '{"success": [true]}'), (200, '{"success": {}}'),
    (200, '{"success": true, "error-codes": "none"}'), (200, '{"success": true, "error-codes": {"a": 1}}'), (200, '{"success": true, "error-codes": 1}'), (200, '{"success": false, "error-codes": 1}'), (200, b"\xff\xfe{}"), (200, "[" * 30000), (200, '{"success": true'),
    (200, '{"Response": null}'), (200, '{"Response": []}'), (200, '{"Response": {}}'), (200, '{"Response": {"CaptchaCode": "1"}}'), (200, '{"Response": {"CaptchaCode": true}}'),
    (200, '{"Response": {"CaptchaCode": 1.0}}'), (200, '{"Response": {"CaptchaCode": null}}'), (200, '{"Response": {"CaptchaCode": [1]}}'), (500, '{"Response": {"CaptchaCode": 1}}'),
    (200, '{"Response": {"Error": null}}'), (200, '{"Response": {"CaptchaCode": 1, "Error": {"Code": 1}}}'), (200, '{"Response": {"CaptchaCode": 1, "Error": []}}'),
]  # fmt: skip


@every_asked_vendor
@pytest.mark.parametrize(("status", "body"), STRANGE_ANSWERS)
def test_whatever_is_no_verdict_is_an_outage(httpserver, vendor, status, body):
    backend = always(httpserver, vendor, body, status)
    with pytest.raises(Unavailable):
        backend.verify(solution())


@every_asked_vendor
def test_a_redirect_is_not_followed_for_it_would_carry_the_secret_along(httpserver, vendor):
    for path in ("/siteverify", "/"):
        httpserver.expect_request(path).respond_with_data("", status=307, headers={"Location": "/elsewhere"})
    with pytest.raises(Unavailable):
        vendor.make(httpserver.url_for("").rstrip("/")).verify(solution())
    assert len(httpserver.log) == 1


@every_asked_vendor
def test_half_a_body_is_an_outage(vendor):
    reply = b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"success": true, "Response": {"CaptchaCode": 1, '
    with raw_server(reply) as url, pytest.raises(Unavailable):
        vendor.make(url).verify(solution())


@every_asked_vendor
@pytest.mark.parametrize("reply", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nX: \xff\xff\r\n"])
def test_what_speaks_no_http_is_an_outage(vendor, reply):
    with raw_server(reply) as url, pytest.raises(Unavailable):
        vendor.make(url).verify(solution())


@every_asked_vendor
def test_nobody_waits_longer_than_the_timeout(vendor):
    with raw_server(b"", hold=5) as url:
        begun = time.monotonic()
        with pytest.raises(Unavailable, match="ReadTimeout"):
            vendor.make(url, timeout=0.2).verify(solution())
    assert time.monotonic() - begun < 1


@every_asked_vendor
def test_a_provider_that_nobody_reaches_is_an_outage_and_says_why(vendor):
    with pytest.raises(Unavailable, match="ConnectionError"):
        vendor.make(f"http://127.0.0.1:{free_port()}").verify(solution())


@every_asked_vendor
def test_one_check_takes_two_seconds_at_most_unless_the_site_wants_otherwise(vendor):
    assert vendor.make("https://provider.example").timeout * 2 <= 2


SILENT = {
    "passed": (200, None),
    "refused": (200, '{"success": false, "error-codes": ["%s"], "Response": {"CaptchaCode": 9, "CaptchaMsg": "%s"}}'),
    "failed": (200, '{"success": true, "error-codes": ["%s"], "Response": {"Error": {"Code": "%s", "Message": "%s"}}}'),
    "echoed": (500, "%s"),
}


@every_asked_vendor
@pytest.mark.parametrize(("status", "body"), SILENT.values(), ids=SILENT)
def test_neither_token_nor_secret_shows_anywhere(httpserver, vendor, caplog, status, body):
    caplog.set_level(logging.DEBUG)
    answer = vendor.verdict() if body is None else body.replace("%s", f"{TOKEN} {SECRET}")
    backend, asked = always(httpserver, vendor, answer, status), solution()
    shown = [repr(backend), repr(asked)]
    try:
        backend.verify(asked)
    except (Rejected, Unavailable) as error:
        shown += [repr(error), str(error), "".join(traceback.format_exception(error))]
    else:
        assert body is None
    assert len(httpserver.log) == 1
    for text in [*shown, caplog.text]:
        assert not re.search(f"{re.escape(TOKEN)}|{re.escape(SECRET)}|key-of-the-account", text)


@every_vendor
def test_a_site_that_configured_nothing_is_told_so(vendor):
    found = type(vendor.make("")).check(type(vendor.make(""))())
    assert {message.id for message in found} == {"loginradius_passwordless.E013"}


def test_a_configured_provider_has_no_problems():
    for vendor in VENDORS.values():
        backend = vendor.make("https://provider.example")
        assert list(backend.check()) == []


def test_the_parameters_are_spelled_plainly():
    for vendor in VENDORS.values():
        backend = vendor.make("")
        names = [backend.parameter, *backend.other_parameters]
        names += [name for names in backend.extra_parameters.values() for name in names]
        assert all(re.fullmatch("[a-z]+", name) for name in names)


def test_the_twin_takes_what_the_test_says_and_nothing_else(monkeypatch):
    monkeypatch.setattr(locmem, "solved", {"yes", ""})
    twin = locmem.CaptchaBackend()
    assert twin.for_development
    assert twin.verify(solution("yes")) is None
    for token in ("", "no", " yes"):
        with pytest.raises(Rejected):
            twin.verify(solution(token))
    monkeypatch.setattr(locmem, "is_out_of_order", True)
    with pytest.raises(Unavailable):
        twin.verify(solution("yes"))
