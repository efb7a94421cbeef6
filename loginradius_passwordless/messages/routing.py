"""Sends a text or a call by the site's providers, one after the other, until one takes it.

What fails for the moment goes to the next provider of the country's route at once, with the same code. Who may have
delivered a message without saying so is not asked for it again while there is somebody else, and after two of those
nobody is, not even the only provider that there is: a person gets one message more than was meant at most. Who fails
again and again is left alone for a while.
"""

import logging
import threading
import time
from typing import Any

from ..addresses import page_address
from ..backends import SMS, Call, DeliveryFailed, Receipt
from ..backends.base import BaseSMSBackend, BaseVoiceBackend
from ..backends.phone_guard import check_phone
from ..backends.providers import Channel, Provider, provider, route
from ..conf import conf
from ..identifiers import country_of_number
from ..journal import tell
from ..models import Message

logger = logging.getLogger(__name__)

# A lease is 30 seconds and a provider has ten: after this nobody else is asked with this try.
ENOUGH = 15.0
FAILURES_IN_A_ROW = 3
LEFT_ALONE = 10.0
DOUBTS = 2
DOUBT_PAUSE = 10.0  # the second message that may arrive is the last one: whatever is wrong gets time to pass

_lock = threading.Lock()
_failures: dict[str, int] = {}
_alone_until: dict[str, float] = {}


class MayHaveArrivedTwice(DeliveryFailed):
    """It may have been delivered two times: nobody is asked a third time."""


def send(message: Message, body: dict[str, Any]) -> Receipt:
    """Hand a leased text or call to the first provider that takes it, and set ``message.provider`` to its name.

    Raises ``DeliveryFailed`` when none did: permanent where one says that nobody ever can.
    """
    check_phone(body["to"], message.kind)
    channel: Channel = "voice" if message.channel == "voice" else "sms"
    country = country_of_number(body["to"])
    reasons, pauses, started = [], [], time.monotonic()
    for name in _to_ask(message, channel, route(channel, country)):
        if time.monotonic() - started > ENOUGH or len(message.doubted) >= DOUBTS:
            break
        if not message.renew_lease():
            raise DeliveryFailed("somebody else sends it by now", permanent=False)
        message.provider = name
        try:
            return _ask(_provider(channel, name), message, body, country)
        except DeliveryFailed as failed:
            if failed.permanent:
                raise
            reasons.append(f"{name}: {failed}")
            pauses.append(failed.retry_after or 0)
    if len(message.doubted) >= DOUBTS:
        raise MayHaveArrivedTwice("; ".join(reasons), permanent=False)
    if not reasons:
        raise DeliveryFailed(f"no provider for {channel} to {country or 'this number'}", permanent=False)
    pause = max(min(pauses), DOUBT_PAUSE if message.doubted else 0)
    raise DeliveryFailed("; ".join(reasons), permanent=False, retry_after=pause)


def _to_ask(message: Message, channel: Channel, names: list[str]) -> list[str]:
    """Whom to ask, those last who are being left alone."""
    if len(names) == 1:  # there is nobody else: rather two messages than none, and no third
        return names
    sure = [name for name in names if name not in message.doubted]
    return sorted(sure, key=lambda name: _alone_until.get(f"{channel}:{name}", 0) > time.monotonic())


def _provider(channel: Channel, name: str) -> Provider:
    """Make a provider. One that the settings describe wrongly stops no other; ``manage.py check`` names it."""
    try:
        return provider(channel, name)
    except Exception as error:
        logger.error("Provider %s cannot be used (%s): see manage.py check.", name, type(error).__name__)
        raise DeliveryFailed(type(error).__name__, permanent=False) from error


def _ask(one: Provider, message: Message, body: dict[str, Any], country: str) -> Receipt:
    try:
        receipt = _hand_over(one, message, body, country)
    except DeliveryFailed as failed:
        if not failed.permanent:
            _note_failure(one, failed.retry_after)
        if failed.may_have_arrived:
            message.doubt(one.name)
        raise
    except Exception as error:
        # A backend is foreign code. Its own words are left out: they quote the recipient or the text.
        _note_failure(one, None)
        message.doubt(one.name)
        raise DeliveryFailed(type(error).__name__, permanent=False, may_have_arrived=True) from error
    with _lock:
        _failures.pop(_key(one), None)
        _alone_until.pop(_key(one), None)
    return receipt


def _hand_over(one: Provider, message: Message, body: dict[str, Any], country: str) -> Receipt:
    sender = one.sender(country, message.kind)
    facts: dict[str, Any] = {
        "to": body["to"],
        "text": body["text"],
        "reference": str(message.sid),
        "kind": message.kind,
        "sender": sender.sender,
        "report_url": report_url(one, str(message.sid)),
    }
    if isinstance(one.backend, BaseVoiceBackend):
        return one.backend.call(Call(**facts, spoken=body.get("spoken", body["text"]), language=body["language"]))
    assert isinstance(one.backend, BaseSMSBackend)  # noqa: S101 - there are these two ports
    return one.backend.send(SMS(**facts, entity_id=sender.entity_id, template_id=sender.template_id))


def report_url(one: Provider, reference: str) -> str:
    """Return where a provider may report what became of a message; nothing where this site has no address."""
    if not conf.PUBLIC_URL:
        return ""
    return f"{page_address('delivery-report', channel=one.channel, name=one.name)}?message={reference}"


def _note_failure(one: Provider, retry_after: float | None) -> None:
    """Leave a provider alone that failed again and again, or that asks for it."""
    with _lock:
        count = _failures[_key(one)] = _failures.get(_key(one), 0) + 1
        is_left_alone = count >= FAILURES_IN_A_ROW or bool(retry_after)
        if is_left_alone:
            _alone_until[_key(one)] = time.monotonic() + min(max(LEFT_ALONE, retry_after or 0), 300)
            logger.warning("Provider %s failed %s times in a row: others are asked first.", one.name, count)
    tell("provider_failed", channel=one.channel, provider=one.name, in_a_row=count)
    if is_left_alone:
        tell("provider_left_alone", channel=one.channel, provider=one.name, in_a_row=count)


def _key(one: Provider) -> str:
    return f"{one.channel}:{one.name}"
