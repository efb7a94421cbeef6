"""Prints every SMS to standard output, for a first look without a provider."""

import sys

from ..base import SMS, BaseSMSBackend, Receipt


class SMSBackend(BaseSMSBackend):
    """For development: whoever reads the output can sign in."""

    for_development = True

    def send(self, sms: SMS) -> Receipt:
        sys.stdout.write(f"--- SMS to {sms.to} ---\n{sms.text}\n---\n")
        return Receipt(sms.reference)
