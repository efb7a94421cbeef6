"""Puts what a message holds where the options of a site name it, as in ``https://gateway.example/send?to={to}``."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any
from urllib.parse import quote

from .base import SMS, Call

# No ``str.format``: it walks attributes, so that a template reads what nobody meant it to read.
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}", re.ASCII)


def fill(template: str, facts: Mapping[str, str], encode: Callable[[str], str] = str) -> str:
    """Replace every placeholder in one pass, so that nothing in a value is taken for a placeholder.

    Args:
        template: text with placeholders such as ``{to}``; unknown ones stay as they are.
        facts: what there is to put in, by name.
        encode: is applied to each value, such as ``percent_encoded``.
    """
    return PLACEHOLDER.sub(lambda found: encode(facts[found[1]]) if found[1] in facts else found[0], template)


def fill_all(template: Any, facts: Mapping[str, str]) -> Any:
    """Return a JSON value with every text in it filled; keys stay.

    What is one placeholder alone and has no value is left out of its dict, such as ``{entity_id}`` outside India.
    """
    if isinstance(template, str):
        return fill(template, facts)
    if isinstance(template, dict):
        return {key: fill_all(value, facts) for key, value in template.items() if not _is_empty(value, facts)}
    if isinstance(template, list | tuple):
        return [fill_all(value, facts) for value in template]
    return template


def percent_encoded(value: str) -> str:
    """Return a value that cannot leave its place in an address or in a header."""
    return quote(value, safe="")


def facts_of(message: SMS | Call, channel: str, sender: str) -> dict[str, str]:
    """Return what there is to put in.

    Args:
        channel: ``sms`` or ``voice``.
        sender: from whom it comes where the message does not say.
    """
    facts = {field.name: getattr(message, field.name) for field in fields(message)}
    return {**facts, "to_digits": message.to.lstrip("+"), "channel": channel, "sender": message.sender or sender}


def names_of(kind: type[SMS] | type[Call]) -> set[str]:
    """Return the names that ``facts_of`` knows for texts, or for calls."""
    return {field.name for field in fields(kind)} | {"to_digits", "channel"}


def placeholders_in(template: Any) -> set[str]:
    """Return the names of all placeholders in a text, or in the texts of a JSON value."""
    if isinstance(template, str):
        return set(PLACEHOLDER.findall(template))
    values = template.values() if isinstance(template, dict) else template
    return set().union(*map(placeholders_in, values)) if isinstance(template, dict | list | tuple) else set()


def _is_empty(value: Any, facts: Mapping[str, str]) -> bool:
    found = PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
    return found is not None and facts.get(found[1]) == ""
