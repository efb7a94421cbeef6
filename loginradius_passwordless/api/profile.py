"""The profile of a registration: which fields are kept, and what is said of the others.

Only what is listed here is read. Whatever the server owns, such as ``Uid``, ``EmailVerified`` or ``Roles``, is ignored
as any name is that nobody knows.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from .. import errors
from ..flows.steps import Profile
from ..identifiers import Identity, parse_email, parse_user_name, plain_name

LONGEST_FIELD = 200
MOST_CUSTOM_FIELDS = 20
TEXTS = {
    name.lower(): name
    for name in (
        "Prefix", "FirstName", "MiddleName", "LastName", "Suffix", "FullName", "NickName", "BirthDate", "Gender",
        "Company", "Country",
    )
}  # fmt: skip
CUSTOM_FIELDS = "CustomFields"

# What only somebody sends who registers; an e-mail address or a number alone is no profile.
MARKS = {*TEXTS, CUSTOM_FIELDS.lower(), "password"}

Problem = tuple[str, str]


def is_profile(parameters: Mapping[str, Any]) -> bool:
    """Tell whether a body brings a profile, and so asks for a registration."""
    return bool(MARKS & parameters.keys()) or isinstance(parameters.get("email"), list)


def read_profile(parameters: Mapping[str, Any]) -> Profile:
    """Return the profile of a body.

    Raises ``InvalidProfile`` with every field that cannot be used, and ``InvalidEmail`` for an address that is none.
    """
    problems: list[Problem] = []
    fields: dict[str, Any] = dict(_texts(parameters, problems))
    if custom := _custom_fields(parameters.get(CUSTOM_FIELDS.lower()), problems):
        fields[CUSTOM_FIELDS] = custom
    user_name = _user_name(parameters.get("username"), problems)
    if problems:
        raise errors.InvalidProfile(problems)
    return Profile(name=_name_of(fields), user_name=user_name, email=first_email(parameters), fields=fields)


def first_email(parameters: Mapping[str, Any]) -> Identity | None:
    """Return the first address of ``Email``: a list of types and values, as profiles have it, or a text."""
    given = parameters.get("email")
    if not given:
        return None
    if isinstance(given, str):
        return parse_email(given)
    if not isinstance(given, list):
        raise errors.InvalidEmail
    entry = given[0]
    value = {str(name).lower(): text for name, text in _pairs_of(entry)}.get("value")
    if not isinstance(value, str):
        raise errors.InvalidEmail
    return parse_email(value)


def _texts(parameters: Mapping[str, Any], problems: list[Problem]) -> Iterable[tuple[str, str]]:
    for plain, name in TEXTS.items():
        value = parameters.get(plain)
        if value is None or value == "":
            continue
        if problem := _problem_with(value):
            problems.append((name, problem))
        else:
            yield name, " ".join(value.split())


def _custom_fields(given: Any, problems: list[Problem]) -> dict[str, str]:
    if not given:
        return {}
    pairs = _pairs_of(given)
    if len(pairs) > MOST_CUSTOM_FIELDS or not pairs or any(_problem_with(part) for pair in pairs for part in pair):
        problems.append((CUSTOM_FIELDS, f"Send at most {MOST_CUSTOM_FIELDS} short texts by name."))
        return {}
    return dict(pairs)


def _user_name(given: Any, problems: list[Problem]) -> Identity | None:
    if not given:
        return None
    try:
        return parse_user_name(given if isinstance(given, str) else "")
    except errors.InvalidParameter:
        problems.append(("UserName", "Choose up to 150 characters that can be seen."))
        return None


def _problem_with(value: Any) -> str:
    if not isinstance(value, str):
        return "This is not a text."
    if len(value) > LONGEST_FIELD:
        return f"Use at most {LONGEST_FIELD} characters."
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in value):
        return "Use only characters that can be seen."
    return ""


def _name_of(fields: Mapping[str, Any]) -> str:
    """What messages call somebody who has proven nothing yet: no link, no markup, and not a sentence."""
    name = fields.get("FullName") or f"{fields.get('FirstName', '')} {fields.get('LastName', '')}".strip()
    return plain_name(name)


def _pairs_of(value: Any) -> list[tuple[Any, Any]]:
    """The names and values of a JSON object, as ``parameters`` reads one."""
    is_object = isinstance(value, list) and all(isinstance(pair, tuple) for pair in value)
    return list(value) if is_object else []
