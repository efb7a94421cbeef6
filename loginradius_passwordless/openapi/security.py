"""Who may call an operation: the key, the secret, the SOTT and the access token, as OpenAPI says it."""

from collections.abc import Iterable
from itertools import product

from ..api.base import FlowView
from ..api.operations import Operation
from .shapes import Schema

API_KEY, API_KEY_IN_QUERY, API_SECRET = "ApiKey", "ApiKeyInQuery", "ApiSecret"
SOTT, ACCESS_TOKEN = "Sott", "AccessToken"

SCHEMES: dict[str, Schema] = {
    API_KEY: {
        "type": "apiKey", "in": "header", "name": "X-LoginRadius-ApiKey", "description": "The application's API key.",
    },
    API_KEY_IN_QUERY: {
        "type": "apiKey", "in": "query", "name": "apikey",
        "description": "The API key as the SDKs send it. It is no secret.",
    },
    API_SECRET: {
        "type": "apiKey", "in": "header", "name": "X-LoginRadius-ApiSecret",
        "description": "A live secret of the application; for its server alone. "
        "In the query it counts only where the site allows that.",
    },
    SOTT: {
        "type": "apiKey", "in": "header", "name": "X-LoginRadius-Sott",
        "description": "A SOTT, which the application's server makes. It may stand in the query or the body as `sott`.",
    },
    ACCESS_TOKEN: {
        "type": "http", "scheme": "bearer", "description": "The access token of a login.",
    },
}  # fmt: skip


def ways_in(view: type[FlowView], operation: Operation) -> list[tuple[str, ...]]:
    """Return every combination of credentials with which an operation can be called."""
    asked: list[list[tuple[str, ...]]] = [[(API_KEY,), (API_KEY_IN_QUERY,)]]
    if view.needs_secret:
        asked.append([(API_SECRET,)])
    asked += _choices(operation.proof, [(SOTT,), (API_SECRET,)])
    asked += _choices(operation.signed_in, [(ACCESS_TOKEN,)])
    return [tuple(name for names in way for name in names) for way in product(*asked)]


def _choices(need: str, ways: Iterable[tuple[str, ...]]) -> list[list[tuple[str, ...]]]:
    if not need:
        return []
    return [[*([()] if need == "optional" else []), *ways]]
