"""What became of messages, as providers report it.

provider   POST delivery/sms/twilio/?message=…     take    a message is marked delivered, or not
"""

import logging
import uuid

from .. import errors
from ..backends import Callback as Callback
from ..backends import NotFromProvider, Report
from ..backends.exchange import NoAnswer
from ..backends.providers import PORTS, Channel, provider
from ..models import Message
from ..models.message import MAX_PROVIDER_ID, MessageQuerySet, Told

logger = logging.getLogger(__name__)


def take(channel: Channel, name: str, callback: Callback) -> bool:
    """Take the reports of a callback. What is reported twice, late, or of an unknown message, changes nothing.

    Args:
        channel: of the provider: ``sms`` or ``voice``.
        name: of the provider, in the site's settings.
        callback: the request as it came.

    Returns False, and takes nothing, unless the provider has signed it. Raises ``NotFound`` for an unknown provider,
    and ``ServerError`` while the signature cannot be checked, or the settings describe the provider wrongly: it is to
    come back.
    """
    if channel not in PORTS:  # it comes from an address
        raise errors.NotFound
    try:
        backend = provider(channel, name).backend
    except KeyError:
        raise errors.NotFound from None
    except Exception as error:
        logger.error("Provider %s cannot be used (%s): see manage.py check.", name, type(error).__name__)
        raise errors.ServerError from error
    try:
        reports = backend.read(callback)
    except NotFromProvider as error:
        logger.warning("A callback for provider %s is not from it: %s", name, error)
        return False
    except NoAnswer as error:
        logger.warning("A callback for provider %s cannot be checked now: %s", name, error)
        raise errors.ServerError from error
    except Exception as error:  # noqa: BLE001 - a backend is foreign code; what it read is not for the log
        logger.error("The backend of provider %s cannot read a callback: %s", name, type(error).__name__)
        return False
    for report in reports:
        _note(channel, name, report)
    return True


def _note(channel: Channel, name: str, report: Report) -> None:
    of_channel = Message.objects.filter(channel=channel)
    told = Told(report.id, report.receipt.segments, report.receipt.price, report.receipt.currency)
    if report.reference:
        messages = _by_reference(of_channel, report.reference)
    else:  # an id says which message only among those of who gave it
        messages = _by_id(of_channel.filter(provider=name), report.id)
    theirs = messages.filter(provider=name)
    if report.state == "delivered":  # by whomever: what one provider was doubted for, and another sent again, arrived
        messages.report(arrived=True, told=Told())
        theirs.report(arrived=None, told=told)
        return
    theirs.report(arrived=False if report.state == "failed" else None, error=report.error, told=told)


def _by_reference(messages: MessageQuerySet, reference: str) -> MessageQuerySet:
    try:
        return messages.filter(sid=uuid.UUID(reference))
    except ValueError:
        return messages.none()


def _by_id(messages: MessageQuerySet, provider_id: str) -> MessageQuerySet:
    return messages.filter(provider_id=provider_id[:MAX_PROVIDER_ID]) if provider_id else messages.none()
