"""What staff type into a search box: a whole e-mail address, phone number, UID or message id, and never a part.

Evidence knows people by the digest of their identity, so a search reads the text as the API would, and looks
the digest up. Nothing is compared by likeness: that would scan tables that grow with every login.
"""

import re
import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _

from .. import errors
from ..identifiers import Identity, parse_email, read_phone
from ..models.customer import identity_key

HELP = _("A whole or masked address, phone number with its country code, UID of a customer, or message id.")
MASK = "•••"
BARE_NUMBER = re.compile(r"[0-9][0-9 ()./-]+", re.ASCII)


def read(text: str) -> dict[str, Any]:
    """Return everything that a text can be.

    ``identity`` keys, the ``uid`` of a customer, a message's ``sid``, a masked ``recipient``.
    """
    facts: dict[str, Any] = {}
    if MASK in text:  # as lists show it, and as somebody reads it out
        return {"recipient": text.strip().replace(" ", "")}
    if keys := [identity_key(identity) for identity in _identities(text)]:
        facts["identity"] = keys
    try:
        guid = uuid.UUID(text.strip())
    except ValueError:
        return facts
    return {**facts, "uid": guid.hex, "sid": guid}


def phone_in(text: str) -> Identity | None:
    """Return the number that a text is, also one that this site may not use."""
    # A plus sign that was typed into an address bar arrives as a blank.
    number = f"+{text.strip()}" if BARE_NUMBER.fullmatch(text.strip()) else text
    try:
        return read_phone(number)
    except errors.InvalidPhone:
        return None


def _identities(text: str) -> list[Identity]:
    phone = phone_in(text)
    try:
        return [parse_email(text)]
    except errors.InvalidEmail:
        return [phone] if phone else []
