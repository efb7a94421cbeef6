"""What operations take, as JSON Schema: made of the declared fields of their ``Input``.

A schema says what to send. What is taken besides, as SDKs write it, such as ``True`` for ``true``, stays unsaid.
"""

from typing import Any

from ..api import inputs, profile, webhooks
from ..api.inputs import Input, Parameter
from ..api.operations import Operation
from ..identifiers import MAX_EMAIL, MAX_NAME, MAX_PHONE, MAX_USER_NAME
from ..visitors import CODE, LINK
from .meanings import meaning_of
from .shapes import VISIBLE, Schema

TEXT: Schema = {"type": "string", "minLength": 1, "pattern": VISIBLE}
KINDS: dict[type[Parameter], Schema] = {
    inputs.Text: TEXT,
    inputs.Flag: {"type": "boolean"},
    inputs.Email: {"type": "string", "format": "email", "maxLength": MAX_EMAIL},
    inputs.Phone: {"type": "string", "pattern": r"^\+[0-9 ()./-]+$", "maxLength": MAX_PHONE},
    inputs.UserName: {**TEXT, "maxLength": MAX_USER_NAME},
    inputs.Number: {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    inputs.ClientGUID: {"type": "string", "pattern": f"^{inputs.CLIENT_GUID.pattern}$"},
    inputs.LinkSecret: {"type": "string", "pattern": f"^{LINK.pattern}$"},
    inputs.Code: {"type": "string", "pattern": f"^{CODE.pattern}$"},
    inputs.Password: {**TEXT, "format": "password"},
    inputs.Options: TEXT,
    inputs.PersonName: {**TEXT, "maxLength": MAX_NAME},
    webhooks.Hooks: TEXT,
    webhooks.Hook: {"type": "string", "enum": sorted(name.value for name in webhooks.NAMES.values())},
    webhooks.NotOffered: {"type": "object", "maxProperties": 0},
}
BESIDE = "Each of these may stand in the query instead; prefer the body for what is secret or personal."

PROFILE: dict[str, Schema] = {
    **{name: {**TEXT, "maxLength": profile.LONGEST_FIELD} for name in profile.TEXTS.values()},
    profile.CUSTOM_FIELDS: {
        "type": "object",
        "maxProperties": profile.MOST_CUSTOM_FIELDS,
        "additionalProperties": {"type": "string", "maxLength": profile.LONGEST_FIELD, "pattern": VISIBLE},
    },
    "UserName": KINDS[inputs.UserName],
    "Email": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"Type": {"type": "string"}, "Value": KINDS[inputs.Email]},
            "required": ["Value"],
        },
        "description": "Of several the first is kept.",
    },
    "Password": KINDS[inputs.Password],
}


def fields_of(operation: Operation) -> dict[str, Parameter]:
    """Return every parameter that an operation declares, by name."""
    return {
        name: field
        for declared in operation.inputs
        for name, field in declared().fields.items()
        if isinstance(field, Parameter)
    }


def needed(operation: Operation) -> list[str]:
    """Return the parameters that it needs, whichever of its inputs it reads."""
    each = [_needed(declared) for declared in operation.inputs]
    return [name for name in each[0] if all(name in names for names in each)] if each else []


# The solution of a CAPTCHA, under the names of the providers that come with the app. A site has one or two of them.
SOLUTION: Schema = {"type": "string", "maxLength": 4096, "pattern": VISIBLE}
SOLUTIONS: dict[str, Schema] = {
    name: SOLUTION | {"description": f"The solution of a CAPTCHA by {provider}, where the site asks for one."}
    for name, provider in {
        "g-recaptcha-response": "reCAPTCHA",
        "h-captcha-response": "hCaptcha",
        "cf-turnstile-response": "Turnstile",
        "qq_captcha_ticket": "Tencent",
        "qq_captcha_randstr": "Tencent, the random string beside the ticket,",
        "altcha": "ALTCHA",
    }.items()
}


def in_query(operation: Operation) -> list[Schema]:
    """Return the parameters of an operation without a body."""
    required = needed(operation)
    solutions = [
        {"name": name, "in": "query", "required": False, "schema": SOLUTION, "description": schema["description"]}
        for name, schema in (SOLUTIONS.items() if operation.solves else ())
    ]
    return solutions + [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": schema_of(field),
            **_described(name, field, operation),
        }
        for name, field in fields_of(operation).items()
    ]


def body(operation: Operation) -> Schema | None:
    """Return the schema of the body of an operation, or None where it takes none."""
    properties = {
        name: schema_of(field) | _described(name, field, operation) for name, field in fields_of(operation).items()
    }
    if operation.solves:
        properties |= SOLUTIONS
    if operation.profile:
        known = {name.lower() for name in properties}
        properties |= {name: schema for name, schema in PROFILE.items() if name.lower() not in known - {"email"}}
    if not properties:
        return None
    schema: Schema = {"type": "object", "description": BESIDE, "properties": properties}
    if required := needed(operation):
        schema["required"] = required
    if operation.one_of:
        schema["oneOf"] = [{"required": [name]} for name in operation.one_of]
        if operation.profile:
            schema["oneOf"].append({"required": ["Email"]})
    return schema


def schema_of(field: Parameter) -> Schema:
    """Return the schema of one parameter. Raises ``TypeError`` for a kind that ``KINDS`` does not know."""
    known = next((KINDS[kind] for kind in type(field).__mro__ if kind in KINDS), None)
    if known is None:
        raise TypeError(f"Say in openapi.parameters.KINDS what a {type(field).__name__} looks like")
    schema = dict(known)
    if isinstance(field, inputs.Text):
        schema["maxLength"] = field.longest
    if isinstance(field, inputs.Flag):
        schema["default"] = field.empty
    if isinstance(field, inputs.Number) and field.empty is not None:
        schema["default"] = field.empty
    return schema


def _described(name: str, field: Parameter, operation: Operation) -> dict[str, Any]:
    said = [meaning_of(name, field), *([f"`{field.also}` is the same."] if field.also else [])]
    if name in operation.one_of:
        said.append(f"Exactly one of these: {', '.join(f'`{one}`' for one in operation.one_of)}.")
    if name not in needed(operation) and not field.optional:
        said.append("Not needed with an access token.")
    return {"description": " ".join(said)}


def _needed(declared: type[Input]) -> list[str]:
    return [name for name, field in declared().fields.items() if isinstance(field, Parameter) and not field.optional]
