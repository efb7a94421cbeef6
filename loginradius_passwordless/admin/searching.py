"""What staff type into a search box: a whole e-mail address, phone number, UID or message id, and never a part.

Evidence knows people by the digest of their identity, so a search reads the text as the API would, and looks
the digest up. Nothing is compared by likeness: that would scan tables that grow with every login.
"""

import contextlib
import re
import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _

from .. import errors
from ..identifiers import Identity, parse_email, parse_phone
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


def _identities(text: str) -> list[Identity]:
    # A plus sign that was typed into an address bar arrives as a blank.
    number = f"+{text.strip()}" if BARE_NUMBER.fullmatch(text.strip()) else text
    found = []
    with contextlib.suppress(errors.InvalidEmail):
        found.append(parse_email(text))
    with contextlib.suppress(errors.InvalidPhone):
        found.append(parse_phone(number, "voice"))
    return found
