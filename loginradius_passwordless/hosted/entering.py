"""Letting a browser in: Django's own session, and the way on from here."""

from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from .. import errors
from ..conf import conf
from ..flows import browser
from ..flows.browser import SESSIONS as SESSIONS
from ..flows.steps import SignIn
from . import remembered

MOST = 20


class HttpResponseSeeAnyOther(HttpResponseRedirect):
    """A redirect to an address that the application's list has; the list decides which schemes there are."""

    status_code = 303

    def __init__(self, url: str) -> None:
        self.allowed_schemes = [urlsplit(url).scheme]
        super().__init__(url)


def must_have_sessions(request: HttpRequest) -> None:
    """Raise ``ImproperlyConfigured`` where nobody can be signed in. Ask before a message is sent or a proof is used."""
    if not hasattr(request, "session") or not hasattr(request, "user"):
        raise ImproperlyConfigured("The sign-in page needs SessionMiddleware and AuthenticationMiddleware.")


def enter(request: HttpRequest, signed_in: SignIn) -> HttpResponseRedirect:
    """Sign this browser in, and send it where the person wanted to go when they asked.

    Raises ``AccountNotAllowed`` when the session was ended while it began: staff blocked the customer just now.
    """
    remembered.forget(request)
    login(request, signed_in.customer.user, backend=browser.authentication_backend())
    if not request.session.session_key:  # Django has just thrown away the session of somebody else
        request.session.create()
    session_ids = [*request.session.get(SESSIONS, []), str(signed_in.session_id)]
    older, session_ids = session_ids[:-MOST], session_ids[-MOST:]
    if older:  # what nobody knows any more would outlive the sign-out
        browser.leave_behind(older, kept=session_ids)
    try:
        browser.bind(session_ids, str(request.session.session_key))
    except errors.PasswordlessError:
        request.session.flush()
        raise
    request.session[SESSIONS] = session_ids
    return HttpResponseSeeAnyOther(_way_on(signed_in))


def sign_in_again(request: HttpRequest) -> HttpResponseRedirect:
    """Send whoever is not signed in, or no more, to the sign-in page, and back here afterwards."""
    address = reverse("loginradius_passwordless:sign-in")
    return HttpResponseRedirect(f"{address}?{urlencode({'next': request.path})}")


def leave(request: HttpRequest, **signal: object) -> None:
    """End what the sign-in page began when the site signs this browser out: its tokens end, too."""
    session_ids = getattr(request, "session", {}).get(SESSIONS)
    if session_ids:
        browser.end(session_ids)


def is_local(url: str) -> bool:
    """Tell whether an address is a path of this site. A whole address is not, whatever host it names."""
    return url.startswith("/") and url_has_allowed_host_and_scheme(url, None)


def place_after() -> str:
    """Return where people go who did not say where they want to."""
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def _way_on(signed_in: SignIn) -> str:
    """Checked once more: lists change, and what is remembered was checked against an older one."""
    target, application = signed_in.redirect_url, signed_in.application
    if target and application.allows_return_to(target):
        return _with_token(target, signed_in)
    return target if target and is_local(target) else place_after()


def _with_token(url: str, signed_in: SignIn) -> str:
    """Add the access token as the application wants it; in a query only where the site allows that."""
    delivery: Any = signed_in.application.token_delivery
    if delivery == "none":
        return url
    if delivery == "query" and conf.LEGACY_TOKEN_IN_QUERY:
        return f"{url}{'&' if '?' in url else '?'}token={quote(signed_in.tokens.access_token)}"
    return f"{url}#token={quote(signed_in.tokens.access_token)}"
