"""Placeholders are LoginRadius' own: ``#Name#``, ``#OTP#``, ``#Url#``.

They are replaced in one pass from a fixed set of values; nothing in a template is ever evaluated.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .kinds import MessageChannel, MessageKind

PLACEHOLDER = re.compile(r"#([A-Za-z][A-Za-z0-9]*)#", re.ASCII)

# Every placeholder with a value to show in the admin and to preview templates with.
SAMPLES = {
    "AppName": "Example Shop",
    "Name": "Alice Example",
    "FirstName": "Alice",
    "LastName": "Example",
    "UserName": "alice",
    "Email": "alice@example.com",
    "Phone": "+14155550123",
    "IpAddress": "192.0.2.7",
    "UserAgent": "Firefox on Linux",
    "CurrentYear": "2026",
    "Url": "https://login.example.com/signin/link/",
    "GUID": "Zm9yLXByZXZpZXctb25seS1ub3QtYS1yZWFsLXRva2Vu",
    "OTP": "123456",
    "OTPExpiry": "5",
    "Place": "Lisbon, Portugal",
    "Time": "2026-01-02 03:04 WET",
}
PERSON = frozenset({"Name", "FirstName", "LastName", "UserName", "Email", "Phone"})
COMMON = PERSON | {"AppName", "IpAddress", "UserAgent", "CurrentYear"}
LINK = frozenset({"Url", "GUID", "OTPExpiry"})
CODE = frozenset({"OTP", "OTPExpiry"})
CHANGE = frozenset({"Place", "Time"})
NOTICE = CHANGE | {"Url", "GUID"}


@dataclass(frozen=True)
class Placeholders:
    """Which placeholders a template may use, which it must, and of which it must use at least one."""

    allowed: frozenset[str]
    required: frozenset[str] = frozenset()
    one_of: frozenset[str] = frozenset()


WITH_LINK = Placeholders(COMMON | LINK, frozenset({"GUID"}))
WITH_CODE = Placeholders(COMMON | CODE, frozenset({"OTP"}))
WITH_EITHER = Placeholders(COMMON | LINK | CODE, one_of=frozenset({"GUID", "OTP"}))
WITHOUT_SECRET = Placeholders(COMMON)
ABOUT_A_CHANGE = Placeholders(COMMON | CHANGE)

EMAIL, SMS, VOICE = MessageChannel
MESSAGES: dict[tuple[str, str], Placeholders] = {
    (MessageKind.ONE_TOUCH_LOGIN, EMAIL): WITH_LINK,
    (MessageKind.ONE_TOUCH_LOGIN, SMS): WITH_CODE,
    (MessageKind.ONE_TOUCH_LOGIN, VOICE): WITH_CODE,
    (MessageKind.SMART_LOGIN, EMAIL): WITH_LINK,
    (MessageKind.SMART_LOGIN, SMS): WITH_LINK,
    (MessageKind.PASSWORDLESS_LOGIN, EMAIL): WITH_EITHER,
    (MessageKind.PASSWORDLESS_LOGIN, SMS): WITH_CODE,
    (MessageKind.PASSWORDLESS_LOGIN, VOICE): WITH_CODE,
    (MessageKind.PHONE_VERIFICATION, SMS): WITH_CODE,
    (MessageKind.PHONE_VERIFICATION, VOICE): WITH_CODE,
    (MessageKind.ACCOUNT_EXISTS, SMS): WITHOUT_SECRET,
    (MessageKind.ACCOUNT_EXISTS, VOICE): WITHOUT_SECRET,
    (MessageKind.PHONE_CHANGE, SMS): WITH_CODE,
    (MessageKind.PHONE_CHANGE, VOICE): WITH_CODE,
    (MessageKind.PASSWORD_RESET, SMS): WITH_CODE,
    (MessageKind.PASSWORD_RESET, VOICE): WITH_CODE,
    (MessageKind.ACCOUNT_DELETE, SMS): WITH_CODE,
    (MessageKind.ACCOUNT_DELETE, VOICE): WITH_CODE,
    (MessageKind.WELCOME, EMAIL): WITHOUT_SECRET,
    (MessageKind.WELCOME, SMS): WITHOUT_SECRET,
    (MessageKind.SECURITY_NOTICE, EMAIL): Placeholders(COMMON | NOTICE, frozenset({"GUID"})),
    (MessageKind.PASSWORD_CHANGED, EMAIL): ABOUT_A_CHANGE,
    (MessageKind.PASSWORD_CHANGED, SMS): ABOUT_A_CHANGE,
    (MessageKind.PHONE_CHANGED, EMAIL): ABOUT_A_CHANGE,
    (MessageKind.PHONE_CHANGED, SMS): ABOUT_A_CHANGE,
}
_SPELLING = {name.lower(): name for name in SAMPLES}


def spelling(name: str) -> str:
    """Return a placeholder's own spelling: LoginRadius' templates write both ``#UserName#`` and ``#userName#``."""
    return _SPELLING.get(name.lower(), name)


def names_in(template: str) -> set[str]:
    """Return the names of the placeholders that a text uses."""
    return {spelling(name) for name in PLACEHOLDER.findall(template)}


def fill(template: str, values: Mapping[str, str]) -> str:
    """Replace the placeholders in one pass: what a value contains is never read as a placeholder again."""
    return PLACEHOLDER.sub(lambda found: values.get(spelling(found[1]), found[0]), template)


def kinds(channel: str) -> list[str]:
    """Return the kinds that can travel on a channel."""
    return [kind for kind, known in MESSAGES if known == channel]


def samples(kind: str, channel: str) -> dict[str, str]:
    """Return a sample of every placeholder that this kind fills on this channel, and of no other."""
    known = MESSAGES.get((kind, channel))
    return {name: value for name, value in SAMPLES.items() if name in known.allowed} if known else {}
