"""Finds the spelling of a language that a speaking machine knows: ``de`` is ``de-DE`` to most."""

from collections.abc import Iterable

# What we call a language and what machines that speak call it.
SPOKEN_AS = {"zh": "cmn"}


def closest(language: str, known: Iterable[str]) -> str:
    """Return the known spelling of a language, or the first known one of it as spoken elsewhere, or nothing.

    Args:
        language: such as ``de``, ``de-AT`` or ``en-GB``.
        known: spellings with a country; of each language the usual one first.
    """
    name, _hyphen, country = language.replace("_", "-").lower().partition("-")
    name = SPOKEN_AS.get(name, name)
    spellings = [spelling for spelling in known if spelling.lower().partition("-")[0] == name]
    exact = [spelling for spelling in spellings if spelling.lower() == f"{name}-{country}"]
    return (exact or spellings or [""])[0]
