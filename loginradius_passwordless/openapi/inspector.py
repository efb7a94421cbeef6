"""One operation of the document: drf-spectacular asks for it, the view's own declaration answers."""

from collections.abc import Callable, Mapping
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent, is_jsonschema_compliant

from ..api import bodies
from . import parameters
from .endpoints import Endpoint
from .failures import failures_of, responses_of
from .links import links_of
from .older import as_3_0, with_enums_inside
from .security import SCHEMES, ways_in
from .shapes import VISIBLE, Schema, Shapes, any_of, plain

JSON, EVENTS = "application/json", "text/event-stream"
SPELLINGS = "Names and paths are matched in any case; a slash at the end of a path may be given."

SHARED: dict[str, Schema] = {
    "fields": {
        "name": "fields",
        "in": "query",
        "description": "Keeps only these keys of the answer: `access_token,Profile(Uid,Email)`, or `Profile/Uid`.",
        "schema": {"type": "string", "pattern": VISIBLE},
        "example": "access_token,Profile(Uid,Email)",
    },
    "language": {
        "name": "language",
        "in": "query",
        "description": "The language of a message that this call sends: a code such as `de` or `pt-br`.",
        "schema": {"type": "string", "maxLength": 20, "pattern": VISIBLE},
    },
}
CACHING: Schema = {
    "Cache-Control": {"description": "Never cached.", "required": True, "schema": {"type": "string"}},
}


class OperationSchema(AutoSchema):
    """Describes one method of a view at its canonical path.

    ``prefix`` stands before the names of components, for documents that have others' components too.
    """

    registry: ComponentRegistry

    def __init__(self, endpoint: Endpoint, known: Mapping[str, Endpoint], prefix: str = "") -> None:
        super().__init__()
        self.endpoint, self.known, self.prefix = endpoint, known, prefix

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> Schema:
        """Return the operation, and leave its components in the registry."""
        self.registry = registry
        endpoint, operation = self.endpoint, self.endpoint.operation
        described: Schema = {
            "operationId": f"{self.prefix.lower()}_{endpoint.name}".lstrip("_"),
            "summary": operation.summary,
            "tags": [self.prefix or endpoint.tag],
            "parameters": self._parameters(),
            "security": [{self._scheme(name): [] for name in names} for names in ways_in(endpoint.view, operation)],
            "responses": self._responses(),
        }
        if description := self._description():
            described["description"] = description
        if endpoint.aliases:
            described["x-aliases"] = list(endpoint.aliases)
        body = parameters.body(operation) if endpoint.method in {"post", "put"} else None
        if body:
            described["requestBody"] = {
                "required": bool(body.get("required") or body.get("oneOf")),
                "content": {JSON: {"schema": body}},
            }
        said: Schema = self._spoken(described)
        return said

    def _description(self) -> str:
        said = [SPELLINGS] if self.prefix else []
        if self.endpoint.aliases:
            said += [f"The same as {', '.join(f'`{alias}`' for alias in self.endpoint.aliases)}."]
        if self.endpoint.view.get_acts and self.endpoint.method == "get":
            said.append("Acts: a browser that opens or prefetches it is sent to the page for people.")
        return " ".join(said)

    def _parameters(self) -> list[Schema]:
        in_path = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": f"^{pattern}$"}}
            for name, pattern in self.endpoint.parts
        ]
        in_query = parameters.in_query(self.endpoint.operation) if self.endpoint.method == "get" else []
        return [*in_path, *in_query, *(self._component("parameters", name, schema) for name, schema in SHARED.items())]

    def _responses(self) -> Schema:
        endpoint, operation = self.endpoint, self.endpoint.operation
        failures = failures_of(endpoint.view, endpoint.method, operation, endpoint.path)
        answers = {"200": self._answer(), **responses_of(failures, Shapes(self._schema))}
        if endpoint.view.get_acts and endpoint.method == "get":
            location = {"required": True, "schema": {"type": "string", "format": "uri-reference"}}
            answers["303"] = {
                "description": "A browser visits: it is sent to the page for people, and nothing has changed.",
                "headers": {"Location": location},
            }
        for response in answers.values():
            response["headers"] = {**CACHING, **response.get("headers", {})}
        return dict(sorted(answers.items()))

    def _answer(self) -> Schema:
        operation = self.endpoint.operation
        hints = operation.answers if isinstance(operation.answers, tuple) else (operation.answers,)
        shapes = [Shapes(self._schema), Shapes(self._schema, is_selection=True)]
        schema = any_of([each.schema_of(hint) for each in shapes for hint in hints])
        if operation.streams:
            last = {"anyOf": [*schema["anyOf"], shapes[0].schema_of(bodies.Error)]}
            return {"description": "A stream of events.", "content": {EVENTS: {"schema": _event(last)}}}
        answer: Schema = {
            "description": " Or: ".join(plain(hint.__doc__) for hint in hints)
            + " With `fields`: what that keeps of it.",
            "content": {JSON: {"schema": schema}},
        }
        links = links_of(self.endpoint, self.known)
        if links:
            answer["links"] = {
                name: {**link, "operationId": f"{self.prefix.lower()}_{link['operationId']}".lstrip("_")}
                for name, link in links.items()
            }
        return answer

    def _scheme(self, name: str) -> str:
        self._component("securitySchemes", name, SCHEMES[name])
        return f"{self.prefix}{name}"

    def _schema(self, name: str, build: Callable[[], Schema]) -> Schema:
        component = ResolvedComponent(name=f"{self.prefix}{name}", type="schemas", object=name)
        if component not in self.registry:
            self.registry.register(component)
            component.schema = self._spoken(build())
        return dict(component.ref)

    def _component(self, kind: str, name: str, schema: Schema) -> Schema:
        component = ResolvedComponent(name=f"{self.prefix}{name}", type=kind, schema=self._spoken(schema), object=name)
        self.registry.register_on_missing(component)
        return dict(component.ref)

    def _spoken(self, schema: Any) -> Any:
        if not self.prefix:
            return schema
        return with_enums_inside(schema if is_jsonschema_compliant() else as_3_0(schema))


def _event(answer: Schema) -> Schema:
    """Return the schema of each event of a stream: that is what tools take the schema of a stream for."""
    data = {"type": "string", "contentMediaType": JSON, "contentSchema": answer}
    return {
        "type": "object",
        "description": "One event. The last one has the answer as JSON, or an error.",
        "properties": {"event": {"type": "string", "enum": ["waiting", "decided", "answer"]}, "data": data},
        "required": ["event", "data"],
    }
