"""What a provider says of a message, brought to what a row can hold."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

MAX_PROVIDER_ID = 200
MAX_SEGMENTS = 255
MAX_PRICE = Decimal(100_000)


@dataclass(frozen=True)
class Told:
    """What a provider told of a message, brought to what a row can hold."""

    id: str = ""
    segments: int | None = None
    price: Decimal | None = None
    currency: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        """The columns of what was told; nothing of what was not, or makes no sense."""
        facts: dict[str, Any] = {}
        if self.id and self.id.isprintable():  # else no database would store it, and the message went once more
            facts["provider_id"] = self.id[:MAX_PROVIDER_ID]
        if self.segments is not None and 0 < self.segments <= MAX_SEGMENTS:
            facts["segments"] = self.segments
        if self.price is not None and self.price.is_finite() and abs(self.price) < MAX_PRICE:
            facts |= {"price": abs(self.price), "currency": self.currency[:3].upper()}
        return facts
