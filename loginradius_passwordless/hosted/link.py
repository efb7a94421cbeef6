"""The landing page: what a mailed link opens. It is inert until a person presses a button (laws 5 to 7).

GET  ?vtoken=…      the token moves into a short-lived cookie, the address is cleaned (303)
GET                 who asked, from where, when; where it is needed three numbers; "It's me" and "Not me", alike
POST decision       the attempt is approved or denied, and the page says so
POST deny_others    what else was asked for this address is ended as well
"""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from .. import errors
from ..conf import conf
from ..flows import decision
from ..flows.steps import Distance
from ..visitors import LINK, device_name, is_prefetch, visitor_of
from .base import HostedView
from .problems import problem

COOKIE = "loginradius_link_token"  # a name with TOKEN in it is one that Django keeps out of its error mails
COOKIE_SECONDS = 600
NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)
JUST_NOW = timedelta(minutes=1)


class HttpResponseSeeAnyOther(HttpResponseRedirect):
    """A redirect to an address that the application's list has; the list decides which schemes there are."""

    status_code = 303

    def __init__(self, url: str) -> None:
        self.allowed_schemes = [urlsplit(url).scheme]
        super().__init__(url)


class LinkView(HostedView):
    """Asks the person who opened the link."""

    http_method_names = ["get", "head", "post"]

    def head(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def get(self, request: HttpRequest) -> HttpResponseBase:
        token = request.GET.get("vtoken", "")
        if not token:
            return self._ask(self._token())
        if not LINK.fullmatch(token):
            return self._cannot(errors.UnknownLink())
        if is_prefetch(request.headers):
            return HttpResponse()  # nobody has opened anything yet
        return self._move_into_cookie(token)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        token = self._token()
        # Another link may have been opened since: what is decided is what this page asked about.
        if not constant_time_compare(request.POST.get("about", ""), _about(token)):
            return self._ask(token)
        decide = {"approve": self._approve, "deny": self._deny, "deny_others": self._deny_others}.get(
            request.POST.get("decision", ""), self._ask
        )
        try:
            return decide(token)
        except errors.MissingNumber:
            return self._ask(token, number_is_missing=True)
        except errors.WrongNumber as error:
            return self._over("problem", token, problem(error), status=error.status)
        except errors.PasswordlessError as error:
            return self._cannot(error)

    def _move_into_cookie(self, token: str) -> HttpResponseBase:
        response = HttpResponseRedirect(self._address, status=303)
        # Lax and not Strict: a browser that comes from a webmail would not send a strict cookie with the redirect.
        response.set_cookie(
            self._cookie, token, max_age=COOKIE_SECONDS, path=self._cookie_path,
            secure=self._is_secure, httponly=True, samesite="Lax",
        )  # fmt: skip
        return response

    def _ask(self, token: str, *, number_is_missing: bool = False) -> HttpResponseBase:
        if not token:
            text = _("Open the link in the message once more. If that does not help, allow cookies for this site.")
            return self.page("problem", {"title": _("This page needs a link"), "text": text}, status=400)
        try:
            question = decision.look(visitor_of(self.request), token)
        except errors.PasswordlessError as error:
            return self._cannot(error)
        self.allow_redirect_to(question.redirect_url)
        shown = {
            "question": question,
            "device": device_name(question.asked_agent),
            "is_recent": timezone.now() - question.asked_at < JUST_NOW,
            "asked_time": _local_time(question.asked_at, question.time_zone),
            "is_other_country": question.distance is Distance.OTHER_COUNTRY,
            "is_other_network": question.distance is Distance.OTHER_NETWORK,
            "number_is_missing": number_is_missing and question.numbers,
            "about": _about(token),
        }
        return self.page("link", shown)

    def _approve(self, token: str) -> HttpResponseBase:
        number = self.request.POST.get("number", "")
        redirect_url = decision.approve(
            visitor_of(self.request), token, number=int(number) if NUMBER.fullmatch(number) else None
        )
        if redirect_url:
            return self._forget(HttpResponseSeeAnyOther(redirect_url))
        return self._done(_("The other device is signed in"), _("Go back to it."))

    def _deny(self, token: str) -> HttpResponseBase:
        decision.deny(visitor_of(self.request), token)
        title, text = _("Nobody was signed in"), _("The request was refused and its link is dead.")
        return self._over("done", token, {"title": title, "text": text})

    def _deny_others(self, token: str) -> HttpResponseBase:
        decision.deny_others(visitor_of(self.request), token)
        return self._done(_("All requests were refused"), _("Nobody was signed in, and all links are dead."))

    def _done(self, title: str, text: str) -> HttpResponseBase:
        return self._forget(self.page("done", {"title": title, "text": text}))

    def _over(self, name: str, token: str, words: dict[str, Any], status: int = 200) -> HttpResponseBase:
        """Say that the request has ended, and offer to end the others, if there are any."""
        others = decision.others(token)
        page = self.page(name, {**words, "others": others, "about": _about(token)}, status=status)
        return page if others else self._forget(page)

    def _cannot(self, error: errors.PasswordlessError) -> HttpResponseBase:
        return self._forget(self.page("problem", problem(error), status=error.status))

    def _forget(self, response: Any) -> HttpResponseBase:
        forgetful: HttpResponseBase = response
        forgetful.delete_cookie(self._cookie, path=self._cookie_path, samesite="Lax")
        return forgetful

    def _token(self) -> str:
        return self.request.COOKIES.get(self._cookie, "")

    @property
    def _address(self) -> str:
        return reverse("loginradius_passwordless:link")

    @property
    def _is_secure(self) -> bool:
        return self.request.is_secure() or conf.PUBLIC_URL.startswith("https://")

    @property
    def _cookie(self) -> str:
        # The __Host- prefix keeps subdomains from planting a token of theirs; browsers want Secure for it.
        return f"__Host-{COOKIE}" if self._is_secure else COOKIE

    @property
    def _cookie_path(self) -> str:
        return "/" if self._is_secure else self._address


def _local_time(moment: datetime, time_zone: str) -> str:
    """A time of day where the reader is, if that is known, and otherwise in the site's time zone, named in any case."""
    try:
        zone = ZoneInfo(time_zone) if time_zone else timezone.get_current_timezone()
    except (ValueError, ZoneInfoNotFoundError):  # a database that names zones which this machine does not have
        zone = timezone.get_current_timezone()
    local = timezone.localtime(moment, zone)
    return f"{time_format(local)} {local.tzname()}"


def _about(token: str) -> str:
    """What a form carries of the link it is about, so that it decides about no other."""
    return salted_hmac("loginradius_passwordless.link", token, algorithm="sha256").hexdigest()
