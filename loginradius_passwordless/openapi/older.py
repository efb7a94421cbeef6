"""How a site's own document says it: in OpenAPI 3.0, unless the site asks for more, and with its enums left alone."""

from typing import Any

NULL = {"type": "null"}
NEWER = {"contentMediaType", "contentSchema"}


def as_3_0(value: Any) -> Any:
    """Return a part of a document of version 3.1 as version 3.0 says it."""
    if isinstance(value, list):
        return [as_3_0(item) for item in value]
    if not isinstance(value, dict):
        return value
    said = {name: as_3_0(part) for name, part in value.items() if name not in NEWER}
    if isinstance(said.get("type"), list):
        said |= {"type": next(kind for kind in said["type"] if kind != "null"), "nullable": True}
    if "const" in said and "type" in said:
        said["enum"] = [said.pop("const")]
    if said.get("type") == "null":
        return {"nullable": True, "enum": [None]}
    if NULL in value.get("anyOf", []):
        rest = [as_3_0(part) for part in value["anyOf"] if part != NULL]
        said |= {"anyOf": rest, "nullable": True}
    return said


def with_enums_inside(value: Any) -> Any:
    """Hide the enums of properties from drf-spectacular, which makes components of them and warns of their names."""
    if isinstance(value, list):
        return [with_enums_inside(item) for item in value]
    if not isinstance(value, dict):
        return value
    said = {name: with_enums_inside(part) for name, part in value.items()}
    if isinstance(said.get("properties"), dict):
        kinds = said["properties"].items()
        said["properties"] = {name: {"allOf": [kind]} if "enum" in kind else kind for name, kind in kinds}
    return said
