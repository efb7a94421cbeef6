"""The shipped texts, in every language: as long as they may be, alike in what they hold, and as the golden files say.

After a change on purpose: UPDATE_GOLDEN=1 pytest tests/test_shipped_texts.py, then read the difference.
"""

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from loginradius_passwordless import catalog
from loginradius_passwordless.catalog import MESSAGES, SAMPLES
from loginradius_passwordless.catalog.shipped import FOLDER
from loginradius_passwordless.messages.rendering import render
from loginradius_passwordless.models import EmailTemplate, SMSTemplate

GOLDEN = Path(__file__).parent / "golden" / "messages"
GSM_7_LANGUAGES = {"de", "en", "es", "fr", "it", "nl", "pt"}
LANGUAGES = ["ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr"]
HOSTILE = "<script>alert(1)</script>\" onload='x' #OTP# #GUID# #Url#\r\nBcc: evil@example.com\u2028\u202e"
PEOPLE = {
    "usual": {},
    "nameless": dict.fromkeys(("Name", "FirstName", "LastName", "UserName", "IpAddress", "UserAgent", "Place"), ""),
    "hostile": {name: HOSTILE for name in SAMPLES if name not in {"Url", "GUID", "OTP", "OTPExpiry", "CurrentYear"}},
}
every_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(autouse=True)
def _where_the_samples_lead(site: Any) -> None:
    site(PUBLIC_URL="https://login.example.com")


def filled(kind: str, channel: str, language: str, person: str = "usual") -> dict[str, Any]:
    model: Any = EmailTemplate if channel == "email" else SMSTemplate
    template = model(kind=kind, language=language)
    for part, value in template.shipped().items():
        setattr(template, part, value)
    return render(template, channel, {**catalog.samples(kind, channel), **PEOPLE[person]})


class Seen(HTMLParser):
    """What a mail program sees."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [str(value) for name, value in attrs if name in {"href", "src"}]
        assert not [name for name, _value in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_languages_are_those_of_the_pages():
    assert catalog.languages() == LANGUAGES


@every_language
def test_every_message_is_as_the_golden_file_says(language):
    said = []
    for kind, channel in sorted(MESSAGES):
        body = filled(kind, channel, language)
        said += [f"=== {kind} by {channel}\n", *(f"--- {part}\n{text}\n" for part, text in body.items())]
    golden, text = GOLDEN / f"{language}.txt", "\n".join(said)
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, "utf-8")
    assert golden.read_text("utf-8") == text


@every_language
@pytest.mark.parametrize("person", PEOPLE)
def test_every_message_can_be_sent_to_everybody(language, person):
    for kind, channel in MESSAGES:
        body = filled(kind, channel, language, person)
        assert body["text"].strip()
        secrets = MESSAGES[kind, channel].required | MESSAGES[kind, channel].one_of
        for part in ("text", "html") if channel == "email" else ("text",):
            assert all(SAMPLES[name] in body[part] for name in secrets), (kind, channel)
            left = set(re.findall(r"#([A-Za-z]+)#", body[part])) - set(re.findall(r"#([A-Za-z]+)#", HOSTILE))
            assert not left, (kind, channel)
        if channel == "email":
            _check_email(body)


def _check_email(body: dict[str, Any]) -> None:
    assert body["subject"].splitlines() == [body["subject"]]
    assert len(body["subject"]) <= 150
    assert "\n" not in body["from_email"]
    seen = Seen(body["html"])
    assert "script" not in seen.tags
    assert all(link.startswith(SAMPLES["Url"]) for link in seen.links)
    assert len(body["html"].encode()) < 20_000
    assert "<" not in re.sub(r"<script>alert\(1\)</script>", "", body["text"])


@every_language
def test_no_shipped_sms_is_longer_than_it_may_be(language):
    for kind in catalog.kinds("sms"):
        size = catalog.segments(filled(kind, "sms", language)["text"])
        if language in GSM_7_LANGUAGES:
            assert (size.alphabet, size.count) == ("GSM-7", 1), (kind, size)
        else:
            assert size.count <= 2, (kind, size)


@every_language
def test_a_translation_holds_what_the_english_text_holds(language):
    for kind, channel in MESSAGES:
        ours, theirs = (catalog.shipped(kind, channel, code) for code in ("en", language))
        for part in ("subject", "text", "html"):
            assert placeholders(getattr(ours, part)) == placeholders(getattr(theirs, part)), (kind, channel, part)
        assert ours.text.count("\n\n") == theirs.text.count("\n\n"), (kind, channel)
        assert ours.html.count("<p") == theirs.html.count("<p"), (kind, channel)
        assert language == "en" or theirs.text != ours.text, (kind, channel)


def placeholders(text: str) -> list[str]:
    return sorted(catalog.PLACEHOLDER.findall(text))


@every_language
def test_a_mail_says_its_language_and_its_direction(language):
    html = catalog.shipped("one_touch_login", "email", language).html
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in html


@pytest.mark.parametrize(
    ("asked", "site_language", "expected"),
    [
        ("de", "en", "de"), ("de-at", "en", "de"), ("DE-AT", "en", "de"), ("pt-br", "de", "pt"), ("sv", "de", "de"),
        ("sv", "fr-ca", "fr"), ("sv", "fi", "en"), ("", "en-us", "en"), ("../../etc", "en", "en"), ("layout.html", "en", "en"),
    ],
)  # fmt: skip
def test_a_text_is_in_the_language_its_base_the_sites_or_english(settings, asked, site_language, expected):
    settings.LANGUAGE_CODE = site_language
    assert catalog.shipped("welcome", "sms", asked) == catalog.shipped("welcome", "sms", expected)


def test_the_folder_holds_the_languages_and_the_layout_alone():
    assert {file.name for file in FOLDER.iterdir()} == {f"{code}.toml" for code in LANGUAGES} | {"layout.html"}
