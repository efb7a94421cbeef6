"""What is wrong with a template, rule by rule. Errors keep it from being saved or sent; warnings are said beside it.

Every rule has a name, under which ``docs/howto/templates.md`` explains it.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..conf import conf
from .hosts import host_of, is_look_alike, netloc_of
from .kinds import MessageChannel
from .markup import Markup, read_markup
from .placeholders import MESSAGES, PLACEHOLDER, fill, names_in, samples, spelling
from .segments import GSM, segments

MAX_SUBJECT = 150
MAX_TEXT = 200_000  # of a mail's part; no mail program shows more
MAX_SAID = 1500  # of an SMS or a call; no provider takes more
CLIPPED_AT = 102 * 1024
MAX_SEGMENTS = 3
SECRETS = frozenset({"OTP", "GUID"})
IN_SUBJECT = SECRETS | {"Url"}
CHANNEL_OF = {"voice_text": MessageChannel.VOICE}
ADDRESS = re.compile(r"https?:[/\\]+\S+", re.IGNORECASE)
URL = re.compile(r"#Url#(\?|\Z)", re.IGNORECASE)
AROUND_A_LINK = "<>()[]\"'.,;"
LOOKS_LIKE_AN_ADDRESS = re.compile(r"://|[^\s.]\.[^\s.]|[A-Za-z0-9][。．｡][A-Za-z0-9]|/")
LOOKS_LIKE_A_CODE = re.compile(r"(?<!\d)\d{6,10}(?!\d)")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a field."""

    rule: str
    field: str
    text: str
    is_error: bool = True


def lint(kind: str, channel: str, fields: Mapping[str, str], pages: Collection[str] = ()) -> list[Finding]:
    """Return all that is wrong, errors first.

    Args:
        kind: what the message is for.
        channel: "email", or "sms" for the text of an SMS and that of the call that says the same.
        fields: the texts by the name of their field: ``subject``, ``text``, ``html``, or ``text``, ``voice_text``.
        pages: the addresses besides ``#Url#`` that a link with a token may lead to.
    """
    if (kind, channel) not in MESSAGES:
        return [Finding("wrong-channel", "kind", _("This kind is never sent this way."))]
    fields = {name: text for name, text in fields.items() if text}
    if too_long := [*_too_long(fields, channel)]:  # the other rules take their time
        return too_long
    markup = read_markup(fields.get("html", ""))
    # What stands in a comment is in no mail.
    found = [*_everywhere(kind, channel, fields, {"html": markup.shown})]
    found += _email(fields, markup, pages) if channel == MessageChannel.EMAIL else _sms(kind, fields, pages)
    return sorted(dict.fromkeys(found), key=lambda finding: not finding.is_error)


def errors(kind: str, channel: str, fields: Mapping[str, str], pages: Collection[str] = ()) -> list[Finding]:
    """Return what keeps a template from being saved or sent."""
    return [finding for finding in lint(kind, channel, fields, pages) if finding.is_error]


def _too_long(fields: Mapping[str, str], channel: str) -> Iterator[Finding]:
    most = MAX_TEXT if channel == MessageChannel.EMAIL else MAX_SAID
    for name, text in fields.items():
        if len(text) > (limit := MAX_SUBJECT if name == "subject" else most):
            yield Finding("too-long", name, _("At most %(limit)d characters.") % {"limit": limit})


def _everywhere(kind: str, channel: str, fields: Mapping[str, str], shown: Mapping[str, str]) -> Iterator[Finding]:
    for name, text in {"text": "", **fields}.items():
        known = MESSAGES.get((kind, CHANNEL_OF.get(name, channel)))
        if known is None:
            yield Finding("wrong-channel", name, _("Messages of this kind are not said in a call."))
            continue
        used = names_in(shown.get(name, text))
        if unknown := {spelling(each) for each in PLACEHOLDER.findall(text)} - known.allowed:
            yield Finding("unknown-placeholder", name, _("Unknown here: %(names)s.") % {"names": _listed(unknown)})
        if any(unicodedata.category(char) == "Cc" and char not in "\n\t" for char in text):
            yield Finding("control-character", name, _("It has an invisible control character."))
        if name == "subject":
            continue
        if not text.strip():
            yield Finding("text-missing", name, _("There is no text. Some people read nothing else."))
        elif missing := known.required - used:
            yield Finding(
                "missing-placeholder", name, _("Needed here and missing: %(names)s.") % {"names": _listed(missing)}
            )
        elif known.one_of and not known.one_of & used:
            text = _("One of these is needed here: %(names)s.") % {"names": _listed(known.one_of)}
            yield Finding("missing-placeholder", name, text)


def _email(fields: Mapping[str, str], markup: Markup, pages: Collection[str]) -> Iterator[Finding]:
    subject, text, html = (fields.get(name, "") for name in ("subject", "text", "html"))
    if not subject.strip():
        yield Finding("subject-missing", "subject", _("A mail without a subject is taken for unwanted mail."))
    if names_in(subject) & IN_SUBJECT:
        text_of = _("A subject is shown on lock screens: keep codes and links out of it.")
        yield Finding("secret-in-subject", "subject", text_of)
    if LOOKS_LIKE_A_CODE.search(subject):
        yield Finding(
            "code-like-subject", "subject", _("The number looks like a code, which a subject must not have."), False
        )
    if "\n" in subject or "\r" in subject:
        yield Finding("control-character", "subject", _("A subject is one line."))
    yield from _words("text", text, pages)
    if not html:
        return
    # Words that stand in tags of their own are read as one, as mail programs make links of them.
    yield from _words("html", "".join(markup.words), pages)
    yield from _html(markup, html, pages)
    if lost := (names_in(html) & SECRETS) - names_in(text):
        yield Finding(
            "text-without-link", "text", _("The HTML part has %(names)s, and this one not.") % {"names": _listed(lost)}
        )


def _html(markup: Markup, html: str, pages: Collection[str]) -> Iterator[Finding]:
    for excerpt in markup.active:
        yield Finding("active-content", "html", _("Mail must not have %(excerpt)s.") % {"excerpt": excerpt[:60]})
    for excerpt in markup.unsafe_places:
        yield Finding(
            "unsafe-place", "html",
            _("A value must not stand here, where it could be more than text: %(excerpt)s") % {"excerpt": excerpt[:80]},
        )  # fmt: skip
    for link in markup.links:
        yield from _link("html", link, pages)
    for image in markup.remote_images:
        yield Finding(
            "remote-image", "html",
            _("%(address)s tells its server who reads the mail, and many programs do not load it.")
            % {"address": image[:80]},
            False,
        )  # fmt: skip
    if (size := len(html.encode())) > CLIPPED_AT:
        yield Finding(
            "clipped", "html",
            _("It has %(size)d kB; from %(limit)d kB on mail programs hide the rest.")
            % {"size": size // 1024, "limit": CLIPPED_AT // 1024},
            False,
        )  # fmt: skip


def _sms(kind: str, fields: Mapping[str, str], pages: Collection[str]) -> Iterator[Finding]:
    text = fields.get("text", "")
    yield from _words("text", text, pages)
    host = urlsplit(conf.PUBLIC_URL).hostname or ""
    values = samples(kind, MessageChannel.SMS)
    size = segments(fill(text, values) + (f"\n\n@{host} #123456" if "OTP" in names_in(text) else ""))
    if size.count > MAX_SEGMENTS:
        yield Finding("long-sms", "text", _("It is sent and charged as %d messages.") % size.count, False)
    for place, char in enumerate(text, 1):
        if char not in GSM:
            yield Finding(
                "larger-alphabet", "text",
                ngettext(
                    "“%(char)s” at place %(place)d makes a part hold 70 characters instead of 160: %(count)d part.",
                    "“%(char)s” at place %(place)d makes a part hold 70 characters instead of 160: %(count)d parts.",
                    size.count,
                ) % {"char": char, "place": place, "count": size.count},
                False,
            )  # fmt: skip
            return


def _words(field: str, text: str, pages: Collection[str]) -> Iterator[Finding]:
    """Look at what mail programs make links of, and at where the secrets stand."""
    for word in text.split():
        bare = PLACEHOLDER.sub("", word)
        if names_in(word) & SECRETS and (names_in(word) & {"Url"} or LOOKS_LIKE_AN_ADDRESS.search(bare)):
            yield from _link(field, _from_link(word.strip(AROUND_A_LINK)), pages)
        elif found := ADDRESS.search(word):
            yield from _link(field, found[0].strip(AROUND_A_LINK), pages)


def _from_link(word: str) -> str:
    """Leave out what stands before our link without a blank: a colon, a quotation mark, a word of Japanese."""
    before, link, rest = word.partition("#Url#")
    ends = bool(before) and unicodedata.category(before[-1])[0] in "PS" and before[-1] not in "/\\@&?=#%.-_。．｡"
    return link + rest if ends and not names_in(before) and not LOOKS_LIKE_AN_ADDRESS.search(before) else word


def _link(field: str, link: str, pages: Collection[str]) -> Iterator[Finding]:
    if names_in(link) & (SECRETS | {"Url"}) and not _is_ours(link, pages):
        yield Finding(
            "foreign-link", field,
            _("%(link)s: what signs people in leads to #Url# or to a page on an application's list, and nowhere else.")
            % {"link": link[:80]},
        )  # fmt: skip
    if link.lower().startswith("http://"):
        yield Finding(
            "http-link", field, _("%(link)s can be read and changed on its way.") % {"link": link[:80]},
            False,
        )  # fmt: skip
    known = _hosts(conf.PUBLIC_URL, frozenset(pages))
    if (host := host_of(link)) and ("@" in netloc_of(link) or is_look_alike(host, known)):
        yield Finding(
            "look-alike-host", field, _("%(host)s is made to be taken for another host.") % {"host": host[:80]}
        )


def _is_ours(link: str, pages: Collection[str]) -> bool:
    """Tell whether a link goes on with a page's query: an ampersand where there is none would go on with its host."""
    if URL.match(link):
        return True
    return any(link == page or link.startswith(f"{page}{'&' if '?' in page else '?'}") for page in pages)


@lru_cache(maxsize=8)
def _hosts(own: str, pages: frozenset[str]) -> frozenset[str]:
    return frozenset({host_of(address) for address in (own, *pages)} - {""})


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"#{name}#" for name in sorted(names))
