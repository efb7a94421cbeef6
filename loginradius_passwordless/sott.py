"""SOTT, LoginRadius' secured one-time token: made by a site's own server, it lets one browser register somebody.

It says from when until when it is good, and for which API key, encrypted under an API secret. The format is
LoginRadius' own and cannot be changed: AES-256-CBC with a fixed IV, the key from PBKDF2 with an empty salt, an MD5 of
the ciphertext behind it. Whoever changes a bit of it gets other text, so everything in it is compared.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

INITIAL_VECTOR = b"tu89geji340t89u2"
SALT = bytes(8)
ROUNDS = 10_000
KEY_BYTES = 32
LONGEST = 1000
WRITTEN = "%Y-%m-%d %H:%M:%S"  # with dashes: no SDK means a clock of twelve hours by them
MOMENT = re.compile(r"(\d{4})([/-])(\d{1,2})\2(\d{1,2}) (\d{1,2}):(\d{1,2}):(\d{1,2})", re.ASCII)

# Clocks of servers differ, and a SOTT is good from the very moment at which it was made.
CLOCKS_DIFFER = timedelta(minutes=2)
LONGEST_WINDOW = timedelta(days=1, minutes=8)
HALF_A_DAY = timedelta(hours=12)


@dataclass(frozen=True)
class Plain:
    """What a SOTT says, as it is written."""

    start: str
    api_key: str
    end: str


def make(api_key: str, secret: str, *, start: datetime, end: datetime) -> str:
    """Return a SOTT that is good between two moments, which have a time zone."""
    plain = f"{_written(start)}#{api_key}#{_written(end)}".encode()
    padder = PKCS7(AES.block_size).padder()
    encryptor = _cipher(secret).encryptor()
    encrypted = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    text = base64.b64encode(encrypted).decode()
    return f"{text}*{_checksum(text)}"


def read(text: str, secret: str) -> Plain | None:
    """Return what a SOTT says, or None where this secret does not open it.

    A plus sign that arrives as a blank is restored, also the first: one SOTT of 64 begins with it. So are the escapes
    that some SDKs leave in.
    """
    text = text.rstrip(" ").replace(" ", "+").replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
    encoded, _star, checksum = text.replace("%2A", "*").rpartition("*")
    if len(text) > LONGEST or not text.isascii() or not hmac.compare_digest(checksum.lower(), _checksum(encoded)):
        return None
    try:
        decryptor, unpadder = _cipher(secret).decryptor(), PKCS7(AES.block_size).unpadder()
        padded = decryptor.update(base64.b64decode(encoded, validate=True)) + decryptor.finalize()
        plain = (unpadder.update(padded) + unpadder.finalize()).decode()
    except (binascii.Error, ValueError):
        return None
    parts = plain.split("#")
    return Plain(*parts) if len(parts) == len(Plain.__dataclass_fields__) else None


def good_until(plain: Plain, now: datetime, *, twelve_hour_clock: bool) -> datetime | None:
    """Return until when a SOTT is good that is good now, or None where it is not.

    Args:
        plain: what it says.
        now: the moment, with a time zone.
        twelve_hour_clock: read an hour without *AM* or *PM* as either: LoginRadius' Python SDK writes no other.
    """
    starts, ends = (list(_readings(written, twelve_hour_clock)) for written in (plain.start, plain.end))
    longest = HALF_A_DAY if len(starts) * len(ends) > 1 else LONGEST_WINDOW
    for start in starts:
        # The next end after it, or a SOTT of ten minutes would also be one of twelve hours and ten minutes.
        end = min((end for end in ends if end >= start), default=None)
        if end and end - start < longest and start - CLOCKS_DIFFER <= now <= end + CLOCKS_DIFFER:
            return end
    return None


def _readings(written: str, twelve_hour_clock: bool) -> Iterator[datetime]:
    """Yield the moments that a date may mean: one, or the one in the morning and the one in the afternoon."""
    found = MOMENT.fullmatch(written)
    if not found:
        return
    year, separator, *rest = found.groups()
    month, day, hour, minute, second = map(int, rest)
    is_ambiguous = twelve_hour_clock and separator == "/" and 1 <= hour <= 12 and _is_padded(rest)
    for reading in {hour % 12, hour % 12 + 12} if is_ambiguous else {hour}:
        try:
            yield datetime(int(year), month, day, reading, minute, second, tzinfo=UTC)
        except ValueError:  # the 31st of February
            return


def _is_padded(parts: list[str]) -> bool:
    return all(len(part) == 2 for part in parts)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(WRITTEN)


def _cipher(secret: str) -> Cipher[CBC]:
    return Cipher(AES(_key(secret)), CBC(INITIAL_VECTOR))


@lru_cache(maxsize=256)
def _key(secret: str) -> bytes:
    """Derived once for each secret: a SOTT that is none costs nobody's rate, and must not cost ten thousand hashes."""
    return hashlib.pbkdf2_hmac("sha1", secret.encode(), SALT, ROUNDS, KEY_BYTES)


def _checksum(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
