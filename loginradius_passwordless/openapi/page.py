"""The document as a person reads it: what the page shows of each operation and of each shape."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .shapes import SELECTED, Schema


@dataclass(frozen=True)
class Row:
    """A parameter, or a key of an answer."""

    name: str
    where: str
    is_needed: bool
    kind: str
    text: list[str]


@dataclass(frozen=True)
class Shown:
    """An operation."""

    name: str
    method: str
    path: str
    summary: str
    text: list[str]
    credentials: list[str]
    rows: list[Row]
    answer: list[str]
    shapes: list[str]
    errors: list[tuple[str, str, str]]


@dataclass(frozen=True)
class ShownShape:
    """A shape of an answer."""

    name: str
    text: list[str]
    rows: list[Row]


def groups(document: Schema) -> list[tuple[str, list[Shown]]]:
    """Return the operations by what they belong to."""
    found: dict[str, list[Shown]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            title = operation["tags"][0].replace("_", " ").capitalize()
            found.setdefault(title, []).append(_shown(document, path, method, operation))
    return sorted(found.items())


def shapes(document: Schema) -> list[ShownShape]:
    """Return the shapes of answers; what ``fields`` leaves of each needs no words of its own."""
    return [
        ShownShape(name, parts(schema["description"]), _keys(schema))
        for name, schema in document["components"]["schemas"].items()
        if not name.endswith(SELECTED)
    ]


def _shown(document: Schema, path: str, method: str, operation: Schema) -> Shown:
    success = operation["responses"]["200"]
    [content] = success["content"].values()
    return Shown(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=parts(operation.get("description", "")),
        credentials=[" and ".join(names) for names in operation["security"]],
        rows=[*_parameters(document, operation), *_body(operation)],
        answer=parts(success["description"]),
        shapes=[name for name in dict.fromkeys(_names(content["schema"])) if not name.endswith(SELECTED)],
        errors=list(_errors(operation)),
    )


def _parameters(document: Schema, operation: Schema) -> Iterator[Row]:
    for given in operation["parameters"]:
        at = given.get("$ref", "").rpartition("/")[2]
        parameter = document["components"]["parameters"][at] if at else given
        yield Row(
            parameter["name"],
            parameter["in"],
            parameter.get("required", False),
            words(parameter["schema"]),
            parts(parameter.get("description", "")),
        )


def _body(operation: Schema) -> list[Row]:
    if "requestBody" not in operation:
        return []
    return _keys(operation["requestBody"]["content"]["application/json"]["schema"], "body")


def _keys(schema: Schema, where: str = "") -> list[Row]:
    needed = schema.get("required", [])
    return [
        Row(name, where, name in needed, words(kind), parts(kind.get("description", "")))
        for name, kind in schema["properties"].items()
    ]


def _errors(operation: Schema) -> Iterator[tuple[str, str, str]]:
    for status, response in operation["responses"].items():
        if "content" in response and status != "200":
            for line in response["description"].splitlines():
                code, _colon, sentence = line.removeprefix("- ").partition(": ")
                yield status, code, sentence


def _names(schema: Schema) -> list[str]:
    return re.findall(r'"#/components/schemas/(\w+)"', json.dumps(schema))


def parts(text: str) -> list[str]:
    """Return a sentence in parts, of which every second one is code."""
    return text.split("`")


def words(schema: Schema) -> str:
    """Return a schema in words, such as ``string or null, date-time``."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(words(one) for one in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema.get("enum", [schema.get("const")]))
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    said = " or ".join(kinds)
    if "items" in schema:
        said = said.replace("array", f"list of {words(schema['items'])}")
    least, most = schema.get("minimum"), schema.get("maximum", schema.get("maxLength"))
    limits = [f"at least {least}"] if least else []
    limits += [f"at most {most}"] if most else []
    return ", ".join([said, *([schema["format"]] if "format" in schema else []), *limits])
