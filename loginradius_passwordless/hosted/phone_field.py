"""The field for a phone number: a country and the rest, as people write their own; or all of it with a plus sign."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from django.http import HttpRequest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from ..conf import conf
from ..identifiers import Identity, parse_phone

REGION = re.compile(r"[A-Z]{2}", re.ASCII)
REGION_OF_LANGUAGE = re.compile(r"\A[a-z]{2,3}(?:-[A-Za-z]{4})?-([A-Za-z]{2})\b", re.ASCII)
INTERNATIONAL = re.compile(r"\A(\+|00)")
DIGIT = re.compile(r"[0-9]", re.ASCII)


@dataclass(frozen=True)
class Country:
    """A country in the list: its region code, its dialling code, and how a number is written there."""

    region: str
    dialling_code: int
    pattern: str


@dataclass(frozen=True)
class Typed:
    """What somebody typed into the field."""

    region: str = ""
    number: str = ""

    @property
    def phone(self) -> Identity:
        """The parsed number. Raises ``InvalidPhone``."""
        plain = "".join(_plain(char) for char in unicodedata.normalize("NFKC", self.number))
        text = INTERNATIONAL.sub("+", plain.strip())
        return parse_phone(text, region=self.region if REGION.fullmatch(self.region) else None)


def _plain(char: str) -> str:
    """Digits of any script and dashes of any length become ASCII; the invisible signs around a copied number go."""
    kind = unicodedata.category(char)
    return str(unicodedata.digit(char)) if kind == "Nd" else {"Pd": "-", "Cf": ""}.get(kind, char)


def read(request: HttpRequest) -> Typed:
    """Read the field of a form that was sent."""
    return Typed(request.POST.get("country", "")[:2], request.POST.get("phone", "")[:40])


def blank(request: HttpRequest) -> Typed:
    """The field before anybody has typed: the country that the browser's first language names, if it is one of ours."""
    regions = [country.region for country in countries()]
    if len(regions) == 1:
        return Typed(regions[0])
    found = REGION_OF_LANGUAGE.match(request.headers.get("Accept-Language", ""))
    region = found[1].upper() if found else ""
    return Typed(region if region in regions else "")


def countries() -> tuple[Country, ...]:
    """Return the countries to choose from: those that the site sends messages to."""
    allowed = phonenumbers.SUPPORTED_REGIONS if conf.SMS_COUNTRIES == "all" else conf.SMS_COUNTRIES
    return _countries(frozenset(allowed))


@lru_cache(maxsize=8)
def _countries(regions: frozenset[str]) -> tuple[Country, ...]:
    return tuple(_country(region) for region in sorted(regions))


def _country(region: str) -> Country:
    """What the list says of a country; its pattern is that of an example, with a sign for every digit."""
    code = phonenumbers.country_code_for_region(region)
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE) or phonenumbers.example_number(
        region
    )
    written = phonenumbers.format_number(example, PhoneNumberFormat.INTERNATIONAL) if example else ""
    return Country(region, code, DIGIT.sub("#", written.removeprefix(f"+{code}").strip()))
