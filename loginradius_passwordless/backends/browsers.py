"""The sessions of browsers, which are Django's own: how one is ended from outside."""

from importlib import import_module

from django.conf import settings
from django.contrib.sessions.backends import signed_cookies
from django.contrib.sessions.backends.base import SessionBase


def can_end() -> bool:
    """Tell whether this site's session engine keeps its sessions where they can be ended, and not in cookies."""
    return not issubclass(_store(), signed_cookies.SessionStore)


def end(browser_key: str) -> None:
    """End the session of this key; one that has ended already stays so."""
    _store()(browser_key).delete()


def _store() -> type[SessionBase]:
    store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
    return store
