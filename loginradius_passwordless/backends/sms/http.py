"""Posts every SMS as JSON to an address of the site's choice."""

from ..base import BaseSMSBackend, Receipt
from ..json_post import JSONPostBackend


class SMSBackend(JSONPostBackend, BaseSMSBackend):
    """For a gateway that takes JSON; see ``JSONPostBackend`` for the options."""

    channel = "sms"
    options_setting = "SMS_OPTIONS"

    def send(self, to: str, text: str, reference: str) -> Receipt:
        return self.post(to, text, reference)
