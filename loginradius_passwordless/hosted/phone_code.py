"""What the pages do the same that ask for a code which was sent to a phone.

GET    asks for the code
POST   "again" and "call" send another; anything else enters the code
"""

from abc import abstractmethod
from contextlib import suppress
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from .. import errors
from ..flows import passwordless, steps
from ..identifiers import Identity, parse_phone
from ..visitors import CODE
from . import remembered
from .asking import caller_again, plain_code, query_of
from .base import HostedView
from .entering import place_after
from .remembered import Remembered

WRONG = (errors.WrongCode, errors.UsedCode, errors.ExpiredCode, errors.SpentCode)
NO_PASSWORD = (errors.MissingPassword, errors.InvalidProfile)


@method_decorator(sensitive_post_parameters("code", "password"), name="dispatch")
class PhoneCodeView(HostedView):
    """Asks for a code from a phone."""

    http_method_names = ["get", "head", "post"]
    runs_script = True

    key: ClassVar[str]  # under which the browser's session remembers the number
    begins_at: ClassVar[str]  # the page before this one
    template: ClassVar[str] = "phone_code"
    captcha_action: ClassVar[str] = ""  # what a CAPTCHA is solved for; empty where one more code needs none

    @abstractmethod
    def words(self, asked: Remembered) -> dict[str, Any]:
        """Return the title, the text and the button of the page."""

    @abstractmethod
    def send(self, asked: Remembered, phone: Identity, *, voice: bool) -> None:
        """Send one more code."""

    @abstractmethod
    def enter(self, asked: Remembered, phone: Identity, code: str) -> HttpResponseBase:
        """Do what the code is for, and go on."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        asked = remembered.recall(request, self.key)
        return self._ask(asked) if asked else redirect(self.begins_at)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        asked = remembered.recall(request, self.key)
        if asked is None:
            return redirect(self.begins_at)
        pressed = request.POST.get("do", "")
        try:
            phone = parse_phone(asked.typed)
            if pressed in {"again", "call"}:
                was_excused = asked.is_excused
                self.send(asked, phone, voice=pressed == "call")
                if not was_excused:
                    asked.note_admission()
                remembered.remember(request, asked, self.key)
                return redirect(request.path)
            return self.enter(asked, phone, self._code())
        except errors.PasswordlessError as error:
            return self._ask(asked, error)

    def _code(self) -> str:
        code = plain_code(self.request.POST.get("code", ""))
        if not CODE.fullmatch(code):
            raise errors.WrongCode
        return code.upper()

    def _ask(self, asked: Remembered, error: errors.PasswordlessError | None = None) -> HttpResponseBase:
        self.allow_redirect_to(asked.target)
        self.allow_redirect_to(place_after())
        if self.captcha_action:
            with suppress(errors.PasswordlessError):  # where the application is gone, whatever is sent says so
                self.ask_for_solution(caller_again(self.request, asked), self.captcha_action, error)
        is_password_wrong = isinstance(error, NO_PASSWORD)
        shown = {
            "asked": asked,
            "query": query_of(asked),
            "is_password_wrong": is_password_wrong,
            "code": self.request.POST.get("code", "")[:24] if is_password_wrong else "",  # it may be right: keep it
            "keyboard": "numeric" if steps.codes_are_numbers() else "text",
            "can_call": passwordless.can_call(),
            "is_code_wrong": isinstance(error, WRONG) and not self.request.POST.get("do"),
            "begins_at": self.begins_at,
            **self.words(asked),
        }
        return self.page(self.template, shown, error=error)
