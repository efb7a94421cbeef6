"""Whom a login is for: e-mail addresses and phone numbers, parsed, brought to one spelling, and masked."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

import idna
import phonenumbers
from phonenumbers import PhoneNumberType

from . import errors
from .conf import conf

Kind = Literal["email", "phone", "user_name"]
Channel = Literal["email", "sms", "voice"]

MAX_EMAIL = 254
MAX_LOCAL = 64
MAX_PHONE = 32
MAX_USER_NAME = 150
MAX_NAME = 64
LOOKS_LIKE_A_LINK = re.compile(r"[\w-][.。․．｡]\w{2,}|[/\\<>@:#]")
DOT_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
PHONE = re.compile(r"\+[0-9 ()./-]+", re.ASCII)
NATIONAL = re.compile(r"[0-9 ()./-]+", re.ASCII)

# Numbers that cost the caller, that nobody answers, or whose nature nobody knows.
REFUSED_TYPES = {
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.UAN,
    PhoneNumberType.PAGER,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.VOICEMAIL,
    PhoneNumberType.UNKNOWN,
}


@dataclass(frozen=True)
class Identity:
    """A parsed identifier.

    ``value`` is where messages go, as the person wrote it. ``canonical`` is what two spellings of one
    mailbox or number share; everything that is counted, looked up or compared uses it.
    """

    kind: Kind
    value: str
    canonical: str

    @property
    def masked(self) -> str:
        """A form that its owner recognises and a stranger cannot use."""
        if self.kind == "email":
            return mask_email(self.value)
        return mask_phone(self.value) if self.kind == "phone" else f"{self.value[:1]}•••"


def parse_email(text: str) -> Identity:
    """Parse one address; raise ``InvalidEmail`` for everything that is not plainly one.

    The local part is an ASCII dot-atom: quoted and internationalised local parts are refused, because mail
    software disagrees about them and that disagreement has sent login mails to strangers. The domain is
    brought to its A-label form (IDNA 2008 with UTS 46). Text that NFKC would turn into other characters is
    refused rather than folded: "victim＠example.com" is not somebody's address, it is an attempt.
    """
    text = text.strip(" ")
    if len(text) > MAX_EMAIL or unicodedata.normalize("NFKC", text) != unicodedata.normalize("NFC", text):
        raise errors.InvalidEmail
    local, at, domain = text.partition("@")
    if not at or len(local) > MAX_LOCAL or not DOT_ATOM.fullmatch(local):
        raise errors.InvalidEmail
    ascii_domain = _ascii_domain(domain)
    if len(local) + 1 + len(ascii_domain) > MAX_EMAIL:
        raise errors.InvalidEmail
    return Identity("email", f"{local}@{ascii_domain}", f"{local.lower()}@{ascii_domain}")


def _ascii_domain(domain: str) -> str:
    try:
        # The mapping of UTS 46 may fold case and nothing else: it also drops invisible characters.
        if idna.uts46_remap(domain, True, False) != unicodedata.normalize("NFC", domain).lower():
            raise errors.InvalidEmail
        labels = idna.encode(domain, uts46=True, std3_rules=True, transitional=False).decode().lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise errors.InvalidEmail from error
    if "." not in labels or labels.endswith(".") or labels.rpartition(".")[2].isdigit():
        raise errors.InvalidEmail
    return labels


def parse_phone(text: str, channel: Channel = "voice", region: str | None = None) -> Identity:
    """Parse one number to E.164; raise ``InvalidPhone`` when we may not use it.

    It has its country code, unless a region such as ``DE`` is given: then it may also be written as people there do.

    Premium, shared-cost and service numbers are always refused, fixed lines where an SMS is to be sent, and
    countries that are not in the setting ``SMS_COUNTRIES``.
    """
    identity = read_phone(text, region)
    if not _may_use(phonenumbers.parse(identity.value)) or (channel == "sms" and not can_be_texted(identity)):
        raise errors.InvalidPhone
    return identity


def read_phone(text: str, region: str | None = None) -> Identity:
    """Read any number that there can be, whether we may use it or not; raise ``InvalidPhone`` for what is none."""
    text = text.strip(" ")
    if len(text) > MAX_PHONE or not (PHONE.fullmatch(text) or (region and NATIONAL.fullmatch(text))):
        raise errors.InvalidPhone
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise errors.InvalidPhone from error
    if not phonenumbers.is_valid_number(number):
        raise errors.InvalidPhone
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Identity("phone", e164, e164)


def parse_user_name(text: str) -> Identity:
    """Take a user name as Django's user models normalise it; raise ``InvalidParameter`` for what cannot be one."""
    name = unicodedata.normalize("NFKC", text.strip(" "))
    if not name or len(name) > MAX_USER_NAME or not name.isprintable():
        raise errors.InvalidParameter("username")
    return Identity("user_name", name, name)


def can_be_texted(phone: Identity) -> bool:
    """Tell whether an SMS can reach this number: a fixed line can only be called."""
    return phonenumbers.number_type(phonenumbers.parse(phone.canonical)) != PhoneNumberType.FIXED_LINE


def _may_use(number: phonenumbers.PhoneNumber) -> bool:
    if phonenumbers.number_type(number) in REFUSED_TYPES:
        return False
    region = phonenumbers.region_code_for_number(number)
    if region in {None, phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY}:  # satellites and the like
        return False
    return conf.SMS_COUNTRIES == "all" or region in conf.SMS_COUNTRIES


def plain_name(name: str) -> str:
    """Return what messages may call somebody who has proven nothing yet; nothing, where it reads like a link.

    A message with it goes to whom a stranger names, and must not be an advertisement of the stranger's.
    """
    # Messages leave out what is invisible, so what it parts here would be one there.
    name = "".join(char for char in name if unicodedata.category(char) not in {"Cc", "Cf", "Cs"} or char.isspace())
    return "" if len(name) > MAX_NAME or LOOKS_LIKE_A_LINK.search(name) else " ".join(name.split())


def country_of(identity: Identity) -> str:
    """Return the country of a phone number, such as ``PT``; empty for what is none, or of no one country."""
    return country_of_number(identity.value) if identity.kind == "phone" else ""


def country_of_number(number: str) -> str:
    """Return the country of a number in E.164, as ``country_of`` does."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    return region if len(region) == 2 else ""


# What stands for what is not shown of an address or a number.
MASK = "•••"


def mask_email(address: str) -> str:
    """``alice@example.com`` becomes ``a•••@example.com``."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}{MASK}@{domain}"


def mask_phone(number: str) -> str:
    """``+14155550123`` becomes ``+1•••0123``."""
    return f"{number[:2]}{MASK}{number[-4:]}"
