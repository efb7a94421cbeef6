"""The shipped texts: a file for each language, and one layout for the HTML part of every mail.

A mail is written once, in paragraphs, from which both parts are made::

    # A heading                  (the HTML part's alone: the text part has a subject)
    Any sentence with #Name#.
    #OTP#                        alone in its paragraph: the code, large
    [What to press](#Url#?…)     alone in its paragraph: the link, a button in HTML
    > Small print.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from importlib.resources import files
from typing import Any

from django.conf import settings

from .kinds import MessageChannel

FALLBACK_LANGUAGE = "en"
FOLDER = files(__package__.rpartition(".")[0]) / "defaults"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
BUTTON = re.compile(r"\[([^]]+)\]\((\S+)\)")


@dataclass(frozen=True)
class Text:
    """The parts of a message before its placeholders are filled."""

    text: str
    subject: str = ""
    html: str = ""


def fallbacks(language: str) -> list[str]:
    """Return the languages in which a text is looked for: this one, its base, the site's, the site's base."""
    wanted = [language.lower(), settings.LANGUAGE_CODE.lower()]
    each = [code for whole in wanted for code in (whole, whole.partition("-")[0]) if code]
    return list(dict.fromkeys(each))


@cache
def languages() -> list[str]:
    """Return the languages that this package has texts in."""
    return sorted(file.name.removesuffix(".toml") for file in FOLDER.iterdir() if file.name.endswith(".toml"))


def shipped(kind: str, channel: str, language: str) -> Text:
    """Return the shipped text of a message, in the first of ``fallbacks`` that there is, else in English."""
    return _shipped(kind, channel, shipped_language(language))


def shipped_language(language: str) -> str:
    """Return in which language ``shipped`` is."""
    return next((code for code in fallbacks(language) if code in languages()), FALLBACK_LANGUAGE)


@lru_cache(maxsize=512)
def _shipped(kind: str, channel: str, language: str) -> Text:
    source = _source(language)[channel][kind]
    if channel != MessageChannel.EMAIL:
        return Text(source)
    subject, body = source["subject"], source["body"].strip()
    paragraphs = [paragraph for paragraph in body.split("\n\n") if paragraph]
    text = "\n\n".join(line for line in map(_as_text, paragraphs) if line)
    return Text(text, subject, _html(subject, "\n".join(map(_as_html, paragraphs)), language))


@cache
def _source(language: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))


def _as_text(paragraph: str) -> str:
    if paragraph.startswith("# "):
        return ""
    if button := BUTTON.fullmatch(paragraph):
        return f"{button[1]}:\n\n{button[2]}"
    return paragraph.removeprefix("> ")


def _as_html(paragraph: str) -> str:
    source = escape(paragraph, quote=False).replace("\n", "<br>\n")
    if paragraph.startswith("# "):
        return f'<h1 style="margin:0 0 16px;font-size:22px;line-height:1.3;">{source[2:]}</h1>'
    if paragraph == "#OTP#":
        return f'<p class="code" dir="ltr" style="{CODE}">{source}</p>'
    if button := BUTTON.fullmatch(source):
        link = f'<a class="button" href="{button[2]}" style="{LOOKS_LIKE_A_BUTTON}">{button[1]}</a>'
        return f'<p style="margin:0 0 24px;">{link}</p>'
    if paragraph.startswith("> "):
        return f'<p class="quiet" style="margin:0 0 16px;font-size:14px;color:#5c6570;">{source[5:]}</p>'
    return f'<p style="margin:0 0 16px;">{source}</p>'


CODE = (
    "margin:0 0 24px;font-size:32px;line-height:1.2;font-weight:700;letter-spacing:4px;"
    "font-family:ui-monospace,Menlo,Consolas,monospace;"
)
LOOKS_LIKE_A_BUTTON = (
    "display:inline-block;padding:14px 24px;border-radius:8px;background:#1f4fd8;color:#ffffff;"
    "font-weight:600;text-decoration:none;"
)


def _html(subject: str, body: str, language: str) -> str:
    layout = (FOLDER / "layout.html").read_text("utf-8").strip()
    parts = {
        "language": language,
        "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
        "title": escape(subject, quote=False),
        "body": body,
    }
    return re.sub(r"\[\[(\w+)\]\]", lambda found: parts[found[1]], layout)
