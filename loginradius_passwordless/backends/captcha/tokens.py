"""What is refused without asking a provider: tokens that none of them can have given out."""

from .base import Rejected

# The longest known are Google's and hCaptcha's with some 2,000 characters; Cloudflare's end at 2,048.
MAX_TOKEN = 4096


def require_token(token: str) -> None:
    """Raise ``Rejected`` unless this could be a token: there, not too long, of visible ASCII characters.

    Not only to spare a request: a provider may call a malformed token a malformed request, which reads like a
    fault of ours. Nobody may choose which of the two it is.
    """
    if not token.strip():
        raise Rejected("no token")
    if len(token) > MAX_TOKEN:
        raise Rejected(f"a token of {len(token)} characters")
    if not all("!" <= character <= "~" for character in token):
        raise Rejected("a token with characters that no provider uses")
