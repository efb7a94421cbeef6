"""The fields of the wire. Each turns one parameter into a value of ours, or raises the error with its code.

The errors are ours and not DRF's: every field has codes of its own, and they pass through DRF untouched.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from .. import errors
from ..identifiers import MAX_NAME, Identity, parse_email, parse_phone, parse_user_name, plain_name
from ..visitors import CODE, LINK

CLIENT_GUID = re.compile(r"[\x21-\x7e]{16,128}", re.ASCII)
TRUE = {"true", "1"}
FALSE = {"false", "0"}
MAX_VALUE = 2000


class Input(serializers.Serializer[None]):
    """The parameters of one endpoint; names it does not declare are ignored, as SDKs send more than is asked."""

    def to_internal_value(self, data: Mapping[str, Any]) -> dict[str, Any]:
        values = {}
        for name, field in self.fields.items():
            if not isinstance(field, Parameter):
                raise TypeError(f"{name} is not a Parameter")
            values[str(field.source)] = field.value_of(name, data.get(name, data.get(field.also or name)))
        return values


class Parameter(serializers.Field[Any, Any, Any, Any]):
    """One parameter. Absent, ``null`` and ``""`` are the same: no value. ``also`` is another name for it."""

    missing: type[errors.PasswordlessError] | None = None
    wrong: type[errors.PasswordlessError] = errors.InvalidParameter
    empty: Any = ""

    def __init__(self, *, optional: bool = False, also: str = "", **options: Any) -> None:
        self.optional, self.also = optional, also
        super().__init__(required=not optional, **options)

    @property
    def raises(self) -> set[type[errors.PasswordlessError]]:
        """The errors that this parameter can have."""
        return {self.wrong} if self.optional else {self.wrong, self.missing or errors.InvalidParameter}

    def value_of(self, name: str, value: Any) -> Any:
        """Return the parsed value, or the empty one where the parameter may be left out."""
        if value is None or value == "":
            if self.optional:
                return self.empty
            raise self.missing() if self.missing else errors.InvalidParameter(name)
        return self.parse(name, value)

    @abstractmethod
    def parse(self, name: str, value: Any) -> Any:
        """Return the value, or raise the error that this parameter has."""


class Text(Parameter):
    """A short text."""

    def __init__(self, *, longest: int = 200, **options: Any) -> None:
        self.longest = longest
        super().__init__(**options)

    def parse(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.longest:
            raise errors.InvalidParameter(name)
        return value


class TemplateName(Text):
    """The name of a template; one that does not exist means the default one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(longest=80, optional=True, **options)


class Flag(Parameter):
    """A boolean as the SDKs write it: ``True``, ``true``, ``1``; false where it is left out, unless said otherwise."""

    def __init__(self, *, absent: bool = False, **options: Any) -> None:
        super().__init__(optional=True, **options)
        self.empty = absent

    def parse(self, name: str, value: Any) -> bool:
        text = _scalar(value).lower()
        if text in TRUE:
            return True
        if text in FALSE:
            return False
        raise errors.InvalidParameter(name)


class Email(Parameter):
    """An e-mail address. SDKs do not escape their queries, so a blank stands for the plus sign it was."""

    missing, wrong = errors.MissingEmail, errors.InvalidEmail

    def parse(self, name: str, value: Any) -> Identity:
        if not isinstance(value, str):
            raise errors.InvalidEmail
        return parse_email(value.strip(" ").replace(" ", "+"))


class Phone(Parameter):
    """A phone number; a leading blank is a plus sign that nobody escaped."""

    missing, wrong = errors.MissingPhone, errors.InvalidPhone

    def parse(self, name: str, value: Any) -> Identity:
        if not isinstance(value, str):
            raise errors.InvalidPhone
        text = value.rstrip(" ")
        return parse_phone("+" + text.lstrip(" ") if text.startswith(" ") and "+" not in text else text)


class UserName(Parameter):
    """The name that somebody signs in with on the site."""

    missing = errors.MissingUserName

    def parse(self, name: str, value: Any) -> Identity:
        if not isinstance(value, str) or len(value) > MAX_VALUE:
            raise errors.InvalidParameter(name)
        return parse_user_name(value)


class Number(Parameter):
    """A whole number, in digits; ``absent`` where it is left out."""

    def __init__(self, *, absent: int | None = None, **options: Any) -> None:
        super().__init__(optional=True, **options)
        self.empty = absent

    def parse(self, name: str, value: Any) -> int:
        if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}", _scalar(value), re.ASCII):
            raise errors.InvalidParameter(name)
        return int(str(value))


def _scalar(value: Any) -> str:
    """A text or a number as text, nothing for anything else: what is nested may be too deep to be written."""
    return str(value) if isinstance(value, str | int) else ""


class ClientGUID(Parameter):
    """The waiting device's handle: 16 to 128 visible characters; blanks are plus signs of its base64."""

    def parse(self, name: str, value: Any) -> str:
        guid = value.replace(" ", "+") if isinstance(value, str) else ""
        if not CLIENT_GUID.fullmatch(guid):
            raise errors.InvalidParameter(name)
        return guid


class LinkSecret(Parameter):
    """The token of a link. One that cannot be ours is as unknown as one that is not."""

    wrong = errors.UnknownLink

    def parse(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or not LINK.fullmatch(value):
            raise errors.UnknownLink
        return value


class Code(Parameter):
    """A one-time code. One that cannot be ours is as wrong as one that is not."""

    def __init__(self, *, wrong: type[errors.PasswordlessError] = errors.WrongCode, **options: Any) -> None:
        self.wrong = wrong
        super().__init__(**options)

    def parse(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or not CODE.fullmatch(value):
            raise self.wrong
        return value.upper()


class Password(Parameter):
    """A password, as it is: nothing is trimmed or normalised. The site's own rules come later."""

    missing = errors.MissingPassword

    def parse(self, name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise errors.InvalidParameter(name)
        return value


class Options(Parameter):
    """Switches of a call, separated by commas; those that nobody knows are ignored."""

    empty: Any = frozenset()

    def __init__(self, **options: Any) -> None:
        super().__init__(optional=True, **options)

    def parse(self, name: str, value: Any) -> frozenset[str]:
        if not isinstance(value, str):
            raise errors.InvalidParameter(name)
        return frozenset(option.strip().lower() for option in value.split(","))


class PersonName(Parameter):
    """What to call a person. Until it is proven who they are it goes into mails of ours to an address that a
    stranger typed, so a name that reads like a link or like markup is left out."""

    def parse(self, name: str, value: Any) -> str:
        if not isinstance(value, str) or len(value) > MAX_NAME:
            raise errors.InvalidParameter(name)
        return plain_name(value)
