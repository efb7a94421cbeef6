"""Hands messages to their backends. The outbox decides who sends what; here nothing is remembered."""

import logging
import re
import smtplib
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from ..backends import DeliveryFailed, get_sms_backend, get_voice_backend
from ..backends.phone_guard import check_phone
from ..catalog import MessageChannel
from ..conf import conf
from ..models import Message
from ..models.message import MAX_PROVIDER

logger = logging.getLogger(__name__)

# In a reason, a phone number or a code that a provider quoted; its own error codes are shorter.
LONG_NUMBER = re.compile(r"\d{6,}")


def deliver(pk: int) -> bool:
    """Send one message now, if it is due and nobody else is sending it; tell whether it went."""
    message = Message.objects.lease(pk)
    return message is not None and _send(message)


def deliver_due() -> tuple[int, int]:
    """Send everything that is due, and give up what came too late.

    One pass steps over what other senders hold for a moment; the next one looks at it again, until nothing goes.
    What is written meanwhile is left to the next call, so that this one ends.

    Returns how many messages went and how many tries failed.
    """
    Message.objects.abandon_expired()
    newest = Message.objects.newest()
    sent = failed = 0
    while True:
        went, did_not = _deliver_once(until=newest)
        sent, failed = sent + went, failed + did_not
        if not went:
            return sent, failed


def _deliver_once(until: int) -> tuple[int, int]:
    sent = failed = last = 0
    while message := Message.objects.lease_next(after=last, until=until):
        last = message.pk
        if _send(message):
            sent += 1
        else:
            failed += 1
    return sent, failed


def _send(message: Message) -> bool:
    """Hand a leased message to its backend. A crash in here leaves the lease to run out: sent once more, never lost."""
    message.provider = _provider(message.channel)
    try:
        provider_id = _hand_over(message, message.read())
    except DeliveryFailed as error:
        _note_failure(message, LONG_NUMBER.sub("•••", str(error)), permanent=error.permanent)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        _note_failure(message, f"SMTP refused the recipient: {codes}", permanent=all(code >= 500 for code in codes))
    except smtplib.SMTPDataError as error:
        _note_failure(message, f"SMTP refused the mail: {error.smtp_code}", permanent=error.smtp_code >= 500)
    except smtplib.SMTPResponseException as error:  # our account, our sender, our connection: staff can mend those
        _note_failure(message, f"SMTP {error.smtp_code}", permanent=False)
    except Exception as error:  # noqa: BLE001 - a backend is foreign code; whatever it raises, the message is kept
        # The exception's own words are left out: backends quote the recipient or the text in them.
        _note_failure(message, type(error).__name__, permanent=False)
    else:
        message.mark_sent(provider_id)
        return True
    return False


def _provider(channel: str) -> str:
    """Name who is to deliver: the module of the backend."""
    if channel == MessageChannel.EMAIL:
        mailers = getattr(settings, "MAILERS", None)
        backend = mailers["default"]["BACKEND"] if mailers else settings.EMAIL_BACKEND
    else:
        backend = conf.VOICE_BACKEND if channel == MessageChannel.VOICE else conf.SMS_BACKEND
    return str(backend or "").rpartition(".")[0][-MAX_PROVIDER:]


def _note_failure(message: Message, reason: str, *, permanent: bool) -> None:
    logger.warning("Message %s was not delivered: %s", message.sid, reason)
    if permanent:
        message.mark_failed(reason)
    else:
        message.try_again(reason)


def _hand_over(message: Message, body: dict[str, Any]) -> str:
    if message.channel == MessageChannel.EMAIL:
        return _send_email(body)
    check_phone(body["to"], message.kind)
    reference = str(message.sid)
    if message.channel == MessageChannel.VOICE:
        voice = get_voice_backend()
        if voice is None:
            raise DeliveryFailed("VOICE_BACKEND is not set", permanent=False)
        return voice.call(body["to"], body["text"], reference, language=body.get("language", "")).id
    sms = get_sms_backend()
    if sms is None:
        raise DeliveryFailed("SMS_BACKEND is not set", permanent=False)
    return sms.send(body["to"], body["text"], reference).id


def _send_email(body: dict[str, Any]) -> str:
    email = EmailMultiAlternatives(
        subject=body["subject"],
        body=body["text"],
        from_email=body["from_email"],
        to=[body["to"]],
        headers={"Auto-Submitted": "auto-generated"},
    )
    if body["html"]:
        email.attach_alternative(body["html"], "text/html")
    if not email.send():
        raise DeliveryFailed("the e-mail backend sent nothing", permanent=False)
    return ""
