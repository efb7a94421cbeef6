"""Every error a caller can meet: code, HTTP status and words, in the order in which a login meets them.

Codes and statuses are LoginRadius' own (``docs/reference/errors.md`` lists them with what to do). Faults of
the site's configuration are not here: they are ``ImproperlyConfigured`` and nobody is told about them.
"""

from .base import PasswordlessError as PasswordlessError
from .calls import *  # noqa: F403
from .logins import *  # noqa: F403
from .permissions import *  # noqa: F403
from .webhooks import *  # noqa: F403


def table() -> list[type[PasswordlessError]]:
    """Every error, in order of code: what the documentation and the tests list."""
    return sorted(PasswordlessError.__subclasses__(), key=lambda error: error.code)
