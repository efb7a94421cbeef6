"""Keeps every call in a list, for tests."""

from dataclasses import dataclass

from ..base import BaseVoiceBackend, Receipt


@dataclass(frozen=True)
class Sent:
    """One call as the provider would have got it."""

    to: str
    text: str
    reference: str
    language: str


outbox: list[Sent] = []


class VoiceBackend(BaseVoiceBackend):
    """For tests: read ``outbox``, and clear it between tests."""

    for_development = True

    def call(self, to: str, text: str, reference: str, *, language: str) -> Receipt:
        outbox.append(Sent(to, text, reference, language))
        return Receipt(reference)
