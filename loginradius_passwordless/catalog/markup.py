"""Reads the HTML part of a template for what mail must not have: whatever acts, and values where they could."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from .placeholders import PERSON, names_in

ACTIVE = {
    "applet", "audio", "base", "button", "embed", "form", "frame", "frameset", "iframe", "input", "link", "object",
    "portal", "script", "select", "slot", "svg", "math", "template", "textarea", "video", "xml", "noscript",
}  # fmt: skip
ADDRESSES = {"href", "src", "srcset", "background", "action", "formaction", "poster", "cite", "data", "xlink:href"}
IMAGES = {"src", "srcset", "background", "poster"}
REMOTE = re.compile(r"^\s*(https?:)?//", re.IGNORECASE)
SCHEME = re.compile(r"^[\s\x00-\x20]*([a-z][a-z0-9+.\x00-\x20-]*):", re.IGNORECASE)
HARMLESS = {"http", "https", "mailto", "tel", "cid", "sms"}
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
STYLE_ADDRESS = re.compile(r"url\s*\(|@import|expression\s*\(|behavior\s*:|-moz-binding", re.IGNORECASE)
# What a value may stand in: a sentence. Addresses take the link's own parts alone.
PEOPLES = PERSON | {"UserAgent", "Place"}


@dataclass
class Markup:
    """What a template's HTML has: addresses that can be followed, and what is wrong, by rule and excerpt."""

    links: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    unsafe_places: list[str] = field(default_factory=list)
    remote_images: list[str] = field(default_factory=list)


def read_markup(html: str) -> Markup:
    """Read HTML, what is in comments for Outlook included."""
    reader = _Reader(Markup())
    reader.feed(html)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self, found: Markup) -> None:
        super().__init__(convert_charrefs=True)
        self.found = found
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raw = self.get_starttag_text() or ""
        self._inside = tag if tag in {"style", "script"} else ""
        if tag in ACTIVE:
            self.found.active.append(f"<{tag}>")
        if tag == "meta" and any(
            name == "http-equiv"
            and (value or "").lower() != "content-type"
            and (value or "").lower() != "x-ua-compatible"
            for name, value in attrs
        ):
            self.found.active.append("<meta http-equiv>")
        if names_in(QUOTED.sub("", raw)):
            self.found.unsafe_places.append(raw)  # without quotes a value ends where its first blank is
        for name, value in attrs:
            self._read_attribute(tag, name.lower(), value or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside != "style":
            self.found.words.append(data)
            return
        if names_in(data):
            self.found.unsafe_places.append("<style>")
        self._read_style(data)

    def handle_comment(self, data: str) -> None:
        if data.lstrip().lower().startswith("[if"):
            inner = _Reader(self.found)
            inner.feed(data.partition("]>")[2].rpartition("<![")[0])
            inner.close()

    def _read_attribute(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on"):
            self.found.active.append(f"{name}=")
        if name == "style":
            self._read_style(value)
            if names_in(value):
                self.found.unsafe_places.append(f'{name}="{value}"')
        if name not in ADDRESSES:
            return
        if names_in(value) & PEOPLES:
            self.found.unsafe_places.append(f'{name}="{value}"')
        if (scheme := SCHEME.match(value)) and self._acts(tag, scheme[1], value):
            self.found.active.append(f"{name}={scheme[1]}:")
        if name in IMAGES or tag != "a":
            if REMOTE.match(value):
                self.found.remote_images.append(value)
            elif names_in(value):
                self.found.unsafe_places.append(f'{name}="{value}"')
        if name == "href" or REMOTE.match(value):
            self.found.links.append(value.strip())

    @staticmethod
    def _acts(tag: str, scheme: str, value: str) -> bool:
        kind = re.sub(r"[\x00-\x20]", "", scheme).lower()
        is_picture = kind == "data" and tag == "img" and value.strip().lower().startswith("data:image/")
        return kind not in HARMLESS and not is_picture

    def _read_style(self, style: str) -> None:
        if found := STYLE_ADDRESS.search(style):
            self.found.active.append(f"style: {found[0]}")
