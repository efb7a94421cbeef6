"""The ``fields`` parameter: keeps only the named keys of an answer.

fields=Profile,access_token        fields=Profile(Uid,Email)        fields=Profile/Uid        fields=*
"""

from typing import Any

from .. import errors

EVERYTHING = "*"
MAX_DEPTH = 4
Selection = dict[str, "Selection"]


def parse(fields: Any) -> Selection:
    """Return what ``fields`` selects; an empty selection is everything.

    Raises ``InvalidParameter`` for brackets that do not match.
    """
    if not isinstance(fields, str):
        raise errors.InvalidParameter("fields")
    selection, rest = _parse(fields.strip().lower(), 0)
    if rest:
        raise errors.InvalidParameter("fields")
    return selection


def keep(value: Any, selection: Selection) -> Any:
    """Return an answer with only the selected keys, in any case, as deep as the selection goes."""
    if isinstance(value, list):
        return [keep(item, selection) for item in value]
    if not isinstance(value, dict) or not selection or EVERYTHING in selection:
        return value
    return {name: keep(item, selection[name.lower()]) for name, item in value.items() if name.lower() in selection}


def _parse(text: str, depth: int) -> tuple[Selection, str]:
    """Parse ``a,b(c,d),e/f`` up to the bracket that closes this level; return the rest of the text too."""
    if depth > MAX_DEPTH:
        raise errors.InvalidParameter("fields")
    selection: Selection = {}
    while text:
        end = next((at for at, char in enumerate(text) if char in ",()/"), len(text))
        name, mark, text = text[:end].strip(), text[end : end + 1], text[end + 1 :]
        below: Selection = {}
        if mark == "(":
            below, text = _parse(text, depth + 1)
            if not text.startswith(")"):
                raise errors.InvalidParameter("fields")
            text = text[1:].lstrip().removeprefix(",")
        elif mark == "/":
            below, text = _parse_path(text)
        if name:
            selection.setdefault(name, {}).update(below)
        if mark == ")":
            return selection, ")" + text
    return selection, ""


def _parse_path(text: str) -> tuple[Selection, str]:
    end = next((at for at, char in enumerate(text) if char in ",)"), len(text))
    selection: Selection = {}
    for name in reversed(text[:end].split("/")):
        selection = {name.strip(): selection}
    return selection, text[end:].removeprefix(",")
