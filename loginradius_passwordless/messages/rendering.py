"""From a template and its values to the parts of a message. Placeholders are replaced once; nothing is evaluated."""

import logging
import re
import unicodedata
from collections.abc import Mapping
from email.utils import parseaddr
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from .. import catalog
from ..catalog import MessageChannel, fill, linting
from ..conf import conf
from ..models import Application, EmailTemplate, SMSTemplate
from ..models.template import Template

logger = logging.getLogger(__name__)

URL_AND_QUERY = re.compile(r"(#Url#)\?", re.IGNORECASE)
BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")


def choose(kind: str, channel: str, name: str, language: str, application: Application) -> Template:
    """Return what is sent: the template that staff published, else one that holds the shipped text.

    A row that does not pass the rules, as somebody wrote it past the admin or as a page went from the application's
    list, is not sent; the log says which.
    """
    model: type[EmailTemplate] | type[SMSTemplate]
    model = EmailTemplate if channel == MessageChannel.EMAIL else SMSTemplate
    row = model.objects.chosen(kind, name, language)
    if row is not None:
        broken = _broken(kind, model.channel, tuple(row.lintable.items()), frozenset(application.return_urls))
        broken = [*broken, *_odd_parts(row)]
        if not broken:
            return row
        logger.error("Template %s (%s) is not sent, the shipped text is: %s", row.pk, row, ", ".join(broken))
    template = model(kind=kind, language=_spoken(language))
    for part, value in template.shipped().items():
        setattr(template, part, value)
    return template


def render(template: Template, channel: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Fill a template.

    Returns the body that ``delivery`` hands to the backend: ``subject, text, html, from_email`` for e-mail, ``text``
    for SMS, ``text, spoken, language`` for calls: ``spoken`` has the code's digits apart.
    """
    values = {name: one_line(value) for name, value in values.items()}
    if isinstance(template, EmailTemplate):
        return _email(template, values)
    assert isinstance(template, SMSTemplate)  # noqa: S101 - there are these two
    if channel == MessageChannel.VOICE:
        return _call(template, values)
    text = fill(joined(template.text, "&", values), values)
    return {"text": with_web_otp(text, values.get("OTP"))}


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


def _spoken(language: str) -> str:
    """The language of the shipped text for this one: its own spelling, such as ``en-GB``, where it has that text."""
    found = catalog.shipped_language(language)
    return language if language.lower().partition("-")[0] == found else found


@lru_cache(maxsize=256)
def _broken(kind: str, channel: str, texts: tuple[tuple[str, str], ...], pages: frozenset[str]) -> list[str]:
    """The rules that a row does not pass. They take milliseconds, so they are asked once of each text."""
    return [f"{finding.field}: {finding.rule}" for finding in linting.errors(kind, channel, dict(texts), pages)]


def _odd_parts(row: Template) -> list[str]:
    """The parts besides the texts that a form would refuse."""
    try:
        row.clean_fields(exclude={field.name for field in row._meta.fields} - {*row.parts} | {*row.texts})
    except ValidationError as error:
        return [f"{name}: invalid" for name in error.message_dict]
    return []


def _email(template: EmailTemplate, values: Mapping[str, str]) -> dict[str, Any]:
    escaped = {name: escape(value) for name, value in values.items()}
    return {
        "subject": one_line(fill(template.subject, values))[: linting.MAX_SUBJECT],
        "text": fill(joined(template.text, "&", values), values),
        "html": fill(joined(template.html, "&amp;", values), escaped),
        "from_email": _sender(template, values["AppName"]),
    }


def _sender(template: EmailTemplate, app_name: str) -> str:
    configured = template.from_email or conf.FROM_EMAIL or settings.DEFAULT_FROM_EMAIL
    own_name, address = parseaddr(configured)
    if not address or (own_name and not template.from_name):
        return configured
    name = re.sub(r'["\\<>@,;:()\[\]]', "", one_line(template.from_name) or app_name)
    return f'"{name}" <{address}>'


def _call(template: SMSTemplate, values: Mapping[str, str]) -> dict[str, Any]:
    text, language = template.voice_text, template.language
    if not text:
        text = catalog.shipped(template.kind, MessageChannel.VOICE, language).text
        language = catalog.shipped_language(language)
    apart = {**values, "OTP": ", ".join(values.get("OTP", ""))} if "OTP" in values else values
    said, spoken = (" ".join([fill(text, each)] * template.voice_repeat) for each in (values, apart))
    return {"text": said, "spoken": spoken, "language": template.voice_language or language}
