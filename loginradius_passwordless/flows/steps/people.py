"""Who takes part: the visitor on the other side, the application that calls, the customer who got in."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...identifiers import Identity
from ...models import Application, Customer
from ...models.access_token import IssuedTokens

MAX_AGENT = 300


@dataclass(frozen=True)
class Visitor:
    """What only HTTP knows of the other side: told by the edges, used for limits, messages and evidence."""

    address: str | None = None
    agent: str = ""
    device: str = ""
    language: str = "en"
    # What the call asked for by name; empty where it left that to the browser.
    asked_language: str = ""
    source: str = "API"
    # A server of the application's asked that its webhooks are not told of this call.
    prevents_webhooks: bool = False


def language_for(visitor: Visitor, customer: Customer | None) -> str:
    """Return the language of a message: what the call asks for, else the customer's own, else the browser's."""
    return visitor.asked_language or (customer.language if customer else "") or visitor.language


@dataclass(frozen=True)
class Caller:
    """An identified application, and the visitor on whose behalf it asks.

    Args:
        application: which.
        visitor: who.
        captcha: the CAPTCHA parameters that came along, under plain names.
        must_solve: whether this call needs a solution; None where that is as the application has it.
    """

    application: Application
    visitor: Visitor
    captcha: Mapping[str, Any] = field(default_factory=dict, repr=False)
    must_solve: bool | None = None


@dataclass(frozen=True)
class Profile:
    """What somebody brings who registers. Nothing of it counts before the code does."""

    name: str = ""
    user_name: Identity | None = None
    email: Identity | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SignIn:
    """A login that succeeded."""

    customer: Customer
    tokens: IssuedTokens = field(repr=False)
    session_id: uuid.UUID
    application: Application
    redirect_url: str = ""
