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
    "ol", "p", "pre", "table", "tbody", "td", "th", "thead", "tr", "ul", "article", "aside", "caption", "figcaption",
    "figure", "footer", "header", "main", "nav", "section", "tfoot", "title",
}  # fmt: skip
HARMLESS_META = {"content-type", "x-ua-compatible"}

NOT_DISPLAYED = re.compile(r"display\s*:\s*none", re.IGNORECASE)
# Outlook's own settings stand in these, in a comment that no other program reads.
OF_OUTLOOK = {"xml", "noscript"}

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
    seen: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)
    unsafe_places: list[str] = field(default_factory=list)
    remote_images: list[str] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """What everybody sees of it, or follows; words that tags part are apart, as filling leaves them so."""
        return "\n".join(self.seen)


def read_markup(html: str) -> Markup:
    """Read HTML, what is in comments for Outlook included."""
    found = Markup()
    _read(PLACEHOLDER.sub(PROBE, html), found)
    return found


def _read(html: str, found: Markup, *, for_outlook: bool = False) -> None:
    hidden: set[int] = set()
    root = LexborHTMLParser(html).root
    document = root.parent if root else None  # comments may stand beside the root
    for node in document.traverse(include_text=True) if document else ():
        is_hidden = for_outlook or _is_hidden(node, hidden)
        if node.prev is not None and node.prev.tag in BLOCKS:
            found.words.append(" ")
        if node.is_comment_node:
            _read_comment(_restored(node.html or ""), found)
        elif node.is_text_node:
            if node.parent is None or node.parent.tag != "style":
                found.words.append(_restored(node.text(deep=False)))
                if not is_hidden:
                    found.seen.append(found.words[-1])
        else:
            links = len(found.links)
            _read_tag(node, found, for_outlook=for_outlook)
            if node.tag == "a" and not is_hidden:
                found.seen.extend(found.links[links:])


def _is_hidden(node: LexborNode, hidden: set[int]) -> bool:
    """Tell whether nobody sees a node, and remember it for those in it."""
    is_hidden = node.parent is not None and node.parent.mem_id in hidden
    if not is_hidden and not node.is_text_node and not node.is_comment_node:
        attributes = node.attributes
        shows_none = NOT_DISPLAYED.search(attributes.get("style") or "")
        is_hidden = node.tag == "title" or "hidden" in attributes or bool(shows_none)
    if is_hidden:
        hidden.add(node.mem_id)
    return is_hidden


def _read_comment(comment: str, found: Markup) -> None:
    """Read what Outlook reads of ``<!--[if mso]>…<![endif]-->``."""
    inner = comment.removeprefix("<!--").removesuffix("-->")
    if inner.lstrip().lower().startswith("[if"):
        shown = inner.partition("]")[2].lstrip().removeprefix(">")
        _read(PLACEHOLDER.sub(PROBE, shown.rpartition("<![")[0] or shown), found, for_outlook=True)


def _read_tag(node: LexborNode, found: Markup, *, for_outlook: bool) -> None:
    tag, attributes = str(node.tag), node.attributes
    if tag in BLOCKS:
        found.words.append(" ")
    if tag in ACTIVE and not (for_outlook and tag in OF_OUTLOOK):
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
    is_link = name == "href" and (tag == "a" or tag.startswith("v:"))  # Outlook's buttons are shapes
    if not is_link and names_in(value) & {"Url", "GUID"}:
        found.unsafe_places.append(f'{name}="{value}"')
    if name not in ADDRESSES and name.rpartition(":")[2] not in ADDRESSES | {"althref"}:
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
    # In a string what looks like a comment is none.
    if address := STYLE_ADDRESS.search(style) or STYLE_ADDRESS.search(STYLE_COMMENT.sub("", style)):
        found.active.append(f"style: {address[0]}")
    if names_in(style):
        found.unsafe_places.append("style")


def _restored(text: str) -> str:
    # A placeholder that is one only now was written as entities, and is not filled.
    text = PLACEHOLDER.sub(lambda found: f"{found[0]} "[1:], text)
    return PROBED.sub(lambda probe: f"#{spelling(probe[1])}#", text)
