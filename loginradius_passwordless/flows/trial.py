"""Staff try a template: they send it to themselves, by the way that every message takes.

staff      presses *Send a test to me*      own_address    theirs, and nobody else's
server     counts it                        send           marked, with a link and a code that work for nobody
outbox     sends it                                        by the same backends, seen among the messages
"""

import re
from datetime import timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import gettext as _

from .. import budgets, catalog, errors, messages
from ..addresses import page_address
from ..backends import users
from ..backends.providers import can_reach
from ..catalog import MessageChannel
from ..identifiers import Identity
from ..models import EmailTemplate, Identifier, Message, SMSTemplate
from ..models.database import in_transaction
from ..models.template import Template
from ..models.version import Version
from .steps import Caller

LIFETIME = timedelta(minutes=10)
# A style sheet of the template yields to what is important here.
STANDS_OUT = "".join(
    f"{each}!important;"
    for each in (
        "display:block", "visibility:visible", "opacity:1", "position:static", "height:auto", "max-height:none",
        "overflow:visible", "font:16px sans-serif", "padding:12px", "background:#fff3c4", "color:#3d2f00",
        "text-align:center", "text-indent:0", "transform:none", "clip-path:none",
    )
)  # fmt: skip
# In comments, titles and styles it only looks like the beginning of the body.
BODY = re.compile(
    r"<!---?>|<!--.*?--!?>|<(?P<text>title|style)\b.*?</(?P=text)\b"
    r"|(?P<body><body\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>)",
    re.IGNORECASE | re.DOTALL,
)


def own_address(user: AbstractBaseUser, channel: str) -> Identity | None:
    """Return where a member of staff can be reached: their address or number, proven here or in the site's own row.

    A number counts only where its owner has proven it here or the site did: anybody may write any into a profile.
    """
    kind = "email" if channel == MessageChannel.EMAIL else "phone"
    proven = Identifier.objects.filter(customer__user_id=user.pk, kind=kind).exclude(proven_key=None)
    if found := proven.order_by("pk").first():
        return found.identity
    try:
        stored = users.stored_identity(user, kind)
    except (errors.InvalidEmail, errors.InvalidPhone):
        return None
    return stored if kind == "email" or users.verified_by_site(stored) else None


@in_transaction
def send(caller: Caller, user: Any, template: Template, version: Version, channel: str) -> Message:
    """Send a version of a template to whoever tries it.

    Args:
        caller: the application in whose name it is sent.
        user: who tries it.
        template: of which it is a version.
        version: what is sent, published or not.
        channel: "email", "sms" or "voice".

    Raises ``MissingEmail`` or ``MissingPhone`` where the site does not know how to reach them, ``NoSMSProvider``,
    ``NoVoiceProvider``, ``EmailQuotaExceeded`` after twenty an hour.
    """
    if channel == MessageChannel.SMS and not can_reach("sms"):
        raise errors.NoSMSProvider
    if channel == MessageChannel.VOICE and not can_reach("voice"):
        raise errors.NoVoiceProvider
    recipient = own_address(user, channel)
    if recipient is None:
        raise errors.MissingEmail if channel == MessageChannel.EMAIL else errors.MissingPhone
    budgets.spend_trial(user.pk)
    draft = messages.Draft(
        kind=template.kind,
        channel=channel,
        to=recipient,
        application=caller.application,
        lifetime=LIFETIME,
        language=template.language,
        trial=marked(template.load(version), channel),
        values=_values(template, caller),
    )
    message = messages.write(draft)
    type(version)._default_manager.filter(pk=version.pk).update(trial=message)
    return message


def marked(template: Template, channel: str) -> Template:
    """Say at the beginning of a text that it is a test, so that it is taken for nothing else, forwarded or not."""
    words = _("This is a test of a template. Its link and its code work for nobody.")
    if isinstance(template, EmailTemplate):
        template.subject = f"[{_('Test')}] {template.subject}"
        template.text = f"*** {words} ***\n\n{template.text}"
        template.html = _with_banner(template.html, words) if template.html else ""
    elif isinstance(template, SMSTemplate) and channel == MessageChannel.VOICE:
        spoken = template.voice_text or catalog.shipped(template.kind, channel, template.language).text
        template.voice_text = f"{words} {spoken}"
    elif isinstance(template, SMSTemplate):
        template.text = f"{_('TEST')}: {template.text}"
    return template


def _with_banner(html: str, words: str) -> str:
    banner = f'<div style="{STANDS_OUT}">{words}</div>'
    bodies = (found for found in BODY.finditer(html) if found["body"])
    if body := next(bodies, None):
        return html[: body.end()] + banner + html[body.end() :]
    return banner + html


def _values(template: Template, caller: Caller) -> dict[str, Any]:
    """The samples, but for where the link leads: to the page of this site, which does not know its token."""
    own = {"IpAddress": caller.visitor.address or "", "UserAgent": caller.visitor.device}
    unknown = {"AppName", "Email", "Phone", "CurrentYear", "OTPExpiry"}  # the outbox knows these
    samples = {name: value for name, value in catalog.SAMPLES.items() if name not in unknown}
    return {**samples, **own, "Url": page_address("link")}
