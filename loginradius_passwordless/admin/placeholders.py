"""What a text may contain, listed beside it: each placeholder with a sample, those that must be used first."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ..catalog import MESSAGES, SAMPLES, MessageKind, kinds


def placeholders(kind: str, channels: Sequence[str]) -> SafeString:
    """List the placeholders of a kind; where the kind is still open, offer to begin with a shipped text."""
    if not kind:
        return _first_texts(channels[0])
    values: dict[str, str] = {}
    notes: dict[str, str] = {}
    for known in (MESSAGES[kind, channel] for channel in channels if (kind, channel) in MESSAGES):
        values |= {name: SAMPLES[name] for name in SAMPLES if name in known.allowed}
        notes |= dict.fromkeys(known.one_of, _("one of these is needed"))
        notes |= dict.fromkeys(known.required, _("needed"))
    rows = [(name, values[name], notes.get(name, "")) for name in sorted(values, key=lambda name: name not in notes)]
    items = format_html_join("", "<li><code>#{}#</code> <bdi>{}</bdi> <strong>{}</strong></li>", rows)
    return format_html('<ul class="studio-placeholders">{}</ul>', items)


def _first_texts(channel: str) -> SafeString:
    names = dict(MessageKind.choices)
    links = [(urlencode({"kind": kind}), names[kind]) for kind in kinds(channel)]
    return format_html(
        "{} {}", _("Begin with the shipped text of:"), format_html_join(", ", '<a href="?{}">{}</a>', links)
    )
