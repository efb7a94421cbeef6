"""In which alphabet an SMS travels, and in how many parts: GSM 03.38's seven bits, or UCS-2."""

from dataclasses import dataclass

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_ESCAPED = frozenset("\f^{}\\[~]|€")
GSM = GSM_7 | GSM_7_ESCAPED


@dataclass(frozen=True)
class Segments:
    """How an SMS travels. ``foreign`` are the characters for which the whole text goes in the larger alphabet."""

    alphabet: str
    length: int
    count: int
    left: int
    foreign: tuple[str, ...] = ()


def segments(text: str) -> Segments:
    """Count as networks do: one letter outside GSM 7 more than halves what goes into a part."""
    foreign = tuple(dict.fromkeys(char for char in text if char not in GSM))
    if foreign:
        alphabet, single, part, sizes = "UCS-2", 70, 67, [len(char.encode("utf-16-be")) // 2 for char in text]
    else:
        alphabet, single, part, sizes = "GSM-7", 160, 153, [1 + (char in GSM_7_ESCAPED) for char in text]
    length = sum(sizes)
    if length <= single:
        return Segments(alphabet, length, 1, single - length, foreign)
    count, used = 1, 0
    for size in sizes:  # what takes two places is never cut in two
        if used + size > part:
            count, used = count + 1, 0
        used += size
    return Segments(alphabet, length, count, part - used, foreign)
