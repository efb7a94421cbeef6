"""The rules for templates: each has a text that trips it and a neighbour that does not."""

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from loginradius_passwordless.catalog import kinds, languages, linting, shipped
from loginradius_passwordless.catalog.hosts import is_look_alike

LINK = "#Url#?vtoken=#GUID#"
PAGE = "https://shop.example/verify"
PAGES = {PAGE, "https://shop.example/verify?site=7"}
MAIL = {"subject": "Sign in", "text": LINK, "html": f'<p><a href="{LINK}">Open</a></p>'}


@dataclass(frozen=True)
class Case:
    """A rule, a text that trips it, and one like it that does not."""

    rule: str
    field: str
    trips: str
    passes: str
    kind: str = "one_touch_login"
    channel: str = "email"

    def __str__(self) -> str:
        return f"{self.rule} {self.trips[:24]}"


def html(body: str) -> str:
    return f'{body}<a href="{LINK}">Open</a>'


CASES = [
    Case("unknown-placeholder", "subject", "For #Nmae#", "For #Name#"),
    Case("unknown-placeholder", "text", f"{LINK} #OTP#", f"{LINK} #OTPExpiry#"),
    Case("unknown-placeholder", "html", html("#Password#"), html("# Password #")),
    Case("unknown-placeholder", "text", "#OTP# #Url#", "#OTP# #otpexpiry#", channel="sms"),
    Case("missing-placeholder", "text", "Open #Url#", LINK),
    Case("missing-placeholder", "html", "<p>Open</p>", html("<p>Open</p>")),
    Case("missing-placeholder", "text", "Your code", "Your code: #OTP#", channel="sms"),
    Case("missing-placeholder", "voice_text", "Your code", "Your code: #OTP#", channel="sms"),
    Case("missing-placeholder", "text", "Hello", "Hello #OTP#", kind="passwordless_login"),
    Case("text-missing", "text", " \n", LINK),
    Case("text-missing", "text", "", "Welcome", kind="welcome", channel="sms"),
    Case("text-without-link", "text", "#OTP#", f"#OTP# {LINK}", kind="passwordless_login"),
    Case("subject-missing", "subject", " ", "Sign in"),
    Case("subject-missing", "subject", "", "Sign in"),
    Case("secret-in-subject", "subject", "#OTP# is your code", "Your code", kind="passwordless_login"),
    Case("secret-in-subject", "subject", "Open #Url#", "Open it, #Name#"),
    Case("code-like-subject", "subject", "123456 is your code", "The year 2026 and 12345"),
    Case("too-long", "subject", "x" * 151, "x" * 150),
    Case("too-long", "text", LINK + "x" * 200_000, LINK + " " + "x" * 1000),
    Case("too-long", "html", "x" * 1_000_000, html("x" * 1000)),
    Case("control-character", "text", f"{LINK}\0", f"{LINK}\n\t"),
    Case("control-character", "subject", "Sign\nin", "Sign in"),
    Case("foreign-link", "text", f"https://evil.example/?t=#GUID# {LINK}", f"{PAGE}?t=#GUID#"),
    Case("foreign-link", "text", f"evil.example/#GUID# {LINK}", f"Open {LINK}."),
    Case("foreign-link", "text", f"#Url#.evil.example/?t=#GUID# {LINK}", f"({LINK})"),
    Case("foreign-link", "text", f"#Url#@evil.example/?t=#GUID# {LINK}", f"{PAGE}?site=7&vtoken=#GUID#"),
    Case("foreign-link", "text", f"https://evil.example/#Url#?t=#GUID# {LINK}", f"{LINK}&lang=de"),
    Case("foreign-link", "text", f"{PAGE}x?t=#GUID# {LINK}", f"Or type #GUID# at {PAGE}"),
    Case("foreign-link", "html", html('<a href="https://evil.example/?t=#GUID#">x</a>'), html('<a href="#Url#">x</a>')),
    Case("foreign-link", "html", html("https://evil.example/?t=#GUID#"), html("#GUID#")),
    Case("foreign-link", "html", html("https://evil<b>.example/</b>?t=#GUID#"), html("https://<b>shop</b>.example/")),
    Case("foreign-link", "html", html('<img alt="" src="https://evil.example/#GUID#">'), html('<img alt="" src="cid:1">')),
    Case("foreign-link", "text", "#OTP# https://evil.example/#OTP#", "#OTP# https://shop.example/", channel="sms"),
    Case("foreign-link", "text", "evil.example/#OTP#", "Code: #OTP#.", channel="sms"),
    Case("http-link", "text", f"http://shop.example/help {LINK}", f"https://shop.example/help {LINK}"),
    Case("http-link", "html", html('<a href="http://shop.example/">x</a>'), html('<a href="https://shop.example/">x</a>')),
    Case("active-content", "html", html("<script>alert(1)</script>"), html("<p>script</p>")),
    Case("active-content", "html", html("<ScRiPt src=//x>"), html("&lt;script&gt;")),
    Case("active-content", "html", html('<p onclick="x()">x</p>'), html('<p title="onclick">x</p>')),
    Case("active-content", "html", html("<form><input></form>"), html("<p>form</p>")),
    Case("active-content", "html", html('<a href="javascript:alert(1)">x</a>'), html('<a href="mailto:x@shop.example">x</a>')),
    Case("active-content", "html", html('<a href="java&#10;script:alert(1)">x</a>'), html('<a href="/javascript:">x</a>')),
    Case("active-content", "html", html('<iframe src="x"></iframe>'), html("<p>iframe</p>")),
    Case("active-content", "html", html('<meta http-equiv="refresh" content="0">'), html('<meta name="viewport" content="x">')),
    Case("active-content", "html", html('<base href="https://evil.example/">'), html("<b>base</b>")),
    Case("active-content", "html", html('<link rel="stylesheet" href="https://x.example/">'), html("<i>link</i>")),
    Case("active-content", "html", html('<p style="background:url(https://x.example/)">x</p>'), html('<p style="color:red">x</p>')),
    Case("active-content", "html", html("<style>@import 'x'</style>"), html("<style>p { color: red }</style>")),
    Case("active-content", "html", html("<!--[if mso]><script>x</script><![endif]-->"), html("<!--[if mso]><p>x</p><![endif]-->")),
    Case("active-content", "html", html('<a href="data:text/html,x">x</a>'), html('<img alt="" src="data:image/png;base64,AA==">')),
    Case("active-content", "html", html("<svg onload=x()>"), html("<p>svg</p>")),
    Case("unsafe-place", "html", html("<p title=#Name#>x</p>"), html('<p title="#Name#">x</p>')),
    Case("unsafe-place", "html", html('<a href="https://shop.example/?n=#Name#">x</a>'), html('<a href="https://shop.example/">#Name#</a>')),
    Case("unsafe-place", "html", html('<p style="color:#Name#">x</p>'), html('<p style="color:#fff">#Name#</p>')),
    Case("unsafe-place", "html", html("<style>p { content: '#Name#' }</style>"), html("<style>p { color: #fff }</style>")),
    Case("unsafe-place", "html", html('<img alt="" src="#Url#">'), html('<img alt="#AppName#" src="cid:1">')),
    Case("unsafe-place", "html", html('<p #Name#="x">x</p>'), html('<p class="x">#Name#</p>')),
    Case("remote-image", "html", html('<img alt="" src="https://shop.example/x.png">'), html('<img alt="" src="cid:logo">')),
    Case("remote-image", "html", html('<table background="//shop.example/x.png">'), html("<table>")),
    Case("clipped", "html", html("x" * 102 * 1024), html("x" * 100 * 1024)),
    Case("long-sms", "text", "#OTP# " + "x" * 460, "#OTP# " + "x" * 400, channel="sms"),
    Case("larger-alphabet", "text", "#OTP# ’", "#OTP# '€", channel="sms"),
    Case("look-alike-host", "text", f"https://shоp.example/ {LINK}", f"https://help.shop.example/ {LINK}"),
    Case("look-alike-host", "text", f"https://xn--shp-ted.example/ {LINK}", f"https://xn--bcher-kva.example/ {LINK}"),
    Case("look-alike-host", "html", html('<a href="https://sh0p.example/">x</a>'), html('<a href="https://chop.example/">x</a>')),
    Case("look-alike-host", "text", "#OTP# https://shop-example.net/", "#OTP# https://shoes.example/", channel="sms"),
    Case("look-alike-host", "text", f"https://shop.example.evil.net/ {LINK}", f"https://evil.net/ {LINK}"),
]  # fmt: skip
WRONG_CHANNEL = Case("wrong-channel", "voice_text", "Hello", "", kind="welcome", channel="sms")
ERRORS = {
    "unknown-placeholder", "missing-placeholder", "text-missing", "text-without-link", "subject-missing",
    "secret-in-subject", "too-long", "control-character", "foreign-link", "active-content", "unsafe-place",
    "look-alike-host", "wrong-channel",
}  # fmt: skip
WARNINGS = {"code-like-subject", "http-link", "remote-image", "clipped", "long-sms", "larger-alphabet"}


def found(case: Case, text: str) -> list[linting.Finding]:
    usual = {"mail": MAIL, "sms": {"text": "#OTP#"}}["sms" if case.channel == "sms" else "mail"]
    fields: dict[str, Any] = {**usual, case.field: text}
    if case.kind == "passwordless_login" and case.field == "text":
        fields = {**fields, "html": f'<a href="{LINK}">x</a>'}
    if case.kind == "welcome":
        fields = {"text": "Welcome", case.field: text}
    return linting.lint(case.kind, case.channel, fields, PAGES)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_is_broken_by_a_text_and_not_by_its_neighbour(case):
    broken = [finding for finding in found(case, case.trips) if finding.rule == case.rule]
    assert broken, found(case, case.trips)
    assert {finding.field for finding in broken} <= {case.field, "text"}
    assert all(finding.is_error is (case.rule in ERRORS) for finding in broken)
    assert not [finding for finding in found(case, case.passes) if finding.rule == case.rule]


def test_every_rule_has_a_case_and_is_an_error_or_a_warning():
    source = Path(linting.__file__).read_text("utf-8")
    rules = set(re.findall(r'Finding\(\s*"([a-z-]+)"', source))
    assert rules == ERRORS | WARNINGS
    assert {case.rule for case in CASES} == rules - {"wrong-channel"}


def test_a_kind_that_is_not_said_in_calls_has_no_text_for_one():
    assert [finding.rule for finding in found(WRONG_CHANNEL, "Hello")] == ["wrong-channel"]
    assert [finding.rule for finding in linting.lint("phone_change", "email", MAIL)] == ["wrong-channel"]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("channel", ["email", "sms", "voice"])
def test_every_shipped_text_keeps_all_rules(channel, language):
    for kind in kinds(channel):
        text = shipped(kind, channel, language)
        if channel == "voice":
            fields = {"text": shipped(kind, "sms", language).text, "voice_text": text.text}
        else:
            fields = {"subject": text.subject, "text": text.text, "html": text.html}
        told = linting.lint(kind, "email" if channel == "email" else "sms", fields)
        assert [finding for finding in told if finding.rule != "larger-alphabet"] == []


def test_the_character_that_makes_an_sms_larger_is_named_with_its_place():
    [finding] = linting.lint("one_touch_login", "sms", {"text": "#OTP# ’"})
    assert "“’” at place 7" in finding.text
    assert "1 part" in finding.text


def test_errors_come_first():
    fields = {**MAIL, "subject": "123456 #Nmae#"}
    assert [finding.is_error for finding in linting.lint("one_touch_login", "email", fields)] == [True, False]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("login.example.com", False), ("www.login.example.com", False), ("1ogin.example.com", True),
        ("lоgin.example.com", True), ("login-example-com.net", True), ("login.example.com.evil.net", True),
        ("example.com", False), ("löwe.example", False), ("ローマ字romaji.example", False), ("paypаl.example", True),
        ("localhost", False), ("192.0.2.1", False),
    ],
)  # fmt: skip
def test_hosts_that_are_made_to_be_taken_for_another_are_known(host, expected):
    assert is_look_alike(host, {"login.example.com"}) is expected


@pytest.mark.parametrize(
    "text",
    ["<" * 200_000, "<a " * 60_000, "&" * 200_000, "<!--" * 50_000, "#" * 200_000, "https://" * 25_000, "a@" * 90_000,
     "[" * 200_000, "<p style='" * 20_000, "u" * 100_000 + "rl(" * 30_000],
    ids=lambda text: text[:6],
)  # fmt: skip
def test_no_text_takes_long_to_read(text):
    began = time.perf_counter()
    linting.lint("one_touch_login", "email", {"subject": "x", "text": text[:200_000], "html": text[:200_000]}, PAGES)
    assert time.perf_counter() - began < 5
