"""Signing in to this site: the code, or the link beside it.

GET   signin/code/         asks for the code
POST  signin/code/         "code" signs in; "again" and "call" send another; "confirmed" goes on after the link was
                           opened in another browser, and this one was let in from there
GET   signin/waiting/      tells the page's script whether the link was opened
"""

from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from .. import errors
from ..flows import passwordless, ping, steps
from ..visitors import CODE
from . import remembered
from .asking import caller_again, caller_of, kind_of, person_of, plain_code, query_of, send
from .base import HostedView
from .entering import enter, place_after
from .remembered import Remembered


@method_decorator(sensitive_post_parameters("code"), name="dispatch")
class CodeView(HostedView):
    """Asks for the code."""

    http_method_names = ["get", "head", "post"]
    runs_script = True

    def get(self, request: HttpRequest) -> HttpResponseBase:
        asked = remembered.recall(request)
        return self._ask(asked) if asked else self._nothing_was_asked()

    def post(self, request: HttpRequest) -> HttpResponseBase:
        asked = remembered.recall(request)
        if asked is None:
            return self._nothing_was_asked()
        ways: dict[str, Callable[[Remembered], HttpResponseBase]] = {
            "again": self._send_another,
            "call": self._call,
            "confirmed": self._go_on,
        }
        try:
            return ways.get(request.POST.get("do", ""), self._enter)(asked)
        except errors.PasswordlessError as error:
            return self._ask(asked, error)

    def _enter(self, asked: Remembered) -> HttpResponseBase:
        code, person = plain_code(self.request.POST.get("code", "")), person_of(asked.typed)
        if not CODE.fullmatch(code):
            raise errors.WrongCode if person.kind == "phone" else errors.WrongEmailCode
        signed_in = passwordless.verify_code(caller_of(self.request, asked), person=person, code=code.upper())
        return enter(self.request, signed_in)

    def _send_another(self, asked: Remembered) -> HttpResponseBase:
        return self._send(asked, voice=False)

    def _call(self, asked: Remembered) -> HttpResponseBase:
        return self._send(asked, voice=True)

    def _send(self, asked: Remembered, *, voice: bool) -> HttpResponseBase:
        was_excused = asked.is_excused
        send(caller_again(self.request, asked), asked, voice=voice)
        if not was_excused:
            asked.note_admission()
        remembered.remember(self.request, asked)
        return redirect("loginradius_passwordless:code")

    def _go_on(self, asked: Remembered) -> HttpResponseBase:
        """Enter with what was confirmed elsewhere, whichever of the messages it was; the newest says why not."""
        caller, problems = caller_of(self.request, asked), []
        for client_guid in reversed(asked.client_guids):
            try:
                return enter(self.request, ping.ping(caller, client_guid=client_guid))
            except errors.PasswordlessError as error:
                problems.append(error)
        raise problems[0] if problems else errors.UnknownClientGUID

    def _ask(self, asked: Remembered, error: errors.PasswordlessError | None = None) -> HttpResponseBase:
        self.allow_redirect_to(asked.target)
        self.allow_redirect_to(place_after())
        with suppress(errors.PasswordlessError):  # where the application is gone, whatever is sent from here says so
            self.ask_for_solution(caller_again(self.request, asked), passwordless.CAPTCHA_ACTION, error)
        shown = {
            "asked": asked,
            "kind": kind_of(asked.typed),
            "number": asked.numbers[0] if asked.numbers else None,
            "keyboard": "numeric" if steps.codes_are_numbers() else "text",
            "can_call": passwordless.can_call(),
            "is_code_wrong": error is not None and not self.request.POST.get("do"),
            "waits": bool(asked.seeds) and not self._is_final(error),
            "begin_anew": query_of(asked),
        }
        return self.page("code", shown, error=error)

    def _is_final(self, error: errors.PasswordlessError | None) -> bool:
        """Tell whether what was confirmed lets nobody in: the script would say so again, and again."""
        return self.request.POST.get("do") == "confirmed" and not isinstance(error, errors.LinkNotOpened)

    def _nothing_was_asked(self) -> HttpResponseBase:
        """Send on who has signed in meanwhile, by the link or in another tab; anybody else begins anew."""
        user = getattr(self.request, "user", None)
        return redirect(place_after() if user and user.is_authenticated else "loginradius_passwordless:sign-in")


class WaitingView(HostedView):
    """Tells whether a link that this browser waits for was opened and confirmed."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        asked = remembered.recall(request)
        if asked is None:  # signed in meanwhile, in another tab: a new CSRF token, so the page must be asked for anew
            return JsonResponse({"IsConfirmed": False, "IsOver": True})
        try:
            caller = caller_of(request, asked)
        except errors.PasswordlessError as error:
            return JsonResponse({"IsConfirmed": False}, status=error.status)
        return JsonResponse({"IsConfirmed": ping.was_approved(caller, asked.client_guids)})
