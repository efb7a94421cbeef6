"""Reads the HTML part of a template for what mail must not have: whatever acts, and values where they could.

Read by a parser that follows the HTML standard, as a browser does, and not by the standard library's: what the two take
for a tag differs, and a long text of unclosed tags keeps the latter busy for minutes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from .placeholders import PERSON, PLACEHOLDER, names_in, spelling

ACTIVE = {
    "applet", "audio", "base", "button", "embed", "form", "frame", "frameset", "iframe", "input", "link", "object",
    "portal", "script", "select", "slot", "svg", "math", "template", "textarea", "video", "xml", "noscript",
    "plaintext", "xmp", "noembed", "noframes", "area", "map", "dialog",
    "details", "marquee", "bgsound", "isindex", "keygen",
}  # fmt: skip
ADDRESSES = {
    "href", "src", "srcset", "background", "action", "formaction", "poster", "cite", "data", "xlink:href", "ping",
    "longdesc", "usemap", "profile", "codebase", "lowsrc", "dynsrc", "imagesrcset", "manifest", "archive", "classid",
}  # fmt: skip
REMOTE = re.compile(r"^\s*(https?:)?//", re.IGNORECASE)
SCHEME = re.compile(r"^[\s\x00-\x20]*([a-z][a-z0-9+.\x00-\x20-]*):", re.IGNORECASE)
HARMLESS = {"http", "https", "mailto", "tel", "cid", "sms"}
# An escape hides a word from whoever looks for it, and no mail needs one.
STYLE_ADDRESS = re.compile(r"url\s*\(|image-set|@import|expression\s*\(|behavior\s*:|-moz-binding|\\", re.IGNORECASE)
STYLE_COMMENT = re.compile(r"/\*.*?(\*/|\Z)", re.DOTALL)
ATTRIBUTE = re.compile(r"[a-z_:][a-z0-9_:.-]*", re.IGNORECASE | re.ASCII)
BLOCKS = {
    "address", "blockquote", "br", "center", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li",
    "ol", "p", "pre", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
HARMLESS_META = {"content-type", "x-ua-compatible"}

# What a person is called, and where they were, is text, and stands where text stands.
PEOPLES = PERSON | {"UserAgent", "Place", "AppName", "IpAddress", "Time"}

# A value has blanks. Where one would end what it stands in, the rest of it becomes an attribute of this name.
SPLIT = "data-lrp-split"
PROBE = rf"lrp-\1 {SPLIT}=1 lrp"
PROBED = re.compile(rf"lrp-([a-z0-9]+) {SPLIT}=1 lrp", re.IGNORECASE)


@dataclass
class Markup:
    """What a template's HTML has: addresses that can be followed, words, and what is wrong, as excerpts."""

    links: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    unsafe_places: list[str] = field(default_factory=list)
    remote_images: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """What somebody sees of it, or follows."""
        return " ".join(["".join(self.words), *self.links])


def read_markup(html: str) -> Markup:
    """Read HTML, what is in comments for Outlook included."""
    found = Markup()
    _read(PLACEHOLDER.sub(PROBE, html), found)
    return found


def _read(html: str, found: Markup) -> None:
    root = LexborHTMLParser(html).root
    document = root.parent if root else None  # comments may stand beside the root
    for node in document.traverse(include_text=True) if document else ():
        if node.is_comment_node:
            _read_comment(_restored(node.html or ""), found)
        elif node.is_text_node:
            if node.parent is None or node.parent.tag != "style":
                found.words.append(_restored(node.text(deep=False)))
        else:
            _read_tag(node, found)


def _read_comment(comment: str, found: Markup) -> None:
    """Read what Outlook reads of ``<!--[if mso]>…<![endif]-->``."""
    inner = comment.removeprefix("<!--").removesuffix("-->")
    if inner.lstrip().lower().startswith("[if"):
        shown = inner.partition("]>")[2]
        _read(PLACEHOLDER.sub(PROBE, shown.rpartition("<![")[0] or shown), found)


def _read_tag(node: LexborNode, found: Markup) -> None:
    tag, attributes = str(node.tag), node.attributes
    if tag in BLOCKS:
        found.words.append(" ")
    if tag in ACTIVE:
        found.active.append(f"<{tag}>")
    if "http-equiv" in attributes and (attributes["http-equiv"] or "").lower() not in HARMLESS_META:
        found.active.append("<meta http-equiv>")
    if SPLIT in attributes or tag.startswith("lrp-"):
        found.unsafe_places.append(f"<{_restored(tag)}>")  # without quotes a value ends where its first blank is
    if tag == "style":
        _read_style(_restored(node.text()), found)
    for name, value in attributes.items():
        if name != SPLIT:
            _read_attribute(tag, name.lower(), _restored(value or ""), found)


def _read_attribute(tag: str, name: str, value: str, found: Markup) -> None:
    # What is no name of an attribute, mail programs read each in their own way.
    if name.startswith("on") or name in {"srcdoc", "is", "ping"} or not ATTRIBUTE.fullmatch(name):
        found.active.append(f"{name}=")
    if name == "style":
        _read_style(value, found)
    is_link = tag == "a" and name == "href"
    if not is_link and names_in(value) & {"Url", "GUID"}:
        found.unsafe_places.append(f'{name}="{value}"')
    if name not in ADDRESSES:
        return
    if names_in(value) & PEOPLES:
        found.unsafe_places.append(f'{name}="{value}"')
    found.active.extend(_acting(tag, name, value))
    if is_link:
        found.links.append(value.strip())
    elif REMOTE.match(value):
        found.links.append(value.strip())
        found.remote_images.append(value)
    elif names_in(value):
        found.unsafe_places.append(f'{name}="{value}"')


def _acting(tag: str, name: str, value: str) -> Iterator[str]:
    scheme = SCHEME.match(value)
    kind = re.sub(r"[\x00-\x20]", "", scheme[1]).lower() if scheme else "https"
    is_picture = kind == "data" and tag == "img" and value.strip().lower().startswith("data:image/")
    if kind not in HARMLESS and not is_picture:
        yield f"{name}={kind}:"


def _read_style(style: str, found: Markup) -> None:
    if address := STYLE_ADDRESS.search(STYLE_COMMENT.sub("", style)):
        found.active.append(f"style: {address[0]}")
    if names_in(style):
        found.unsafe_places.append("style")


def _restored(text: str) -> str:
    return PROBED.sub(lambda probe: f"#{spelling(probe[1])}#", text)
