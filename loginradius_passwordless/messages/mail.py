"""Sends an e-mail by Django's own backend, whatever that is."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from ..backends import DeliveryFailed, Receipt
from ..models import Message, PausedAddress
from ..models.message import MAX_PROVIDER

# Automatic answers leave these mails alone (RFC 3834). There is no List-Unsubscribe, by intent: nobody subscribes to
# a login, and whoever could unsubscribe somebody else would lock them out.
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def send(message: Message, body: dict[str, Any]) -> Receipt:
    """Send one e-mail.

    Its Message-ID is made of ours, the same on every try, so that a server or a mailbox can drop a repeat.

    Raises ``DeliveryFailed``, and whatever the backend raises.
    """
    message.provider = _provider()
    if PausedAddress.objects.pauses(message.identity):
        raise DeliveryFailed("mail to this address came back: see Paused addresses", permanent=True)
    message_id = f"<{message.sid.hex}@{_domain(body['from_email'])}>"
    email = EmailMultiAlternatives(
        subject=body["subject"],
        body=body["text"],
        from_email=body["from_email"],
        to=[body["to"]],
        headers={**HEADERS, "Message-ID": message_id},
    )
    if body["html"]:
        email.attach_alternative(_inlined(body["html"]), "text/html")
    email.metadata = {"message": str(message.sid)}  # type: ignore[attr-defined]  # anymail hands it back in reports
    if not email.send():
        raise DeliveryFailed("the e-mail backend sent nothing", permanent=False)
    told = getattr(email, "anymail_status", None)
    return Receipt(str(getattr(told, "message_id", None) or message_id))


def _provider() -> str:
    """Name the module of the backend."""
    mailers = getattr(settings, "MAILERS", None)
    backend = mailers["default"]["BACKEND"] if mailers else settings.EMAIL_BACKEND
    return str(backend).rpartition(".")[0][-MAX_PROVIDER:]


def _domain(sender: str) -> str:
    """The domain of our own address, not the name of this machine: that is nobody's business."""
    return sender.rpartition("@")[2].strip("<> ") or "localhost"


def _inlined(html: str) -> str:
    """Move styles into the elements, for mail programs that drop the others; with the extra ``[inline]``."""
    return _inliner()(html) if find_spec("css_inline") else html


def _inliner() -> Callable[[str], str]:
    import css_inline  # the extra [inline] brings it

    inliner = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)
    inline: Callable[[str], str] = inliner.inline
    return inline
