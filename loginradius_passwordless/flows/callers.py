"""Who calls the API: the application by its key, and its right to manage by its secret."""

from .. import errors
from ..models import Application, ApplicationSecret
from ..models.application import API_KEY
from .steps import Caller, Visitor

MAX_SECRET = 200


def identify(visitor: Visitor, *, api_key: str) -> Caller:
    """Return the caller of this API key.

    Raises ``MissingAPIKey``, ``MalformedAPIKey``, ``UnknownAPIKey``.
    """
    if not api_key:
        raise errors.MissingAPIKey
    if not API_KEY.fullmatch(api_key):
        raise errors.MalformedAPIKey
    application = Application.objects.defer("logo").filter(api_key=api_key, is_active=True).first()
    # Compared once more: MariaDB's collation takes keys that differ in case for the same.
    if application is None or application.api_key != api_key:
        raise errors.UnknownAPIKey
    return Caller(application, visitor)


def authorise(caller: Caller, *, api_secret: str) -> None:
    """Make sure that the caller knows one of its application's secrets.

    Raises ``MissingAPISecret``, ``MalformedAPISecret``, ``WrongAPISecret``.
    """
    if not api_secret:
        raise errors.MissingAPISecret
    if len(api_secret) > MAX_SECRET or not api_secret.isprintable():
        raise errors.MalformedAPISecret
    if not ApplicationSecret.objects.verify(caller.application, api_secret):
        raise errors.WrongAPISecret


def allowed_origins() -> frozenset[str]:
    """Return the web origins whose pages may call the API from a browser.

    Those of all active applications: a preflight request names neither key nor application.
    """
    lists = Application.objects.filter(is_active=True).exclude(origins=[]).values_list("origins", flat=True)
    return frozenset(origin for origins in lists for origin in origins)
