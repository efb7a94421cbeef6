"""An application's logo: a small picture that pages carry within themselves, so that they load nothing."""

import base64

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MAX_LOGO = 64 * 1024
# By their first bytes. No SVG: it is a document, and can do what documents do.
PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


def validate_logo(picture: bytes) -> None:
    """Refuse what is no small PNG, JPEG, GIF or WebP picture."""
    if len(picture) > MAX_LOGO:
        raise ValidationError(_("The picture is larger than 64 kB."))
    if not _kind(picture):
        raise ValidationError(_("This is not a PNG, JPEG, GIF or WebP picture."))


def logo_address(picture: bytes | memoryview | None) -> str:
    """Return a logo as a ``data:`` address, or an empty string."""
    data = bytes(picture or b"")
    return f"data:{_kind(data)};base64,{base64.b64encode(data).decode()}" if _kind(data) else ""


def _kind(picture: bytes) -> str:
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for begin, kind in PICTURES.items() if picture.startswith(begin)), "")
