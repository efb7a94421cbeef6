"""Secrets: how they are drawn, what is stored of them, and how a stored form is compared.

Only ``models`` import this. Links, GUIDs and tokens carry at least 128 random bits, so a plain SHA-256 can
be looked up and never searched. A code has some twenty bits: its stored form is keyed with ``SECRET_KEY``,
or a stolen table would be searched in a second.
"""

import base64
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Iterator

from cryptography.fernet import Fernet, MultiFernet
from cryptography.fernet import InvalidToken as InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes
from django.views.decorators.debug import sensitive_variables

LINK_BYTES = 32
WEBHOOK_BYTES = 32


def new_link() -> str:
    """Draw the secret of a link: 256 bits in 43 URL-safe characters."""
    return secrets.token_urlsafe(LINK_BYTES)


def new_code(length: int, alphabet: str) -> str:
    """Draw a one-time code; every code of this length is equally likely, leading zeros included."""
    return "".join(secrets.choice(alphabet) for _ in range(length))


def new_guid() -> str:
    """Draw a bearer token: 128 random bits as a dashed GUID, which is what .NET's and Java's SDKs parse.

    All 128 bits are random: a version-4 UUID would give six of them away.
    """
    return str(uuid.UUID(bytes=secrets.token_bytes(16)))


def new_webhook_secret() -> str:
    """Draw the secret of a webhook: 256 bits, written as Standard Webhooks writes them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(WEBHOOK_BYTES)).decode()


def digest(secret: str) -> str:
    """Return what is stored of a high-entropy secret: 64 hex digits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@sensitive_variables()
def code_digest(code: str, *context: str) -> str:
    """Return what is stored of a code: a MAC bound to everything the code is good for."""
    return _mac(next(_keys("code")), code, context)


@sensitive_variables()
def code_matches(stored: str, code: str, *context: str) -> bool:
    """Compare in constant time, also under the keys of ``SECRET_KEY_FALLBACKS``."""
    for key in _keys("code"):  # noqa: SIM110 - a generator's frame would show the code in error reports
        if hmac.compare_digest(stored, _mac(key, code, context)):
            return True
    return False


@sensitive_variables()
def seal(text: str) -> bytes:
    """Encrypt and authenticate what must be readable again: a message until it is sent, an API secret."""
    return _fernet().encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    """Undo ``seal``; raises ``cryptography.fernet.InvalidToken`` when no key of this site fits."""
    return _fernet().decrypt(sealed).decode()


@sensitive_variables()
def _mac(key: bytes, code: str, context: tuple[str, ...]) -> str:
    # Each part is preceded by its length, so that no two contexts write the same bytes.
    parts = b"".join(b"%d:%s" % (len(part.encode()), part.encode()) for part in (code, *context))
    return hmac.new(key, parts, hashlib.sha256).hexdigest()


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in _keys("seal")])


def _keys(purpose: str) -> Iterator[bytes]:
    """Derive a key for one purpose from ``SECRET_KEY``, then from each of its fallbacks."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        info = f"loginradius_passwordless.{purpose}".encode()
        yield HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(force_bytes(secret))
