"""Messages: written into the outbox, rendered from templates, delivered after the commit."""

from .delivery import deliver_due
from .outbox import Draft, write

__all__ = ["Draft", "deliver_due", "write"]
