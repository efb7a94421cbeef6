"""Keeps every SMS in a list, for tests."""

from dataclasses import dataclass

from ..base import BaseSMSBackend, Receipt


@dataclass(frozen=True)
class Sent:
    """One SMS as the provider would have got it."""

    to: str
    text: str
    reference: str


outbox: list[Sent] = []


class SMSBackend(BaseSMSBackend):
    """For tests: read ``outbox``, and clear it between tests."""

    for_development = True

    def send(self, to: str, text: str, reference: str) -> Receipt:
        outbox.append(Sent(to, text, reference))
        return Receipt(reference)
