"""Posts every call as JSON to an address of the site's choice."""

from ..base import BaseVoiceBackend, Receipt
from ..json_post import JSONPostBackend


class VoiceBackend(JSONPostBackend, BaseVoiceBackend):
    """For a gateway that takes JSON; see ``JSONPostBackend`` for the options."""

    channel = "voice"
    options_setting = "VOICE_OPTIONS"

    def call(self, to: str, text: str, reference: str, *, language: str) -> Receipt:
        return self.post(to, text, reference, language=language)
