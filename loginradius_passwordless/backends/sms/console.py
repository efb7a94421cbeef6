"""Prints every SMS to standard output, for a first look without a provider."""

import sys

from ..base import BaseSMSBackend, Receipt


class SMSBackend(BaseSMSBackend):
    """For development: whoever reads the output can sign in."""

    for_development = True

    def send(self, to: str, text: str, reference: str) -> Receipt:
        sys.stdout.write(f"--- SMS to {to} ---\n{text}\n---\n")
        return Receipt(reference)
