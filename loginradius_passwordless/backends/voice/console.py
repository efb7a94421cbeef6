"""Prints every call to standard output, for a first look without a provider."""

import sys

from ..base import BaseVoiceBackend, Receipt


class VoiceBackend(BaseVoiceBackend):
    """For development: whoever reads the output can sign in."""

    for_development = True

    def call(self, to: str, text: str, reference: str, *, language: str) -> Receipt:
        sys.stdout.write(f"--- call to {to} ({language}) ---\n{text}\n---\n")
        return Receipt(reference)
