"""Keeps every call in a list, for tests."""

from ..base import BaseVoiceBackend, Call, Receipt

outbox: list[Call] = []


class VoiceBackend(BaseVoiceBackend):
    """For tests: read ``outbox``, and clear it between tests."""

    for_development = True

    def call(self, call: Call) -> Receipt:
        outbox.append(call)
        return Receipt(call.reference)
