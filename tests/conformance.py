"""Holds every answer of the API that any test sees to what the OpenAPI document says of it."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.urls import Resolver404, resolve
from django.utils.decorators import sync_and_async_middleware
from jsonschema_rs import Draft202012Validator

from loginradius_passwordless.api.base import FlowView, NotFoundView
from loginradius_passwordless.openapi.endpoints import Endpoint, endpoints
from loginradius_passwordless.openapi.parameters import fields_of
from loginradius_passwordless.openapi.shapes import SELECTED
from loginradius_passwordless.openapi.views import document

SAY = "say in its `operations` what it takes, answers and raises: see docs/contributing.md"
_read = FlowView.read
undeclared: list[str] = []


def read(view: FlowView, declared: Any) -> dict[str, Any]:
    """Read as ever, and note what was read and not declared: here an assertion would be an answer like any other."""
    operation = view.operations.get(view.request.method.lower())
    if operation is None or not set(declared().fields) <= set(fields_of(operation)):
        undeclared.append(f"{type(view).__name__} reads {declared.__qualname__}, and does not declare it: {SAY}")
    return _read(view, declared)


FlowView.read = read


@sync_and_async_middleware
def conformance(get_response: Callable[..., Any]) -> Callable[..., Any]:
    """Check each answer before anybody else sees it."""
    if iscoroutinefunction(get_response):

        async def middleware(request: Any) -> Any:
            response = await get_response(request)
            check(request, response)
            return response
    else:

        def middleware(request: Any) -> Any:
            response = get_response(request)
            check(request, response)
            return response

    return middleware


def check(request: Any, response: Any) -> None:
    """Raise ``AssertionError`` unless the document says that such a request may have such an answer."""
    found, undeclared[:] = list(undeclared), []
    assert not found, found[0]
    endpoint = endpoint_of(request)
    if endpoint is None or request.method == "HEAD" or response.status_code == 405:
        return
    said = document()["paths"][endpoint.path][endpoint.method]["responses"]
    status, where = str(response.status_code), f"{request.method} {request.path}"
    assert status in said, f"{where} answered {status} {body_of(response)}, and does not declare it: {SAY}"
    for name, header in said[status].get("headers", {}).items():
        assert name in response.headers or not header.get("required"), f"{where} answered without {name}"
    [*kinds] = said[status].get("content", {})
    assert not kinds or response.headers["Content-Type"] in kinds, f"{where} answered {response.headers}"
    if kinds == ["application/json"]:
        is_selection = status == "200" and has_fields(request)
        body = json.loads(response.content)
        for problem in validator(endpoint.path, endpoint.method, status, is_selection).iter_errors(body):
            raise AssertionError(f"{where} answered {status} {body}, and declares otherwise: {problem.message}. {SAY}")


def endpoint_of(request: Any) -> Endpoint | None:
    """Return what the document has of a request; None where it is not about the API."""
    try:
        view = getattr(resolve(request.path_info).func, "view_class", None)
    except Resolver404:
        return None
    if not (isinstance(view, type) and issubclass(view, FlowView)) or view is NotFoundView:
        return None
    if not view.__module__.startswith("loginradius_passwordless."):  # a test's own
        return None
    if request.method == "OPTIONS" or not hasattr(view, request.method.lower()):
        return None
    found = known().get((view, request.method.lower()))
    assert found, f"{view.__name__} has no address in the document"
    assert found.method in view.operations, f"{view.__name__}, {request.method}: {SAY}"
    return found


@cache
def known() -> dict[tuple[type, str], Endpoint]:
    return {(endpoint.view, endpoint.method): endpoint for endpoint in endpoints()}


@cache
def validator(path: str, method: str, status: str, is_selection: bool) -> Draft202012Validator:
    """Return what holds bodies to the document; where ``fields`` was not sent, what it leaves of them is no answer."""
    said = document()
    [content] = said["paths"][path][method]["responses"][status]["content"].values()
    schema = content["schema"]
    if status == "200" and not is_selection:
        whole = [one for one in schema["anyOf"] if not one["$ref"].endswith(SELECTED)]
        schema = {"anyOf": whole}
    return Draft202012Validator({**schema, "components": said["components"]}, validate_formats=True)


def has_fields(request: Any) -> bool:
    """Whether a request may ask for a part of the answer."""
    return "fields" in {name.lower() for name in request.GET} or b"fields" in request.body.lower()


def body_of(response: Any) -> Any:
    return getattr(response, "content", b"")[:500]
