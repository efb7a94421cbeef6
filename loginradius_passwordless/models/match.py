"""Number match: the asking device shows a number, and the landing page has it among three.

A machine that holds the link cannot tell which one is right: the number is drawn, not derived from anything
that the mail or the page shows, and the row keeps it sealed.
"""

import json
import secrets
from dataclasses import dataclass, field

from .. import crypto

NUMBERS = range(10, 100)
CHOICES = 3


@dataclass(frozen=True)
class Match:
    """The number that the device shows, and the three that the page offers, in the order of the draw."""

    number: int = field(repr=False)
    choices: tuple[int, ...]

    @classmethod
    def draw(cls) -> "Match":
        """Draw three different numbers of two digits, and one of them to be the right one."""
        choices = secrets.SystemRandom().sample(NUMBERS, CHOICES)
        return cls(secrets.choice(choices), tuple(choices))

    def seal(self) -> bytes:
        """Return the form that is stored."""
        return crypto.seal(json.dumps([self.number, *self.choices]))

    @classmethod
    def unseal(cls, sealed: bytes) -> "Match":
        """Return what ``seal`` stored."""
        number, *choices = json.loads(crypto.unseal(sealed))
        return cls(number, tuple(choices))
