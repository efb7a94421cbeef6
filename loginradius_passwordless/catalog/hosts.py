"""Hosts that are made to be taken for another: letters of several scripts, or the letters of a host that is known."""

import unicodedata
from collections.abc import Collection
from urllib.parse import urlsplit

import idna

# What looks like what: Cyrillic and Greek letters that print as Latin ones, and figures that pass for letters.
LOOKS_LIKE = str.maketrans(
    "аеорсухіјѕԁԛԝѵһӏкмтвнгАВЕКМНОРСТХαορνικτυχ01|",
    "aeopcyxijsdqwvhlkmtbhrABEKMHOPCTXaopviktuxolI",
)
TOGETHER = [{"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}, {"LATIN", "HANGUL", "CJK"}]


def host_of(address: str) -> str:
    """Return the host of an address in lower case, as people read it; empty where there is none."""
    try:
        host = (urlsplit(address).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""
    try:
        return idna.decode(host) if "xn--" in host else host
    except idna.IDNAError:
        return host


def is_look_alike(host: str, known: Collection[str]) -> bool:
    """Tell whether a host mixes scripts, or would be read as one of these and is none of them, nor a part of one."""
    if any(host == each or host.endswith(f".{each}") for each in known):
        return False
    if any(_mixes_scripts(label) for label in host.split(".")):
        return True
    return any(_skeleton(host) == _skeleton(each) or _wears(host, each) for each in known)


def _wears(host: str, known: str) -> bool:
    """``login.example.com.evil.net`` and ``login-example-com.net`` begin with a name that is not theirs."""
    return "." in known and f"{host}.".startswith((f"{known}.", f"{known.replace('.', '-')}."))


def _skeleton(host: str) -> str:
    plain = unicodedata.normalize("NFKD", host).translate(LOOKS_LIKE).casefold()
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return letters.replace("rn", "m").replace("vv", "w").replace("i", "l").replace("-", "")


def _mixes_scripts(label: str) -> bool:
    names = {unicodedata.name(char, "").partition(" ")[0] for char in label if char.isalpha()}
    return len(names) > 1 and not any(names <= each for each in TOGETHER)
