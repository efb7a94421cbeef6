"""What staff type into a search box: a whole or masked address, phone number, UID or message id, and never a part.

Evidence knows people by the digest of their identity, so a search reads the text as the API would, and looks
the digest up. Nothing is compared by likeness: that would scan tables that grow with every login. What leads over
several tables is followed one by one, for the same reason.
"""

import re
import uuid
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from .. import errors
from ..identifiers import MASK, Identity, parse_email, read_phone
from ..models import Customer, Identifier, LoginAttempt, Message
from ..models.customer import identity_key

HELP = _("A whole or masked address, phone number with its country code, UID of a customer, or message id.")
BARE_NUMBER = re.compile(r"[0-9][0-9 ()./-]+", re.ASCII)
MOST = 1000  # a masked address may be that of many


@dataclass(frozen=True)
class Found:
    """What a text leads to: addresses and numbers, their keys, and the keys of rows."""

    identities: list[Identity] = field(default_factory=list)
    masked: list[str] = field(default_factory=list)
    guids: list[uuid.UUID] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    customers: list[int] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)


def find(text: str) -> Found:
    """Return what a text leads to; nothing where it is none of what can be looked for."""
    read = _read(text)
    keys = [identity_key(identity) for identity in read.identities]
    proven = Identifier.objects.filter(proven_key__in=keys) if keys else Identifier.objects.none()
    customers = list(proven.values_list("customer_id", flat=True))
    if read.guids:
        customers += Customer.objects.filter(uid=read.guids[0].hex).values_list("pk", flat=True)
    return Found(
        identities=read.identities, masked=read.masked, guids=read.guids, keys=keys, customers=customers,
        recipients=[identity.value for identity in read.identities], attempts=_attempts(read, customers),
    )  # fmt: skip


def phone_in(text: str) -> Identity | None:
    """Return the number that a text is, also one that this site may not use."""
    # A plus sign that was typed into an address bar arrives as a blank.
    number = f"+{text.strip()}" if BARE_NUMBER.fullmatch(text.strip()) else text
    try:
        return read_phone(number)
    except errors.InvalidPhone:
        return None


def _read(text: str) -> Found:
    text = text.strip()
    if "\0" in text:  # no database has one, and PostgreSQL takes none
        return Found()
    if MASK in text:  # as lists show it, and as somebody reads it out
        return Found(masked=[text.replace(" ", "")])
    try:
        return Found(guids=[uuid.UUID(text)])
    except ValueError:
        pass
    phone = phone_in(text)
    try:
        return Found(identities=[parse_email(text)])
    except errors.InvalidEmail:
        return Found(identities=[phone] if phone else [])


def _attempts(read: Found, customers: list[int]) -> list[int]:
    """The attempts that messages and customers lead to."""
    found: set[int | None] = set()
    if read.masked:
        messages = Message.objects.filter(recipient__in=read.masked).order_by("-pk")
        found.update(messages.values_list("attempt_id", flat=True)[:MOST])
    if read.guids:
        found.update(Message.objects.filter(sid=read.guids[0]).values_list("attempt_id", flat=True))
    if customers:
        theirs = LoginAttempt.objects.filter(customer__in=customers).order_by()
        found.update(theirs.values_list("pk", flat=True)[:MOST])
    return [attempt for attempt in found if attempt]
