"""Which errors an operation can answer, and what they look like."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from .. import errors
from ..api import bodies
from ..api.base import FlowView
from ..api.operations import Operation
from .parameters import fields_of
from .shapes import Schema, Shapes, any_of

Failure = type[errors.PasswordlessError]

ALWAYS = {
    errors.MissingAPIKey, errors.MalformedAPIKey, errors.UnknownAPIKey, errors.InvalidParameter, errors.ServerError,
}  # fmt: skip
SECRET = {errors.MalformedAPISecret, errors.WrongAPISecret}

# Errors whose body says more than others.
SAYS_MORE: dict[Failure, Any] = {errors.InvalidProfile: bodies.ProfileError, errors.LoginLocked: bodies.LockedError}

HEADERS: dict[int, Schema] = {
    429: {
        "Retry-After": {
            "description": "After how many seconds to ask again.",
            "required": True,
            "schema": {"type": "integer", "minimum": 0},
        }
    },
}


def failures_of(view: type[FlowView], method: str, operation: Operation, path: str = "") -> set[Failure]:
    """Return every error that a method of a view can answer, at an address with the parts that ``path`` names."""
    found = ALWAYS | set(operation.raises)
    for field in fields_of(operation).values():
        found |= field.raises
    if method != "get":
        found.add(errors.InvalidPutBody if method == "put" else errors.InvalidPostBody)
    if method != "get" or view.get_acts:
        found.add(errors.OriginNotAllowed)
    if view.needs_secret:
        found |= {errors.MissingAPISecret, *SECRET}
    if operation.proof:
        found |= {errors.MissingSOTT, errors.InvalidSOTT, *SECRET}
    if operation.solves:
        found.add(errors.InvalidCaptcha)
    if operation.signed_in:
        found.add(errors.UnknownAccessToken)
    if operation.signed_in == "needed":
        found.add(errors.MissingAccessToken)
    if "{" in path:
        found.add(errors.NotFound)
    return found


def responses_of(failures: Iterable[Failure], shapes: Shapes) -> dict[str, Schema]:
    """Return one response per status, with the codes that it can have."""
    by_status: dict[int, list[Failure]] = defaultdict(list)
    for failure in failures:
        by_status[failure.status].append(failure)
    return {str(status): _response(status, by_status[status], shapes) for status in sorted(by_status)}


def _response(status: int, failures: list[Failure], shapes: Shapes) -> Schema:
    kinds = defaultdict(set)
    for failure in failures:
        kinds[_body_of(failure)].add(failure.code)
    schemas = [
        {"allOf": [shapes.schema_of(body)], "properties": {"ErrorCode": {"enum": sorted(kinds[body])}}}
        for body in sorted(kinds, key=lambda body: str(body.__name__))
    ]
    response: Schema = {
        "description": "\n".join(f"- {line}" for line in _lines(failures)),
        "content": {"application/json": {"schema": any_of(schemas)}},
    }
    return {**response, "headers": HEADERS[status]} if status in HEADERS else response


def _lines(failures: Iterable[Failure]) -> list[str]:
    """Return each code with its sentence, in order of code; some codes have two."""
    said = {(failure.code, str(failure.message)) for failure in failures}
    return [f"{code}: {message}" for code, message in sorted(said)]


def _body_of(failure: Failure) -> Any:
    return next((SAYS_MORE[kind] for kind in failure.__mro__ if kind in SAYS_MORE), bodies.Error)
