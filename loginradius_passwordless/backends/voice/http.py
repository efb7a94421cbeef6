"""Has every call made by an HTTP request of the site's choice; without a choice, a POST of JSON."""

from ..base import BaseVoiceBackend, Call, Receipt
from ..templated_http import TemplatedHTTPBackend


class VoiceBackend(TemplatedHTTPBackend, BaseVoiceBackend):
    """For gateways that have no backend of their own; see ``TemplatedHTTPBackend`` for the options."""

    channel = "voice"
    message = Call
    usual_body = {
        "to": "{to}",
        "text": "{text}",
        "channel": "voice",
        "id": "{reference}",
        "spoken": "{spoken}",
        "language": "{language}",
    }

    def call(self, call: Call) -> Receipt:
        return self.hand_over(call)
