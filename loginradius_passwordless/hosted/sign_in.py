"""Signing in to this site: who? ``LOGIN_URL`` is all that a site sets. The code is asked for on the next page.

GET   ?next= or ?return_url=     asks for an e-mail address, a user name or a phone number
POST                             sends the message, and remembers in the browser's session what was asked
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from .. import errors
from ..flows import callers, passwordless
from . import remembered
from .asking import MAX_TYPED, begun, caller_of, query_of, send
from .base import HostedView
from .entering import must_have_sessions
from .problems import problem
from .remembered import Remembered


class SignInView(HostedView):
    """Asks who wants to sign in."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self._ask(begun(request))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        typed, api_key, target = (request.POST.get(name, "") for name in ("who", "apikey", "target"))
        asked = Remembered(typed[: MAX_TYPED + 1], api_key, target)
        must_have_sessions(request)
        remembered.carry_on(request, asked)
        try:
            send(caller_of(request, asked), asked)
        except (errors.EmailQuotaExceeded, errors.SMSQuotaExceeded) as error:
            before = remembered.recall(request)
            if before is None or before.typed != asked.typed or (api_key and before.api_key != api_key):
                return self._ask(asked, error)
            return redirect("loginradius_passwordless:code")  # its message is on its way: the code is typed there
        except errors.PasswordlessError as error:
            return self._ask(asked, error)
        remembered.remember(request, asked)
        return redirect("loginradius_passwordless:code")

    def _ask(self, asked: Remembered, error: errors.PasswordlessError | None = None) -> HttpResponseBase:
        try:
            caller = caller_of(self.request, asked)
        except errors.PasswordlessError as no_caller:
            return self.page("problem", problem(no_caller), status=no_caller.status)
        self.ask_for_solution(caller, passwordless.CAPTCHA_ACTION, error)
        return self.page(
            "sign_in", {"brand": callers.brand(caller), "asked": asked, "query": query_of(asked)}, error=error
        )
