"""From a template and its values to the parts of a message. Placeholders are replaced once; nothing is evaluated."""

import re
import unicodedata
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from .. import catalog
from ..catalog import PLACEHOLDER, MessageChannel
from ..conf import conf
from ..models import EmailTemplate, SMSTemplate
from ..models.template import MAX_SUBJECT

URL_AND_QUERY = re.compile(r"(#Url#)\?", re.IGNORECASE)
BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")


def render(kind: str, channel: str, template: str, language: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Fill the template that staff made for this kind, name and language, or else the shipped text.

    Returns the body that ``delivery`` hands to the backend: ``subject, text, html, from_email`` for e-mail,
    ``text`` for SMS and calls.
    """
    values = {name: one_line(value) for name, value in values.items()}
    if channel == MessageChannel.EMAIL:
        return _email(kind, template, language, values)
    text = fill(joined(_phone_text(kind, channel, template, language), "&", values), values)
    return {"text": text if channel == MessageChannel.VOICE else with_web_otp(text, values.get("OTP"))}


def fill(template: str, values: Mapping[str, str]) -> str:
    """Replace the placeholders in one pass: what a value contains is never read as a placeholder again."""
    return PLACEHOLDER.sub(lambda found: values.get(catalog.spelling(found[1]), found[0]), template)


def joined(template: str, ampersand: str, values: Mapping[str, str]) -> str:
    """Go on with the query of a page that has one of its own: templates begin one, with ``#Url#?vtoken=#GUID#``."""
    return URL_AND_QUERY.sub(rf"\1{ampersand}", template) if "?" in values.get("Url", "") else template


def one_line(value: str) -> str:
    """Strip line breaks and control characters: a value is never more than a word or two of a line."""
    value = BREAKS.sub(" ", value)
    return "".join(char for char in value if unicodedata.category(char) not in {"Cc", "Cf", "Cs"})


def with_web_otp(text: str, code: str | None) -> str:
    """End an SMS with the line by which browsers offer the code to the right site and to no other."""
    host = urlsplit(conf.PUBLIC_URL).hostname
    return f"{text}\n\n@{host} #{code}" if code and host else text


def _email(kind: str, template: str, language: str, values: Mapping[str, str]) -> dict[str, Any]:
    row = EmailTemplate.objects.chosen(kind, template, language)
    parts = row or catalog.shipped(kind, MessageChannel.EMAIL, language)
    escaped = {name: escape(value) for name, value in values.items()}
    return {
        "subject": one_line(fill(parts.subject, values))[:MAX_SUBJECT],
        "text": fill(joined(parts.text, "&", values), values),
        "html": fill(joined(parts.html, "&amp;", values), escaped),
        "from_email": _sender(row, values["AppName"]),
    }


def _sender(row: EmailTemplate | None, app_name: str) -> str:
    address = (row and row.from_email) or conf.FROM_EMAIL or settings.DEFAULT_FROM_EMAIL
    if "<" in address:
        return address
    name = re.sub(r'["\\<>@,;:()\[\]]', "", (row and row.from_name) or app_name)
    return f'"{name}" <{address}>'


def _phone_text(kind: str, channel: str, template: str, language: str) -> str:
    row = SMSTemplate.objects.chosen(kind, template, language)
    text = row and (row.voice_text if channel == MessageChannel.VOICE else row.text)
    return text or catalog.shipped(kind, channel, language).text
