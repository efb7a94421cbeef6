"""Shows a template as its readers will see it, filled with samples, and in a way that nothing in it can act."""

from collections.abc import Mapping
from html import escape

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..catalog import MESSAGES, SAMPLES, MessageChannel
from ..messages.rendering import fill, one_line, with_web_otp
from ..models import EmailTemplate, SMSTemplate

# No script, no form and no way out for what is in the frame: its sandbox has no permission at all, and this policy
# says it once more for a browser that would not know the attribute.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src https: data:\">"
)
GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_ESCAPED = frozenset("\f^{}\\[~]|€")


def samples(kind: str, channel: str) -> dict[str, str]:
    """Return a sample of every placeholder that this kind fills on this channel, and of no other."""
    known = MESSAGES.get((kind, channel))
    return {name: SAMPLES[name] for name in sorted(known.allowed)} if known else {}


def placeholders(kind: str, channels: list[str]) -> SafeString:
    """List the placeholders of a kind with their samples, those that must be used first."""
    values: dict[str, str] = {}
    notes: dict[str, str] = {}
    for known in (MESSAGES[kind, channel] for channel in channels if (kind, channel) in MESSAGES):
        values |= {name: SAMPLES[name] for name in known.allowed}
        notes |= dict.fromkeys(known.one_of, _("(one of these is needed)")) | dict.fromkeys(
            known.required, _("(needed)")
        )
    names = sorted(values, key=lambda name: (name not in notes, name))
    rows = [(name, values[name], notes.get(name, "")) for name in names]
    return format_html("<ul>{}</ul>", format_html_join("", "<li><code>#{}#</code> {} {}</li>", rows))


def email(template: EmailTemplate) -> SafeString:
    """Show an e-mail: subject and text as text, the HTML part in a frame that can do nothing."""
    values = samples(template.kind, MessageChannel.EMAIL)
    return format_html(
        "{}{}{}", _plain(one_line(fill(template.subject, values))), _frame(template, values),
        _plain(fill(template.text, values)),
    )  # fmt: skip


def sms(template: SMSTemplate) -> SafeString:
    """Show an SMS with the line that is added to it and what it costs, and the words of the call."""
    values = samples(template.kind, MessageChannel.SMS)
    text = with_web_otp(fill(template.text, values), values.get("OTP"))
    call = fill(template.voice_text, samples(template.kind, MessageChannel.VOICE))
    return format_html("{}<p>{}</p>{}", _plain(text), segments(text), _plain(call) if call else "")


def segments(text: str) -> str:
    """Say in which alphabet and how many parts an SMS travels: one letter outside GSM 7 more than halves a part."""
    if set(text) <= GSM_7 | GSM_7_ESCAPED:
        length = len(text) + sum(char in GSM_7_ESCAPED for char in text)
        alphabet, single, part = "GSM-7", 160, 153
    else:
        length = len(text.encode("utf-16-be")) // 2
        alphabet, single, part = "UCS-2", 70, 67
    count = 1 if length <= single else -(-length // part)
    return _("%(alphabet)s, %(length)d characters, segments: %(count)d") % {
        "alphabet": alphabet, "length": length, "count": count,
    }  # fmt: skip


def _frame(template: EmailTemplate, values: Mapping[str, str]) -> SafeString:
    if not template.html:
        return SafeString("")
    document = POLICY + fill(template.html, {name: escape(value) for name, value in values.items()})
    return format_html(
        '<iframe sandbox="" srcdoc="{}" title="{}" referrerpolicy="no-referrer" width="640" height="520"></iframe>',
        document, _("HTML part"),
    )  # fmt: skip


def _plain(text: str) -> SafeString:
    return format_html('<pre style="white-space: pre-wrap">{}</pre>', text)
