"""What the settings of a kind mean for the people who get its messages, and for whoever guesses, in words."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..catalog import BY_ITSELF, MESSAGES
from ..conf import conf
from ..models import MessageSettings

REQUESTS = ["request_limit", "disable_period"]
CODES = ["code_lifetime", "code_length", "code_type"]
LINKS = ["link_lifetime"]


def settings_of(kind: str) -> tuple[list[str], list[str]]:
    """Return which settings mean something for a kind: those of requests, and those of codes and links."""
    if kind in BY_ITSELF:
        return [], []
    carried = _carried(kind)
    return REQUESTS, [*(CODES if "OTP" in carried else []), *(LINKS if "GUID" in carried else [])]


def consequences(settings: MessageSettings) -> list[str]:
    """Return sentences."""
    if settings.kind in BY_ITSELF:
        return [_("It is sent by itself. Nobody can ask for it, and it counts for no limit.")]
    said, carried = [*_requests(settings)], _carried(settings.kind)
    if "OTP" in carried:
        said += _codes(settings)
    if "GUID" in carried:
        said += _links(settings)
    return said


def _carried(kind: str) -> frozenset[str]:
    known = [each for (of, _channel), each in MESSAGES.items() if of == kind]
    return frozenset().union(*(each.required | each.one_of for each in known))


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
    works = _("A code is one of %(possible)s. It works for %(minutes)s minutes and once.")
    yield works % {"possible": f"{possible:,}", "minutes": f"{settings.code_life.total_seconds() / 60:g}"}
    guessed = _("After %(guesses)d wrong codes a day codes stop: a guesser gets in once in %(years)s years.")
    years = f"{possible / conf.IDENTITY_FAILURES / 365:,.0f}"
    yield guessed % {"guesses": conf.IDENTITY_FAILURES, "years": years}


def _links(settings: MessageSettings) -> Iterator[str]:
    works = _("A link works for %(minutes)s minutes and once. No link can be guessed.")
    yield works % {"minutes": f"{settings.link_life.total_seconds() / 60:g}"}
