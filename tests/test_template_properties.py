"""Whatever staff write and people are called: nothing is evaluated, nothing is read twice, headers are one line."""

import string
from html.parser import HTMLParser
from typing import Any

from django.conf import settings
from hypothesis import example, given
from hypothesis import strategies as st

from loginradius_passwordless import catalog
from loginradius_passwordless.catalog import SAMPLES, fill
from loginradius_passwordless.messages.rendering import one_line, render
from loginradius_passwordless.models import EmailTemplate, SMSTemplate

PIECES = [
    *(f"#{name}#" for name in [*SAMPLES, "Password", "name", "__class__", "Name.__class__"]),
    "{{ settings.SECRET_KEY }}", "{% debug %}", "{% load log %}", "{0.__class__}", "%(Name)s", "${7*7}", "#{7*7}",
    "<script>", "\r\nBcc: evil@example.com\r\n", "\u2028", "\x85", "\x0b", "%0a", "\\g<0>", "\\1", "#", "##", "\0", "\u202e",
]  # fmt: skip
words = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=8).map("".join)
names = st.sampled_from(sorted(SAMPLES))
values = st.dictionaries(names, words).map(lambda some: {**dict.fromkeys(SAMPLES, ""), **some})
MARKER = "⟦{}⟧"


class Counted(HTMLParser):
    """Counts tags and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append((tag, len(attrs)))


def expected(template: str, values: dict[str, str]) -> str:
    """What filling means, said in another way: cut at the placeholders, and put the pieces together."""
    said, rest = "", template
    while found := catalog.PLACEHOLDER.search(rest):
        name = catalog.spelling(found[1])
        said += rest[: found.start()] + (values[name] if name in values else found[0])
        rest = rest[found.end() :]
    return said + rest


@given(words, values)
@example("#Name#", {**dict.fromkeys(SAMPLES, ""), "Name": "#OTP#", "OTP": "123456"})
@example("#Na#Name#me#", {**dict.fromkeys(SAMPLES, ""), "Name": "x"})
def test_each_placeholder_becomes_its_value_and_everything_else_stays(template, values):
    assert fill(template, values) == expected(template, values)


@given(words, values)
def test_what_a_value_says_is_never_read_as_a_placeholder(template, values):
    marked = {name: MARKER.format(number) for number, name in enumerate(values)}
    once = fill(template, marked)
    for number, value in enumerate(values.values()):
        once = once.replace(MARKER.format(number), value)
    assert fill(template, values) == once or any("⟦" in text for text in [template, *values.values()])


@given(words)
def test_nothing_but_placeholders_is_evaluated(template):
    said = fill(template, {})
    assert said == template
    assert settings.SECRET_KEY not in said


@given(words, words, values)
def test_headers_are_one_line(subject, from_name, values):
    template = EmailTemplate(kind="welcome", subject=subject, text="x", from_name=from_name, from_email="a@example.com")
    body = render(template, "email", values)
    for header in (body["subject"], body["from_email"]):
        assert len(header.splitlines()) <= 1
        assert not set(header) & set("\r\n\v\f\x00\x85\u2028\u2029")
    assert len(body["subject"]) <= 150


@given(words, values)
def test_a_value_never_adds_a_tag_or_an_attribute(name, values):
    html = '<p title="#Name#">#Name# #UserAgent# <a href="#Url#">#AppName#</a></p>'
    template = EmailTemplate(kind="welcome", subject="x", text="x", html=html)
    parser = Counted()
    parser.feed(render(template, "email", {**values, "Name": name})["html"])
    assert parser.seen == [("p", 1), ("a", 1)]


@given(values, st.text(string.digits, min_size=6, max_size=10))
def test_the_last_line_of_an_sms_is_ours_alone(values, code):
    template = SMSTemplate(kind="one_touch_login", text="#OTP# for #Name# at #AppName#")
    lines = render(template, "sms", {**values, "OTP": code})["text"].split("\n")
    assert lines[1:] == ["", f"@testserver #{code}"]
    assert lines[0].startswith(f"{code} for ")


@given(st.text())
def test_a_value_is_one_line_without_control_characters(text):
    assert len(one_line(text).splitlines()) <= 1
