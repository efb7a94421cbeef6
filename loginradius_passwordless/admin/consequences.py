"""What the settings of a kind mean for the people who get its messages, and for whoever guesses, in words."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..catalog import MESSAGES
from ..conf import conf
from ..models import MessageSettings


def consequences(settings: MessageSettings) -> list[str]:
    """Return sentences."""
    placeholders = [known for (kind, _channel), known in MESSAGES.items() if kind == settings.kind]
    carried = frozenset().union(*(known.required | known.one_of for known in placeholders))
    said = [*_requests(settings)] if carried else [_("It is sent by itself, and nobody can ask for it.")]
    if "OTP" in carried:
        said += _codes(settings)
    if "GUID" in carried:
        said += _links(settings)
    return said


def _requests(settings: MessageSettings) -> Iterator[str]:
    if settings.request_limit:
        yield ngettext(
            "One person gets at most %(count)d message of this kind within %(minutes)d minutes.",
            "One person gets at most %(count)d messages of this kind within %(minutes)d minutes.",
            settings.request_limit,
        ) % {"count": settings.request_limit, "minutes": settings.disable_period}
    whatever = _("Whatever stands here, one person gets at most %(ten)d messages in ten minutes, and %(day)d a day.")
    yield whatever % {"ten": conf.SENDS_PER_TEN_MINUTES, "day": conf.SENDS_PER_DAY}


def _codes(settings: MessageSettings) -> Iterator[str]:
    possible = len(settings.code_alphabet) ** settings.code_size
    yield _("A code is one of %(possible)s. It works for %(minutes)s minutes and once.") % {
        "possible": f"{possible:,}", "minutes": f"{settings.code_life.total_seconds() / 60:g}",
    }  # fmt: skip
    guessed = _("After %(guesses)d wrong codes a day codes stop: a guesser gets in once in %(years)s years.")
    yield guessed % {
        "guesses": conf.IDENTITY_FAILURES, "years": f"{possible / conf.IDENTITY_FAILURES / 365:,.0f}",
    }  # fmt: skip


def _links(settings: MessageSettings) -> Iterator[str]:
    yield _("A link works for %(minutes)s minutes and once. No link can be guessed.") % {
        "minutes": f"{settings.link_life.total_seconds() / 60:g}"
    }
