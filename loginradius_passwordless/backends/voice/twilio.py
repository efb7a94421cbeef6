"""Speaks texts by Twilio's Calls resource, and reads what it reports of them."""

import html
import re
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from ..adapters import amount, short_text
from ..base import BaseVoiceBackend, Call, Callback, Receipt, Report
from ..languages import closest
from ..twilio import TwilioBackend, id_in

# By spelling of a language, a woman's and a man's voice; where there is only one of them, it stands for both.
# Amazon Polly, Available voices: the standard ones, which cost nothing more. Twilio, Text-to-Speech.
VOICES: dict[str, tuple[str, str]] = {
    "arb": ("Zeina", "Zeina"),
    "cmn-CN": ("Zhiyu", "Zhiyu"),
    "cy-GB": ("Gwyneth", "Gwyneth"),
    "da-DK": ("Naja", "Mads"),
    "de-DE": ("Vicki", "Hans"),
    "en-US": ("Joanna", "Matthew"),
    "en-AU": ("Nicole", "Russell"),
    "en-GB": ("Amy", "Brian"),
    "en-IN": ("Raveena", "Raveena"),
    "es-ES": ("Lucia", "Enrique"),
    "es-MX": ("Mia", "Mia"),
    "es-US": ("Penelope", "Miguel"),
    "fr-FR": ("Lea", "Mathieu"),
    "fr-CA": ("Chantal", "Chantal"),
    "hi-IN": ("Aditi", "Aditi"),
    "is-IS": ("Dora", "Karl"),
    "it-IT": ("Bianca", "Giorgio"),
    "ja-JP": ("Mizuki", "Takumi"),
    "ko-KR": ("Seoyeon", "Seoyeon"),
    "nb-NO": ("Liv", "Liv"),
    "nl-NL": ("Lotte", "Ruben"),
    "pl-PL": ("Ewa", "Jacek"),
    "pt-PT": ("Ines", "Cristiano"),
    "pt-BR": ("Vitoria", "Ricardo"),
    "ro-RO": ("Carmen", "Carmen"),
    "ru-RU": ("Tatyana", "Maxim"),
    "sv-SE": ("Astrid", "Astrid"),
    "tr-TR": ("Filiz", "Filiz"),
}
GENDERS = ("female", "male")
SPELLED_ELSEWHERE = {"ar": "arb", "no": "nb-NO"}
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# What becomes of a call. It is delivered when somebody has listened to its end.
STATES: dict[str, Literal["sent", "delivered", "failed"]] = {
    "initiated": "sent",
    "ringing": "sent",
    "in-progress": "sent",
    "completed": "delivered",
    "busy": "failed",
    "no-answer": "failed",
    "canceled": "failed",
    "failed": "failed",
}


class VoiceBackend(TwilioBackend, BaseVoiceBackend):
    """Calls by Twilio.

    Args:
        voice: ``female`` or ``male``.
        voices: Twilio's names of voices, for languages of the site's choice: ``{"cs-CZ": "Google.cs-CZ-Standard-A"}``.
    """

    # Twilio, Error and Warning Dictionary. Everything that another sender, account or route could mend is "for now".
    final: ClassVar[dict[int, str]] = {
        13223: "the number does not exist",  # not in the form of any
        21202: "the number is a premium number",  # nobody signs in there, and each call would cost
        21211: "the number does not exist",  # no plan of any country has it
        21217: "the number does not exist",  # the same
    }
    for_now: ClassVar[dict[int, str]] = {
        10004: "too many calls at once",  # they end
        10005: "calls are disabled for the account",  # ours to mend
        13224: "Twilio does not support calling this number",  # also where its carriers have an outage
        13225: "the number is on a list of Twilio's",  # of Twilio's, not of the world's
        13227: "the account may not call this region",  # a switch in the console
        21201: "there is no number to call",  # ours to mend
        21203: "international calls are not enabled",  # ours to mend
        21205: "an address is invalid",  # ours to mend
        21210: "the sender is not verified",  # ours to mend
        21212: "the sender is invalid",  # ours to mend
        21213: "there is no sender",  # ours to mend
        21214: "the number cannot be reached",  # by Twilio's carriers; another may
        21215: "the account may not call this region",  # a switch in the console
        21216: "the number is on a list of Twilio's",  # of Twilio's, not of the world's
        21219: "a trial account calls verified numbers only",  # ours to mend
        21609: "the report address is invalid",  # ours to mend
        21626: "an event is invalid",  # ours to mend
        32203: "Twilio blocked the call",  # of Twilio's, not of the world's
        32205: "the account may not call this region",  # a switch in the console
    }

    def __init__(self, *, voice: str = "female", voices: dict[str, str] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.voice, self.voices = voice, voices or {}

    def call(self, call: Call) -> Receipt:
        fields = {"To": call.to, "From": call.sender or self.sender, "Twiml": self._twiml(call)}
        found = self.post("Calls", fields, call.report_url)
        price = amount(found.get("price"))
        currency = short_text(found.get("price_unit")).upper() if price is not None else ""
        return Receipt(id=short_text(found.get("sid")), price=price, currency=currency)

    def read(self, callback: Callback) -> list[Report]:
        fields = self.verified(callback)
        status = id_in(fields, "CallStatus")
        call, state = id_in(fields, "CallSid"), STATES.get(status)
        if state is None:
            return []
        error = self.reason(fields.get("ErrorCode")) or status if state == "failed" else ""
        return [Report(state, id=call, reference=callback.query.get("message", ""), error=error)]

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from super().problems()
        if not self.sender:
            yield "has no sender", "Give it the number of the account that calls, as sender, in E.164."
        if self.voice not in GENDERS:
            yield f"has no voice {self.voice!r}", f"voice is one of {' and '.join(GENDERS)}."

    def _twiml(self, call: Call) -> str:
        """Return what Twilio is to say; people who pick up need a second until they listen."""
        language, voice = self._voice(call.language)
        attributes = f' language="{html.escape(language)}"' + (f' voice="{html.escape(voice)}"' if voice else "")
        spoken = html.escape(NOT_XML.sub(" ", call.spoken))
        return f'<Response><Pause length="1"/><Say{attributes}>{spoken}</Say></Response>'

    def _voice(self, language: str) -> tuple[str, str]:
        """Return a language in Twilio's spelling and a voice; of languages not listed here Twilio picks one itself."""
        if chosen := closest(language, self.voices):
            return chosen, self.voices[chosen]
        name = language.lower().partition("-")[0]
        known = closest(SPELLED_ELSEWHERE.get(name, language), VOICES)
        return (known, f"Polly.{VOICES[known][self.voice == 'male']}") if known else (language, "")
