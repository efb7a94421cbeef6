"""The shapes of answers as JSON Schema: a ``TypedDict`` of ``api.bodies`` becomes a component.

drf-spectacular's own reading of type hints drops what ``Annotated`` adds, and copies a shape wherever it is used.
"""

from collections.abc import Callable
from dataclasses import asdict
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

Schema = dict[str, Any]
Reference = Callable[[str, Callable[[], Schema]], Schema]

PLAIN = {str: "string", int: "integer", bool: "boolean", float: "number", NoneType: "null"}
SELECTED = "Selected"

# Control characters are refused wherever they stand.
VISIBLE = r"^[^\x00-\x1f\x7f-\x9f]*$"


class Shapes:
    """Turns annotations into schemas; ``reference`` keeps each object once and returns where it is.

    With ``is_selection`` objects are what the parameter ``fields`` leaves of them: nothing in them is required.
    """

    def __init__(self, reference: Reference, *, is_selection: bool = False) -> None:
        self._reference, self._is_selection = reference, is_selection

    def schema_of(self, hint: Any) -> Schema:
        """Return the schema of an annotation. Raises ``TypeError`` for what JSON has no word for."""
        if is_typeddict(hint):
            name = f"{hint.__name__}{SELECTED}" if self._is_selection else hint.__name__
            return self._reference(name, lambda: self._object(hint))
        if hint in PLAIN:
            return {"type": PLAIN[hint]}
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            facets = asdict(arguments[1])
            return self.schema_of(arguments[0]) | {name: facet for name, facet in facets.items() if facet is not None}
        if origin is Literal:
            return _literal(arguments)
        if origin is list:
            return {"type": "array", "items": self.schema_of(arguments[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.schema_of(arguments[1])}
        if origin in {Union, UnionType}:
            return any_of([self.schema_of(argument) for argument in arguments])
        raise TypeError(f"{hint!r} is no shape of an answer")

    def _object(self, hint: Any) -> Schema:
        properties = {name: self.schema_of(kind) for name, kind in get_type_hints(hint, include_extras=True).items()}
        schema: Schema = {"type": "object", "description": plain(hint.__doc__), "properties": properties}
        if self._is_selection:
            schema["description"] = f"What `fields` keeps of: {schema['description']}"
        else:
            schema["required"] = sorted(hint.__required_keys__)
        return {**schema, "additionalProperties": False}


def any_of(schemas: list[Schema]) -> Schema:
    """Return the schema of what has one of several; null beside a plain type is one more type."""
    if len(schemas) == 1:
        return schemas[0]
    if len(schemas) == 2 and schemas[1] == {"type": "null"} and isinstance(schemas[0].get("type"), str):
        return {**schemas[0], "type": [schemas[0]["type"], "null"]}
    return {"anyOf": schemas}


def plain(docstring: str | None) -> str:
    """Return a docstring as Markdown in one line."""
    return " ".join((docstring or "").replace("``", "`").split())


def _literal(values: tuple[Any, ...]) -> Schema:
    kind = PLAIN[type(values[0])]
    return {"type": kind, "const": values[0]} if len(values) == 1 else {"type": kind, "enum": sorted(values)}
