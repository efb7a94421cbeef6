"""Webhooks: what happens is written for each endpoint that wants to know, and sent until it arrives."""

from .announcing import announce, announce_deletion, send_again, send_test
from .sending import drain, send_due

__all__ = ["announce", "announce_deletion", "drain", "send_again", "send_due", "send_test"]
