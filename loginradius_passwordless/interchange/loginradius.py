"""LoginRadius' own templates, as its management API and its console's export have them.

An e-mail is ``{TemplateType, TemplateName, Subject, Template, TextTemplate, FromName, FromEmail, IsDefault}``, an SMS
``{SmsTemplateType, Name, Template, IsDefault}``; a file holds one, a list, or a list under ``Data``. Types that this
package does not send are left out and named.

Sections, as ``#FUName Your user name is #UserName#. FUName#``, are shown there to some people. Those for people with a
password (``FPass``) and with a user name (``FUName``) are kept without their marks; those for people who came by a
social provider (``FProv``) are left out, as there are none here.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..catalog import FALLBACK_LANGUAGE, MessageChannel, MessageKind, shipped
from .entries import MODELS, Entry, InvalidFile

EMAIL_KINDS = {
    "autologin": MessageKind.SMART_LOGIN,
    "noregistrationpasswordlesslogin": MessageKind.ONE_TOUCH_LOGIN,
    "oneclicksignin": MessageKind.PASSWORDLESS_LOGIN,
    "welcome": MessageKind.WELCOME,
    "resetpassword": MessageKind.PASSWORD_CHANGED,
}
SMS_KINDS = {
    "noregistrationpasswordlesslogin": MessageKind.ONE_TOUCH_LOGIN,
    "onetimepasscode": MessageKind.PASSWORDLESS_LOGIN,
    "verification": MessageKind.PHONE_VERIFICATION,
    "changephoneno": MessageKind.PHONE_CHANGE,
    "forgotpassword": MessageKind.PASSWORD_RESET,
    "resetpassword": MessageKind.PASSWORD_CHANGED,
    "welcome": MessageKind.WELCOME,
    "deleteuser": MessageKind.ACCOUNT_DELETE,
}
KEPT = re.compile(r"#F(Pass|UName)\b(.*?)\bF\1#", re.DOTALL)
DROPPED = re.compile(r"#F(Prov)\b.*?\bF\1#", re.DOTALL)


def read_loginradius(
    file: Path, language: str = FALLBACK_LANGUAGE
) -> tuple[list[Entry], dict[tuple[str, str], str], list[str]]:
    """Read a file of LoginRadius' templates.

    Args:
        file: JSON.
        language: of the texts, as these files do not say it.

    Returns the templates; by kind and channel the name of the default one; and what was left out or changed, in
    words. Raises ``InvalidFile``.
    """
    entries, defaults, notes = [], {}, []
    for number, found in enumerate(_templates(file), 1):
        entry, is_default, about = _entry(found, language, f"{file}, template {number}")
        notes += about
        if entry is None:
            continue
        entries.append(entry)
        if is_default:
            defaults[entry.kind, entry.channel] = entry.name
    if len({entry.key for entry in entries}) < len(entries):
        raise InvalidFile(f"{file}: two templates have the same type and name")
    return entries, defaults, notes


def _templates(file: Path) -> Iterator[dict[str, Any]]:
    try:
        found = json.loads(file.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidFile(f"{file}: {error}") from error
    if isinstance(found, dict):
        listed = {name.lower(): value for name, value in found.items()}.get("data", found)
        found = listed if isinstance(listed, list) else [found]
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise InvalidFile(f"{file}: it is no list of templates")
    yield from ({name.lower(): value for name, value in each.items()} for each in found)


def _entry(found: dict[str, Any], language: str, source: str) -> tuple[Entry | None, bool, list[str]]:
    is_sms = "smstemplatetype" in found
    type_name = str(found.get("smstemplatetype" if is_sms else "templatetype", "")).replace("_", "").lower()
    kind = (SMS_KINDS if is_sms else EMAIL_KINDS).get(type_name)
    if kind is None:
        return None, False, [f"{source}: left out, there is no kind of message for the type {type_name!r} here"]
    texts = ("name", "templatename", "template", "subject", "texttemplate", "fromname", "fromemail")
    if wrong := [each for each in texts if not isinstance(found.get(each) or "", str)]:
        raise InvalidFile(f"{source}: of the wrong type: {', '.join(wrong)}")
    if not isinstance(found.get("isdefault", False), bool | type(None)):
        raise InvalidFile(f"{source}: IsDefault is neither true nor false")
    channel = MessageChannel.SMS if is_sms else MessageChannel.EMAIL
    name = str(found.get("name" if is_sms else "templatename") or "default")
    content = MODELS[channel].nothing()
    notes: list[str] = []
    if is_sms:
        content |= {"text": _plain(found, "template", source, notes)}
    else:
        content |= {
            "subject": _plain(found, "subject", source, notes),
            "html": _plain(found, "template", source, notes),
            "text": _plain(found, "texttemplate", source, notes),
            "from_name": str(found.get("fromname") or ""),
            "from_email": str(found.get("fromemail") or ""),
        }
        if not content["text"]:
            content["text"] = shipped(kind, channel, language).text
            notes.append(f"{source}: it has no text part; the shipped one is taken")
    entry = Entry(channel, kind, name, language, content, source=source)
    return entry, found.get("isdefault") is True, notes


def _plain(found: dict[str, Any], name: str, source: str, notes: list[str]) -> str:
    """One text without the marks of sections."""
    text = str(found.get(name) or "").replace("\r\n", "\n").strip()
    if DROPPED.search(text):
        notes.append(f"{source}: the section for social providers is left out")
    if KEPT.search(text):
        notes.append(f"{source}: a section for some people is shown to all")
    return KEPT.sub(lambda section: section[2].strip(), DROPPED.sub("", text)).strip()
