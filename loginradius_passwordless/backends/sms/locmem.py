"""Keeps every SMS in a list, for tests."""

from ..base import SMS, BaseSMSBackend, Receipt

outbox: list[SMS] = []


class SMSBackend(BaseSMSBackend):
    """For tests: read ``outbox``, and clear it between tests."""

    for_development = True

    def send(self, sms: SMS) -> Receipt:
        outbox.append(sms)
        return Receipt(sms.reference)
