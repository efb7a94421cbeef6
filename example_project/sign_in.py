"""Pages of the site's own, over the same flows: one-touch login by phone, which makes an account where there is none.

GET   phone/         asks for the number
POST  phone/         sends a code by SMS or call, and remembers the number in the session
GET   phone/code/    asks for the code
POST  phone/code/    signs in, or sends another code
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from loginradius_passwordless.errors import PasswordlessError
from loginradius_passwordless.flows import callers, one_touch
from loginradius_passwordless.flows.steps import Caller, SignIn
from loginradius_passwordless.identifiers import parse_phone
from loginradius_passwordless.visitors import visitor_of

# What is remembered between the two pages.
PHONE = "sign_in_phone"
NEXT = "sign_in_next"

BACKEND = "django.contrib.auth.backends.ModelBackend"


# Without a transaction of the site's around them: it would take back a wrong guess that was counted.
@method_decorator([csrf_protect, never_cache, transaction.non_atomic_requests], name="dispatch")
class NumberView(View):
    """Asks for the phone number."""

    http_method_names = ["get", "head", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page({"phone": request.session.get(PHONE, ""), "next": request.GET.get("next", "")})

    def post(self, request: HttpRequest) -> HttpResponseBase:
        phone, by_call = request.POST.get("phone", ""), "call" in request.POST
        try:
            request.session[PHONE] = send_code(request, phone, by_call=by_call)
        except PasswordlessError as error:
            return self._page({"phone": phone, "by_call": by_call, "next": request.POST.get("next", "")}, error)
        request.session[NEXT] = request.POST.get("next", "")
        return redirect("phone-code")

    def _page(self, context: dict[str, Any], error: PasswordlessError | None = None) -> HttpResponse:
        return page(self.request, "sign_in", context, error)


@method_decorator(
    [sensitive_post_parameters("code"), csrf_protect, never_cache, transaction.non_atomic_requests],
    name="dispatch",
)
class CodeView(View):
    """Asks for the code."""

    http_method_names = ["get", "head", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.phone: str = request.session.get(PHONE, "")
        return super().dispatch(request, *args, **kwargs) if self.phone else redirect("phone")

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponseBase:
        try:
            if "again" in request.POST or "call" in request.POST:
                return self._send_another(by_call="call" in request.POST)
            done = one_touch.verify_code(
                caller_of(request),
                phone=parse_phone(self.phone, "voice"),
                code=plain_code(request.POST.get("code", "")),
            )
        except PasswordlessError as error:
            return self._page(error)
        return self._enter(done)

    def _send_another(self, *, by_call: bool) -> HttpResponse:
        send_code(self.request, self.phone, by_call=by_call)
        messages.success(self.request, "We are calling you with a code." if by_call else "Another code is on its way.")
        return redirect("phone-code")

    def _enter(self, done: SignIn) -> HttpResponse:
        address = self.request.session.pop(NEXT, "")
        del self.request.session[PHONE]
        login(self.request, done.customer.user, backend=BACKEND)
        is_ours = url_has_allowed_host_and_scheme(
            address, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )
        return redirect(address if is_ours else settings.LOGIN_REDIRECT_URL)

    def _page(self, error: PasswordlessError | None = None) -> HttpResponse:
        return page(self.request, "code", {"phone": self.phone}, error)


def page(request: HttpRequest, name: str, context: dict[str, Any], error: PasswordlessError | None) -> HttpResponse:
    """Render a page; with an error it says what went wrong, with the error's own status and headers."""
    template = f"example_project/{name}.html"
    if error is None:
        return render(request, template, context)
    response = render(request, template, {**context, "error": error}, status=error.status)
    for header, value in error.headers.items():
        response[header] = value
    return response


def caller_of(request: HttpRequest) -> Caller:
    """These pages are an application like any other, and the visitor is whoever looks at them."""
    return callers.identify(visitor_of(request), api_key=settings.DEMO_API_KEY)


def send_code(request: HttpRequest, text: str, *, by_call: bool) -> str:
    """Send a code to a number as somebody typed it, and return the number in its one spelling."""
    phone = parse_phone(text, "voice" if by_call else "sms")
    one_touch.start_by_phone(caller_of(request), phone=phone, voice=by_call)
    return phone.value


def plain_code(text: str) -> str:
    """Forgive the blanks and dashes with which people and keyboards break up a code."""
    return "".join(char for char in text if char.isalnum())
