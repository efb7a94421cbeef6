"""Prints every call to standard output, for a first look without a provider."""

import sys

from ..base import BaseVoiceBackend, Call, Receipt


class VoiceBackend(BaseVoiceBackend):
    """For development: whoever reads the output can sign in."""

    for_development = True

    def call(self, call: Call) -> Receipt:
        sys.stdout.write(f"--- call to {call.to} ({call.language}) ---\n{call.text}\n---\n")
        return Receipt(call.reference)
