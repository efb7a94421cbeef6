"""Shows a template as its readers will see it, and in a way that nothing in it can act."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from ..catalog import MESSAGES, SAMPLES, MessageChannel, Segments, languages, linting, samples, segments
from ..catalog.shipped import RIGHT_TO_LEFT
from ..identifiers import plain_name
from ..messages.rendering import render
from ..models import Customer, EmailTemplate, SMSTemplate, listed_pages
from ..models.template import Template
from . import searching

# No script, no form and no way out for what is in the frame: its sandbox has no permission at all, and this policy
# says it once more for a browser that would not know the attribute. Without remote images nobody learns of a preview.
POLICY = (
    "<!doctype html>"
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
)
SCHEME = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
SCHEMES = ("light", "dark")


@dataclass(frozen=True)
class Preview:
    """What is shown beside a form. ``document`` is for a frame that can do nothing."""

    findings: list[linting.Finding]
    language: str
    direction: str
    subject: str = ""
    sender: str = ""
    text: str = ""
    document: str = ""
    size: Segments | None = None
    call: str = ""
    voice_language: str = ""

    @property
    def notes(self) -> dict[str, list[dict[str, Any]]]:
        """The findings by field, for the script that writes them beside the fields."""
        by_field: dict[str, list[dict[str, Any]]] = {}
        for finding in self.findings:
            by_field.setdefault(finding.field, []).append({"text": finding.text, "is_error": finding.is_error})
        return by_field


def preview(template: Template, *, scheme: str = "light", customer: Customer | None = None) -> Preview:
    """Fill a template with samples, or with what a customer is called, masked.

    Args:
        template: with the texts that are shown, saved or not.
        scheme: "light" or "dark", whatever the browser of the member of staff prefers.
        customer: whose name, address and number stand in the place of the samples.
    """
    findings = linting.lint(template.kind, template.channel, template.lintable, listed_pages())
    direction = "rtl" if template.language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"
    shown: dict[str, Any] = {"findings": findings, "language": template.language, "direction": direction}
    if any(finding.rule in {"too-long", "wrong-channel"} for finding in findings):
        return Preview(**shown)
    personal = _masked(customer) if customer else {}
    if isinstance(template, EmailTemplate):
        body = render(template, MessageChannel.EMAIL, _values(template, MessageChannel.EMAIL, personal))
        document = POLICY + in_scheme(without_links(body["html"]), scheme) if body["html"] else ""
        return Preview(
            **shown, subject=body["subject"], sender=body["from_email"], text=body["text"], document=document
        )
    assert isinstance(template, SMSTemplate)  # noqa: S101 - there are these two
    text = render(template, MessageChannel.SMS, _values(template, MessageChannel.SMS, personal))["text"]
    call: dict[str, Any] = {"text": "", "language": ""}
    if (template.kind, MessageChannel.VOICE) in MESSAGES:
        call = render(template, MessageChannel.VOICE, _values(template, MessageChannel.VOICE, personal))
    return Preview(**shown, text=text, size=segments(text), call=call["text"], voice_language=call["language"])


def without_links(html: str) -> str:
    """Take the addresses off links: a frame without any permission may still follow one, and its server would know."""
    parser = LexborHTMLParser(html)
    for node in parser.css("[href]"):
        del node.attrs["href"]
    return parser.html or ""


def in_scheme(html: str, scheme: str) -> str:
    """Have a mail shown for one colour scheme: a browser asks the scheme of its own user, not that of the frame."""
    holds, fails = "(min-width: 0px)", "(max-width: 0px)"
    chosen = SCHEME.sub(lambda found: holds if found[1].lower() == scheme else fails, html)
    return f'<meta name="color-scheme" content="{scheme if scheme in SCHEMES else "light"}">{chosen}'


def preview_languages(template: Template) -> list[str]:
    """Return in which languages this template can be looked at: those that staff wrote, and those that are shipped."""
    rows = type(template)._default_manager.filter(kind=template.kind, name=template.name)
    return sorted({template.language, *rows.values_list("language", flat=True), *languages()})


def find_customer(text: str) -> Customer | None:
    """Return whose address, number or UID this is."""
    found = searching.find(text).customers
    return Customer.objects.filter(pk__in=found).select_related("user").order_by("pk").first()


def _values(template: Template, channel: str, personal: Mapping[str, str]) -> dict[str, str]:
    known = samples(template.kind, channel)
    # What an e-mail does not know of a person, a text message knows, and the other way round.
    absent = {"Phone"} if channel == MessageChannel.EMAIL else {"Email"}
    values = {name: personal.get(name, value) for name, value in known.items()}
    return {**values, **dict.fromkeys(absent, ""), "AppName": SAMPLES["AppName"]}


def _masked(customer: Customer) -> dict[str, str]:
    """What a message would call a customer, as far as staff who look at texts need to know: how long, and whether."""
    kinds = {row.kind: row.identity.masked for row in customer.identifiers.order_by("-pk")}
    names = {
        "Name": customer.full_name,
        "FirstName": str(customer.profile.get("FirstName") or ""),
        "LastName": str(customer.profile.get("LastName") or ""),
        "UserName": str(customer.user.get_username() or ""),
    }
    hidden = {name: " ".join(f"{word[0]}•••" for word in plain_name(value).split()) for name, value in names.items()}
    return {**hidden, "Email": kinds.get("email", ""), "Phone": kinds.get("phone", "")}
