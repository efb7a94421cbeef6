"""What pages do the same that a mailed link opens: nothing happens before a person presses a button (laws 5 to 7).

GET  ?vtoken=…      the token moves into a short-lived cookie, the address is cleaned (303)
GET                 the page asks
POST decision       the person has pressed a button
"""

from abc import abstractmethod
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from .. import errors
from ..conf import conf
from ..visitors import LINK, is_prefetch
from .base import HostedView
from .problems import problem

COOKIE_SECONDS = 600


class OpenedLinkView(HostedView):
    """A page about a link that somebody opened."""

    http_method_names = ["get", "head", "post"]

    # Names with TOKEN in them are names that Django keeps out of its error mails.
    cookie: ClassVar[str]
    address_name: ClassVar[str]

    @abstractmethod
    def ask(self, token: str) -> HttpResponseBase:
        """Show what the link is about, and the buttons."""

    @abstractmethod
    def decide(self, token: str, pressed: str) -> HttpResponseBase:
        """Do what the button says that was pressed."""

    def head(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def get(self, request: HttpRequest) -> HttpResponseBase:
        token = request.GET.get("vtoken", "")
        if not token:
            return self._ask(self._token())
        if not LINK.fullmatch(token):
            return self.cannot(errors.UnknownLink())
        if is_prefetch(request.headers):
            return HttpResponse()  # nobody has opened anything yet
        return self._move_into_cookie(token)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        token = self._token()
        # Another link may have been opened since: what is decided is what this page asked about.
        if not constant_time_compare(request.POST.get("about", ""), about(token)):
            return self._ask(token)
        try:
            return self.decide(token, request.POST.get("decision", ""))
        except errors.PasswordlessError as error:
            return self.cannot(error)

    def done(self, title: str, text: str) -> HttpResponseBase:
        """Say that it is done; the link is over."""
        return self.forget(self.page("done", {"title": title, "text": text}))

    def cannot(self, error: errors.PasswordlessError) -> HttpResponseBase:
        """Say that it cannot be done; the link is over."""
        return self.forget(self.page("problem", problem(error), status=error.status))

    def forget(self, response: Any) -> HttpResponseBase:
        """Drop the cookie with the token."""
        forgetful: HttpResponseBase = response
        forgetful.delete_cookie(self._cookie, path=self._cookie_path, samesite="Lax")
        return forgetful

    def _ask(self, token: str) -> HttpResponseBase:
        if not token:
            text = _("Open the link in the message once more. If that does not help, allow cookies for this site.")
            return self.page("problem", {"title": _("This page needs a link"), "text": text}, status=400)
        try:
            return self.ask(token)
        except errors.PasswordlessError as error:
            return self.cannot(error)

    def _move_into_cookie(self, token: str) -> HttpResponseBase:
        response = HttpResponseRedirect(self._address, status=303)
        # Lax and not Strict: a browser that comes from a webmail would not send a strict cookie with the redirect.
        response.set_cookie(
            self._cookie, token, max_age=COOKIE_SECONDS, path=self._cookie_path,
            secure=self._is_secure, httponly=True, samesite="Lax",
        )  # fmt: skip
        return response

    def _token(self) -> str:
        return self.request.COOKIES.get(self._cookie, "")

    @property
    def _address(self) -> str:
        return reverse(f"loginradius_passwordless:{self.address_name}")

    @property
    def _is_secure(self) -> bool:
        return self.request.is_secure() or conf.PUBLIC_URL.startswith("https://")

    @property
    def _cookie(self) -> str:
        # The __Host- prefix keeps subdomains from planting a token of theirs; browsers want Secure for it.
        return f"__Host-{self.cookie}" if self._is_secure else self.cookie

    @property
    def _cookie_path(self) -> str:
        return "/" if self._is_secure else self._address


def about(token: str) -> str:
    """What a form carries of the link it is about, so that it decides about no other."""
    return salted_hmac("loginradius_passwordless.link", token, algorithm="sha256").hexdigest()
