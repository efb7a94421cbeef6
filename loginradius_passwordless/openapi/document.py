"""The document: made once for each process, apart from where the site is."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.urls import reverse
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import ComponentRegistry
from rest_framework.views import APIView

from .. import __version__
from ..addresses import page_address
from .endpoints import Endpoint, by_name
from .inspector import OperationSchema
from .shapes import Schema

VERSION = "3.1.0"
DESCRIPTION = (
    "Passwordless login on this site's own database, wire-compatible with LoginRadius, so its SDKs work unmodified. "
    "Names of parameters and paths are matched in any case; a slash at the end of a path may be given. What is in a "
    "body may stand in the query instead. Success is always 200. Every error has one body: decide by its `ErrorCode`."
)
OURS = "/identity/openapi.json"
PREFIX = "Passwordless"

Operations = list[tuple[str, str, str, Callable[..., Any]]]


class Generator(SchemaGenerator):
    """Our document for drf-spectacular's own command and views: name it as their generator class.

    It asks none of the settings that a site has for its own document, and so patches none: those are the process's.
    """

    def get_schema(self, request: Any = None, public: bool = False) -> Schema:
        """Return the document of this site."""
        return of_this_site()


def of_this_site() -> Schema:
    """Return the document, with the address under which people reach this site."""
    return {**_made(), "servers": [{"url": page_address("openapi").removesuffix(OURS)}]}


@cache
def _made() -> Schema:
    """Return the document without the addresses of servers."""
    registry, known = ComponentRegistry(), by_name()
    paths: dict[str, Schema] = {}
    with translation.override(None):
        for endpoint in known.values():
            operation = OperationSchema(endpoint, known).get_operation(
                endpoint.path, endpoint.path, "", endpoint.method, registry
            )
            paths.setdefault(endpoint.path, {})[endpoint.method] = operation
        return {
            "openapi": VERSION,
            "info": {"title": "Passwordless login", "version": __version__, "description": DESCRIPTION},
            "paths": paths,
            "components": registry.build({}),
        }


def include_passwordless(endpoints: Operations, **kwargs: Any) -> Operations:
    """Add our operations to a site's own document: name this in drf-spectacular's ``PREPROCESSING_HOOKS``."""
    mounted, known = reverse("loginradius_passwordless:openapi").removesuffix(OURS), by_name()
    return [*endpoints, *(_for_spectacular(mounted, endpoint, known) for endpoint in known.values())]


def _for_spectacular(
    mounted: str, endpoint: Endpoint, known: dict[str, Endpoint]
) -> tuple[str, str, str, Callable[..., Any]]:
    """Return an operation as drf-spectacular lists them: with a view that has its schema. The real one has none."""
    described = {"schema": OperationSchema(endpoint, known, PREFIX), "http_method_names": [endpoint.method]}
    view: type[APIView] = type(endpoint.view.__name__, (endpoint.view,), described)
    path = f"{mounted}{endpoint.path}"
    return path, path, endpoint.method.upper(), view.as_view()
