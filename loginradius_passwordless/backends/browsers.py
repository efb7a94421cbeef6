"""The sessions of browsers, which are Django's own: who loads their users, and how one is ended from outside."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import load_backend
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import signed_cookies
from django.contrib.sessions.backends.base import SessionBase

# Under which Django's session knows those of ours that it belongs to: one for each sign-in of its user, newest last.
SESSIONS = "loginradius_sessions"


def can_end() -> bool:
    """Tell whether this site's session engine keeps its sessions where they can be ended, and not in cookies."""
    return not issubclass(store(), signed_cookies.SessionStore)


def end(browser_key: str) -> None:
    """End the session of this key; one that has ended already stays so."""
    store()(browser_key).delete()


def exists(browser_key: str) -> bool:
    """Tell whether there is a session of this key that has not expired."""
    session = store()(browser_key)
    return session.exists(browser_key) and bool(session.load())  # a cache that is away raises in the first alone


def answers() -> bool:
    """Tell whether the site's sessions can be asked for: a cache that swallows its faults seems to have none."""
    probe = store()()
    probe.set_expiry(60)
    probe.create()
    is_there = probe.exists(str(probe.session_key))
    probe.delete()
    return is_there


def store() -> type[SessionBase]:
    """Return the class of the site's session engine."""
    found: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
    return found


def authentication_backend() -> str:
    """Name the site's authentication backend that will load a user on every request of a session.

    The first that loads users as Django does: others keep watch over log-ins, and load nobody.
    """
    paths = list(settings.AUTHENTICATION_BACKENDS)
    return next((path for path in paths if isinstance(load_backend(path), ModelBackend)), paths[0])
