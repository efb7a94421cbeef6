"""Every message this app can send: its kind, its channels, its placeholders and its shipped text.

Placeholders are LoginRadius' own: ``#Name#``, ``#OTP#``, ``#Url#``. They are replaced in one pass from a fixed
set of values; nothing in a template is ever evaluated.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from django.db import models
from django.utils.translation import gettext_lazy as _

PLACEHOLDER = re.compile(r"#([A-Za-z][A-Za-z0-9]*)#", re.ASCII)
FALLBACK_LANGUAGE = "en"


class MessageKind(models.TextChoices):
    """What a message is for."""

    ONE_TOUCH_LOGIN = "one_touch_login", _("One-touch login")
    SMART_LOGIN = "smart_login", _("Smart login")
    PASSWORDLESS_LOGIN = "passwordless_login", _("Passwordless login")
    PHONE_VERIFICATION = "phone_verification", _("Phone verification")
    ACCOUNT_EXISTS = "account_exists", _("Account exists")
    PHONE_CHANGE = "phone_change", _("Phone change")
    PASSWORD_RESET = "password_reset", _("Password reset")
    ACCOUNT_DELETE = "account_delete", _("Account deletion")
    WELCOME = "welcome", _("Welcome")
    SECURITY_NOTICE = "security_notice", _("Security notice")
    PASSWORD_CHANGED = "password_changed", _("Notice: password changed")
    PHONE_CHANGED = "phone_changed", _("Notice: phone changed")


class MessageChannel(models.TextChoices):
    """How a message travels."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    VOICE = "voice", _("Voice call")


# Every placeholder with a value to show in the admin and to preview templates with.
SAMPLES = {
    "AppName": "Example Shop",
    "Name": "Alice Example",
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
COMMON = frozenset({"AppName", "Name", "Email", "Phone", "IpAddress", "UserAgent", "CurrentYear"})
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


MESSAGES: dict[tuple[str, str], Placeholders] = {
    (MessageKind.ONE_TOUCH_LOGIN, MessageChannel.EMAIL): Placeholders(COMMON | LINK, frozenset({"GUID"})),
    (MessageKind.ONE_TOUCH_LOGIN, MessageChannel.SMS): Placeholders(COMMON | CODE, frozenset({"OTP"})),
    (MessageKind.ONE_TOUCH_LOGIN, MessageChannel.VOICE): Placeholders(COMMON | CODE, frozenset({"OTP"})),
    (MessageKind.SMART_LOGIN, MessageChannel.EMAIL): Placeholders(COMMON | LINK, frozenset({"GUID"})),
    (MessageKind.SMART_LOGIN, MessageChannel.SMS): Placeholders(COMMON | LINK, frozenset({"GUID"})),
    (MessageKind.PASSWORDLESS_LOGIN, MessageChannel.EMAIL): Placeholders(
        COMMON | LINK | CODE, one_of=frozenset({"GUID", "OTP"})
    ),
    (MessageKind.PASSWORDLESS_LOGIN, MessageChannel.SMS): Placeholders(COMMON | CODE, frozenset({"OTP"})),
    (MessageKind.PASSWORDLESS_LOGIN, MessageChannel.VOICE): Placeholders(COMMON | CODE, frozenset({"OTP"})),
    **{
        (kind, channel): Placeholders(COMMON | CODE, frozenset({"OTP"}))
        for kind in (
            MessageKind.PHONE_VERIFICATION,
            MessageKind.PHONE_CHANGE,
            MessageKind.PASSWORD_RESET,
            MessageKind.ACCOUNT_DELETE,
        )
        for channel in (MessageChannel.SMS, MessageChannel.VOICE)
    },
    (MessageKind.ACCOUNT_EXISTS, MessageChannel.SMS): Placeholders(COMMON),
    (MessageKind.ACCOUNT_EXISTS, MessageChannel.VOICE): Placeholders(COMMON),
    (MessageKind.WELCOME, MessageChannel.EMAIL): Placeholders(COMMON),
    (MessageKind.WELCOME, MessageChannel.SMS): Placeholders(COMMON),
    (MessageKind.SECURITY_NOTICE, MessageChannel.EMAIL): Placeholders(COMMON | NOTICE, frozenset({"GUID"})),
    (MessageKind.PASSWORD_CHANGED, MessageChannel.EMAIL): Placeholders(COMMON | CHANGE),
    (MessageKind.PASSWORD_CHANGED, MessageChannel.SMS): Placeholders(COMMON | CHANGE),
    (MessageKind.PHONE_CHANGED, MessageChannel.EMAIL): Placeholders(COMMON | CHANGE),
    (MessageKind.PHONE_CHANGED, MessageChannel.SMS): Placeholders(COMMON | CHANGE),
}


@dataclass(frozen=True)
class Text:
    """The parts of a message before its placeholders are filled."""

    text: str
    subject: str = ""
    html: str = ""


_SPELLING = {name.lower(): name for name in SAMPLES}


def spelling(name: str) -> str:
    """Return a placeholder's own spelling: LoginRadius' templates write both ``#UserName#`` and ``#userName#``."""
    return _SPELLING.get(name.lower(), name)


def names_in(template: str) -> set[str]:
    """Return the names of the placeholders that a text uses."""
    return {spelling(name) for name in PLACEHOLDER.findall(template)}


def kinds(channel: str) -> list[str]:
    """Return the kinds that can travel on a channel."""
    return [kind for kind, known in MESSAGES if known == channel]


@lru_cache(maxsize=256)
def shipped(kind: str, channel: str, language: str) -> Text:
    """Return the shipped text of a message: in this language, else in its base language, else in English."""
    for candidate in (language.lower(), language.lower().partition("-")[0], FALLBACK_LANGUAGE):
        folder = files(__package__).joinpath("defaults", candidate)
        source = folder.joinpath(f"{kind}.{channel}.txt")
        if re.fullmatch(r"[a-z-]+", candidate) and source.is_file():
            break
    if channel != MessageChannel.EMAIL:
        return Text(source.read_text("utf-8").strip())
    subject, _separator, text = source.read_text("utf-8").partition("\n\n")
    html = folder.joinpath(f"{kind}.{channel}.html").read_text("utf-8")
    return Text(text.strip(), subject.removeprefix("Subject: ").strip(), html.strip())
