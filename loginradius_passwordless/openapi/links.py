"""What to call next: OpenAPI's links, from a start to its proof and from a login to what its tokens open."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..api import bodies
from .endpoints import Endpoint
from .parameters import fields_of
from .shapes import Schema

# What is sent to the first is sent again to the others, under these names.
SAME_AGAIN: dict[str, dict[str, tuple[str, ...]]] = {
    "one_touch_start_by_email": {"ping_ping": ("clientguid",), "ping_events": ("clientguid",)},
    "one_touch_start_by_phone": {"one_touch_verify_code_put": ("phone",), "one_touch_verify_code_post": ("phone",)},
    "smart_start_get": {"ping_ping": ("clientguid",), "ping_events": ("clientguid",)},
    "smart_start_post": {"ping_ping": ("clientguid",), "ping_events": ("clientguid",)},
    "passwordless_start_by_email_get": {
        "passwordless_verify_code_by_email": ("email",),
        "passwordless_verify_code_by_user_name": ("username",),
    },
    "passwordless_start_by_email_post": {
        "passwordless_verify_code_by_email": ("email",),
        "passwordless_verify_code_by_user_name": ("username",),
    },
    "passwordless_start_by_phone_get": {"passwordless_verify_code_by_phone": ("phone",)},
    "passwordless_start_by_phone_post": {"passwordless_verify_code_by_phone": ("phone",)},
    "registration_register": {"phone_code_put": ("phone",), "phone_code_post": ("phone",)},
    "phone_phone_put": {"phone_code_put": ("phone",), "phone_code_post": ("phone",)},
    "password_reset_post": {"password_reset_put": ("phone",)},
    "deletion_send_code": {"deletion_delete": ()},
    "management_invalidate_phone": {"phone_code_post": ()},
}
# How the first calls what the others call otherwise.
OTHER_NAMES = {("registration_register", "phone"): "phoneid"}

REFRESHED = ("account_refresh_token", "account_revoke_refresh_token")
SIGNED_IN = ("account_profile", "account_token_info", "account_validate_token", "account_invalidate_token")
MANAGED = ("management_invalidate_phone", "management_phone_id")
BEARER = "Send `access_token` of this answer as the Bearer token."


def links_of(source: Endpoint, known: Mapping[str, Endpoint]) -> Schema:
    """Return the links of an answer, by name."""
    links: dict[str, Schema] = {}
    for target, names in SAME_AGAIN.get(source.name, {}).items():
        links[target] = _link(known[target], {name: _sent(source, name) for name in names})
    answered = source.operation.answers
    shapes = answered if isinstance(answered, tuple) else (answered,)
    if any(has_keys_of(shape, bodies.Tokens) for shape in shapes):
        links |= {name: _link(known[name], {"refreshtoken": "$response.body#/refresh_token"}) for name in REFRESHED}
        links |= {name: {"operationId": name, "description": BEARER} for name in SIGNED_IN}
    uid = "$response.body#/Uid" if bodies.Profile in shapes else "$response.body#/Profile/Uid"
    if bodies.Profile in shapes or any(has_keys_of(shape, bodies.Login) for shape in shapes):
        links |= {name: _link(known[name], {"uid": uid}) for name in MANAGED}
    return links


def has_keys_of(shape: Any, of: Any) -> bool:
    """Tell whether a shape has every key of another: at run time a ``TypedDict`` does not know what it extends."""
    return set(of.__annotations__) <= set(shape.__annotations__)


def _sent(source: Endpoint, name: str) -> str:
    theirs = OTHER_NAMES.get((source.name, name), name)
    return f"$request.query.{theirs}" if source.method == "get" else f"$request.body#/{theirs}"


def _link(target: Endpoint, values: Mapping[str, str]) -> Schema:
    in_path = {name for name, _pattern in target.parts}
    beside = {name: value for name, value in values.items() if name in in_path or target.method == "get"}
    link: Schema = {"operationId": target.name}
    if beside:
        link["parameters"] = beside
    if body := {name: value for name, value in values.items() if name not in beside}:
        link["requestBody"] = body
    return link


def unknown_names(known: Iterable[Endpoint]) -> set[str]:
    """Return what this module names and no operation is, or takes."""
    by_name = {endpoint.name: endpoint for endpoint in known}
    named = {*SAME_AGAIN, *REFRESHED, *SIGNED_IN, *MANAGED, *(name for names in SAME_AGAIN.values() for name in names)}
    wrong = named - by_name.keys()
    for target, names in (pair for targets in SAME_AGAIN.values() for pair in targets.items()):
        wrong |= {f"{target}.{name}" for name in names if target in by_name} - {
            f"{target}.{name}" for name in fields_of(by_name[target].operation)
        }
    return wrong
