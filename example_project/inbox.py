"""The demo inbox: every e-mail, SMS and call becomes a file that the inbox page shows."""

import json
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from loginradius_passwordless.backends.base import SMS, BaseSMSBackend, BaseVoiceBackend, Call, Receipt

SHOWN = 50
CODE = re.compile(r"(?<![\d+])\d{6,10}(?!\d)")


@dataclass(frozen=True)
class Received:
    """One message in the inbox."""

    channel: str
    to: str
    subject: str
    text: str
    html: str
    at: str

    @property
    def time(self) -> datetime:
        """When it arrived."""
        return datetime.fromisoformat(self.at)

    @property
    def code(self) -> str:
        """The code of an SMS or a call, to be shown large; empty where there is none."""
        found = CODE.search(self.text) if self.channel != "email" else None
        return found[0] if found else ""


def put(channel: str, to: str, text: str, subject: str = "", html: str = "") -> None:
    """Add a message."""
    folder = Path(settings.INBOX)
    folder.mkdir(parents=True, exist_ok=True)
    received = Received(channel, to, subject, text, html, datetime.now(UTC).isoformat())
    unfinished = folder / f"{uuid.uuid4().hex}.part"
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(asdict(received)), "utf-8")
    unfinished.rename(folder / f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}.json")


def newest() -> Iterator[Received]:
    """Return the newest messages, newest first."""
    for file in sorted(Path(settings.INBOX).glob("*.json"), reverse=True)[:SHOWN]:
        yield Received(**json.loads(file.read_text("utf-8")))


class EmailBackend(BaseEmailBackend):
    """Django e-mail that arrives in the inbox."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for email in email_messages:
            html = next((content for content, kind in getattr(email, "alternatives", []) if kind == "text/html"), "")
            put("email", ", ".join(email.to), str(email.body), str(email.subject), str(html))
        return len(email_messages)


class SMSBackend(BaseSMSBackend):
    """SMS that arrive in the inbox."""

    for_development = True

    def send(self, sms: SMS) -> Receipt:
        put("sms", sms.to, sms.text)
        return Receipt(sms.reference)


class VoiceBackend(BaseVoiceBackend):
    """Calls that arrive in the inbox, as text."""

    for_development = True

    def call(self, call: Call) -> Receipt:
        put("voice", call.to, call.text)
        return Receipt(call.reference)
