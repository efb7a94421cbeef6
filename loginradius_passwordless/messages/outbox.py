"""Writes messages: rendered and sealed inside the caller's transaction, handed over right after its commit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from ..identifiers import Identity, plain_name
from ..models import Application, Customer, LoginAttempt, Message
from ..models.customer import identity_key
from ..models.database import Now
from ..models.message import Delivery
from ..models.template import Template
from .rendering import choose, render
from .sender import hand_over


@dataclass(frozen=True)
class Draft:
    """What a flow wants said: the kind, to whom, with which values. Its secrets stay out of ``repr``."""

    kind: str
    channel: str
    to: Identity
    application: Application
    lifetime: timedelta
    template: str = ""
    language: str = ""
    attempt: LoginAttempt | None = None
    customer: Customer | None = None
    is_decoy: bool = False
    # What staff send to themselves: this text, published or not, and marked.
    trial: Template | None = None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


def write(draft: Draft) -> Message:
    """Put a message into the outbox; it is sent when the transaction commits, or by ``send_messages``.

    Nothing about the provider is known here, and nothing that the provider does reaches the caller.
    """
    message = Message(
        application=draft.application,
        attempt=draft.attempt,
        customer=draft.customer,
        kind=draft.kind,
        channel=draft.channel,
        identity=identity_key(draft.to),
        recipient=draft.to.masked,
        expires_at=Now() + draft.lifetime,
        is_trial=draft.trial is not None,
    )
    template = draft.trial or choose(draft.kind, draft.channel, draft.template, draft.language, draft.application)
    message.write({"to": draft.to.value, **render(template, draft.channel, _values(draft))})
    if draft.is_decoy:  # the same work as for a message, and nothing to send
        message.state, message.sealed = Delivery.DECOY, b""
    message.save(force_insert=True)
    if not draft.is_decoy:
        message.tell("message_queued")
        # robust: the login is committed, so nothing that fails from here on may become an error of the request.
        transaction.on_commit(lambda: hand_over(message.pk), robust=True)
    return message


def _values(draft: Draft) -> dict[str, str]:
    """The values that every message may use, with the flow's own on top."""
    return {
        "AppName": draft.application.name,
        "Name": "",
        **_names(draft),
        "Email": draft.to.value if draft.to.kind == "email" else "",
        "Phone": draft.to.value if draft.to.kind == "phone" else "",
        "IpAddress": "",
        "UserAgent": "",
        "CurrentYear": str(timezone.now().year),
        "OTPExpiry": str(max(1, int(draft.lifetime.total_seconds() // 60))),
        **draft.values,
    }


def _names(draft: Draft) -> dict[str, str]:
    """How the customer is called, if it is one; nothing that could be an advertisement."""
    customer = draft.customer or (draft.attempt.customer if draft.attempt else None)
    if customer is None:
        return dict.fromkeys(("FirstName", "LastName", "UserName"), "")
    known = customer.profile if isinstance(customer.profile, dict) else {}
    profile = {name: str(known.get(name) or "") for name in ("FirstName", "LastName")}
    named = {**profile, "UserName": str(customer.user.get_username() or "")}
    return {name: plain_name(value) for name, value in named.items()}
