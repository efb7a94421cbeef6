"""What the pages do the same that ask for a phone number, some of them for a password as well."""

from abc import abstractmethod
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from .. import errors
from ..flows import callers
from ..identifiers import Identity
from . import phone_field, remembered
from .asking import begun, caller_of, query_of
from .base import HostedView
from .entering import must_have_sessions, place_after
from .problems import problem
from .remembered import Remembered


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class PhoneFormView(HostedView):
    """Asks for a phone number."""

    http_method_names = ["get", "head", "post"]
    runs_script = True
    template: ClassVar[str]
    key: ClassVar[str] = ""  # under which the browser's session remembers the number, for the page with the code
    continues_at: ClassVar[str] = ""
    captcha_action: ClassVar[str] = ""  # what a CAPTCHA is solved for; empty where nothing is sent

    def is_offered(self, brand: callers.Brand) -> bool:
        """Tell whether the application has this page."""
        return brand.has_passwords

    @abstractmethod
    def go_on(self, asked: Remembered, phone: Identity) -> HttpResponseBase:
        """Do what was asked for."""

    def more(self) -> dict[str, Any]:
        """Return what else the page shows of what was typed."""
        return {}

    def password(self) -> str:
        """Return the password that was typed. Raises ``MissingPassword``."""
        password = self.request.POST.get("password", "")
        if not password:
            raise errors.MissingPassword
        return password

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self._ask(begun(request), phone_field.blank(request))

    def post(self, request: HttpRequest) -> HttpResponseBase:
        must_have_sessions(request)
        typed = phone_field.read(request)
        asked = Remembered("", request.POST.get("apikey", ""), request.POST.get("target", ""))
        try:
            phone = typed.phone
            asked.typed, asked.api_key = phone.value, caller_of(request, asked).application.api_key
            return self.go_on(asked, phone)
        except errors.SMSQuotaExceeded as error:
            before = remembered.recall(request, self.key)
            if before and before.typed == asked.typed:
                return redirect(self.continues_at)  # its code is on its way: it is typed there
            return self._ask(asked, typed, error)
        except errors.PasswordlessError as error:
            return self._ask(asked, typed, error)

    def ask_for_code(self, asked: Remembered) -> HttpResponseBase:
        """Go on to the page that asks for the code."""
        remembered.remember(self.request, asked, self.key)
        return redirect(self.continues_at)

    def _ask(
        self, asked: Remembered, typed: phone_field.Typed, error: errors.PasswordlessError | None = None
    ) -> HttpResponseBase:
        try:
            caller = caller_of(self.request, asked)
            brand = callers.brand(caller)
        except errors.PasswordlessError as no_caller:
            return self.page("problem", problem(no_caller), status=no_caller.status)
        if not self.is_offered(brand):
            off = errors.PasswordLoginOff() if not brand.has_passwords else errors.RegistrationOff()
            return self.page("problem", problem(off), status=off.status)
        self.allow_redirect_to(asked.target)
        self.allow_redirect_to(place_after())
        if self.captcha_action:
            self.ask_for_solution(caller, self.captcha_action, error)
        shown = {
            "brand": brand,
            "asked": asked,
            "typed": typed,
            "countries": phone_field.countries(),
            "query": query_of(asked),
            **self.more(),
        }
        return self.page(self.template, shown, error=error)
