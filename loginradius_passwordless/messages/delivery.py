"""Hands messages to their backends. The outbox decides who sends what; here nothing is remembered."""

import logging
import re
import smtplib
from collections.abc import Callable
from typing import Any

from ..backends import DeliveryFailed, Receipt
from ..catalog import MessageChannel
from ..models import Message
from ..models.message import Told
from . import mail, routing
from .routing import MayHaveArrivedTwice

logger = logging.getLogger(__name__)

# In a reason, a phone number or a code that a provider quoted; its own error codes are shorter.
LONG_NUMBER = re.compile(r"\d{6,}")


def deliver(pk: int) -> bool:
    """Send one message now, if it is due and nobody else is sending it; tell whether it went."""
    message = Message.objects.lease(pk)
    return message is not None and _send(message)


def deliver_due(is_stopping: Callable[[], bool] = lambda: False) -> tuple[int, int]:
    """Send everything that is due, and give up what came too late.

    One pass steps over what other senders hold for a moment; the next one looks at it again, until nothing goes.
    What is written meanwhile is left to the next call, so that this one ends.

    Args:
        is_stopping: asked before each message; where it says so, the rest is left to others.

    Returns how many messages went and how many tries failed.
    """
    Message.objects.abandon_expired()
    newest = Message.objects.newest()
    sent = failed = 0
    while True:
        went, did_not = _deliver_once(newest, is_stopping)
        sent, failed = sent + went, failed + did_not
        if not went or is_stopping():
            return sent, failed


def _deliver_once(until: int, is_stopping: Callable[[], bool]) -> tuple[int, int]:
    sent = failed = last = 0
    while not is_stopping() and (message := Message.objects.lease_next(after=last, until=until)):
        last = message.pk
        if _send(message):
            sent += 1
        else:
            failed += 1
    return sent, failed


def _send(message: Message) -> bool:
    """Hand a leased message to its backend. A crash in here leaves the lease to run out: sent once more, never lost."""
    try:
        receipt = _hand_over(message, message.read())
    except MayHaveArrivedTwice as error:
        logger.warning("Message %s is given up: %s", message.sid, _masked(error))
        message.give_up(f"it may have arrived twice: {_masked(error)}")
    except DeliveryFailed as error:
        _note_failure(message, _masked(error), permanent=error.permanent, after=error.retry_after or 0)
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
        message.mark_sent(Told(receipt.id, receipt.segments, receipt.price, receipt.currency))
        return True
    return False


def _masked(error: DeliveryFailed) -> str:
    return LONG_NUMBER.sub("•••", str(error))


def _note_failure(message: Message, reason: str, *, permanent: bool, after: float = 0) -> None:
    logger.warning("Message %s was not delivered: %s", message.sid, reason)
    if permanent:
        message.mark_failed(reason)
    else:
        message.try_again(reason, after=after)


def _hand_over(message: Message, body: dict[str, Any]) -> Receipt:
    if message.channel != MessageChannel.EMAIL:
        return routing.send(message, body)
    return mail.send(message, body)
