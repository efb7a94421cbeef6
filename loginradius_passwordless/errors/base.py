"""What every error has: code, HTTP status, words, and sometimes data and headers."""

from typing import Any, ClassVar


class PasswordlessError(Exception):
    """A login that cannot go on, and why.

    Deliberately not DRF's ``APIException``: DRF rolls the transaction back for those, and with it the count
    of wrong guesses (law 2).
    """

    code: ClassVar[int]
    status: ClassVar[int] = 403
    message: Any
    description: Any

    @property
    def data(self) -> dict[str, Any]:
        """What the body of this error has besides the usual keys."""
        return {}

    @property
    def headers(self) -> dict[str, str]:
        """HTTP headers that belong to this error."""
        return {}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
