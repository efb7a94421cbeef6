"""Hosts that are made to be taken for another: letters of several scripts, or the letters of a host that is known."""

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import idna

# What looks like what: Cyrillic and Greek letters that print as Latin ones, and figures that pass for letters.
LOOKS_LIKE = str.maketrans(
    "аеорсухіјѕԁԛԝѵһӏкмтвнгАВЕКМНОРСТХαορνικτυχ01|ıɡɑ",
    "aeopcyxijsdqwvhlkmtbhrABEKMHOPCTXaopviktuxolIiga",
)
TOGETHER = [
    {"LATIN", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"},
    {"LATIN", "HANGUL", "CJK"},
]


def netloc_of(address: str) -> str:
    """Return user and host as browsers read them: a backslash is a slash, and of slashes one or three will do."""
    address = re.sub(r"[\t\r\n]", "", address).strip().replace("\\", "/")
    try:
        return urlsplit(re.sub(r"^(https?:)?/*(?<=[:/])", r"\1//", address, count=1, flags=re.IGNORECASE)).netloc
    except ValueError:
        return ""


def host_of(address: str) -> str:
    """Return the host of an address in lower case, as people read it; empty where there is none."""
    try:
        host = unquote(urlsplit(f"//{netloc_of(address)}").hostname or "")
        host = idna.uts46_remap(host, std3_rules=False).rstrip(".").lower()
    except ValueError:  # IDNAError is one
        return ""
    try:
        return idna.decode(host) if "xn--" in host else host
    except idna.IDNAError:
        return host


def is_look_alike(host: str, known: Collection[str]) -> bool:
    """Tell whether a host mixes scripts, or would be read as one of these and is none of them, nor a part of one."""
    hosts, skeletons, beginnings = _worn(frozenset(known))
    labels = host.split(".")
    if any(".".join(labels[place:]) in hosts for place in range(len(labels))):
        return False
    if any(_mixes_scripts(label) for label in labels):
        return True
    return _skeleton(host) in skeletons or f"{host}.".startswith(beginnings)


@lru_cache(maxsize=8)
def _worn(known: frozenset[str]) -> tuple[frozenset[str], frozenset[str], tuple[str, ...]]:
    """Return the hosts, what they look like, and how hosts begin that wear the name of one of them.

    ``login.example.com.evil.net``, ``login.example.com-evil.net`` and ``login-example-com.net`` do.
    """
    dotted = [each for each in known if "." in each]
    beginnings = [begin for each in dotted for begin in (f"{each}.", f"{each}-", f"{each.replace('.', '-')}.")]
    return known, frozenset(map(_skeleton, known)), tuple(beginnings)


def _skeleton(host: str) -> str:
    plain = unicodedata.normalize("NFKD", host).translate(LOOKS_LIKE).casefold()
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return letters.replace("rn", "m").replace("vv", "w").replace("i", "l").replace("-", "")


def _mixes_scripts(label: str) -> bool:
    names = {unicodedata.name(char, "").partition(" ")[0] for char in label if char.isalpha()}
    return len(names) > 1 and not any(names <= each for each in TOGETHER)
