"""Sends every SMS by an HTTP request of the site's choice; without a choice, a POST of JSON."""

from ..base import SMS, BaseSMSBackend, Receipt
from ..templated_http import TemplatedHTTPBackend


class SMSBackend(TemplatedHTTPBackend, BaseSMSBackend):
    """For gateways that have no backend of their own; see ``TemplatedHTTPBackend`` for the options."""

    channel = "sms"
    message = SMS
    usual_body = {"to": "{to}", "text": "{text}", "channel": "sms", "id": "{reference}"}

    def send(self, sms: SMS) -> Receipt:
        return self.hand_over(sms)
