"""The account of whoever is signed in: another phone number, none, fewer devices, or no account any more.

GET   signin/account/         shows the address, the number, and where its reader is signed in
POST  signin/account/         "change" and "delete" send a code; "remove" takes the number off; "end" signs one device
                              out, "end_others" all but this one
      signin/account/code/    asks for the code
"""

from contextlib import suppress
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import errors
from ..flows import account, callers, deletion, devices, phone
from ..flows.steps import Caller, Holder
from ..identifiers import Identity
from ..visitors import visitor_of
from . import phone_field, remembered
from .asking import query_of
from .base import HostedView
from .devices import shown
from .entering import SESSIONS, sign_in_again
from .phone_code import PhoneCodeView
from .remembered import Remembered

KEY = "loginradius_account"
CHANGE, DELETE = "change", "delete"


def holder_of(request: HttpRequest) -> Holder:
    """Return how this browser shows who is signed in."""
    session = getattr(request, "session", {})
    return Holder(session_ids=tuple(session.get(SESSIONS, [])))


def caller_of(request: HttpRequest) -> Caller:
    """Return the application that this browser was signed in for. Raises ``UnknownAccessToken``."""
    return callers.of_browser(visitor_of(request), holder_of(request).session_ids)


class AccountView(HostedView):
    """Shows the account."""

    http_method_names = ["get", "head", "post"]
    runs_script = True

    def get(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self._show(phone_field.blank(request))
        except errors.UnknownAccessToken:
            return sign_in_again(request)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        typed = phone_field.read(request) if "phone" in request.POST else phone_field.blank(request)
        can = {CHANGE: self._change, "remove": self._remove, DELETE: self._delete, "end_others": self._end_others}
        do = self._end if "end" in request.POST else can.get(request.POST.get("do", ""), self._show)
        try:
            return do(typed)
        except errors.UnknownAccessToken:
            return sign_in_again(request)
        except errors.PasswordlessError as error:
            return self._show(typed, error)

    def _change(self, typed: phone_field.Typed) -> HttpResponseBase:
        caller, new = caller_of(self.request), typed.phone
        phone.change(caller, holder=holder_of(self.request), phone=new)
        return self._ask_for_code(caller, new.value, CHANGE)

    def _remove(self, typed: phone_field.Typed) -> HttpResponseBase:
        phone.remove(caller_of(self.request), holder=holder_of(self.request))
        return redirect("loginradius_passwordless:account")

    def _delete(self, typed: phone_field.Typed) -> HttpResponseBase:
        caller, holder = caller_of(self.request), holder_of(self.request)
        own = account.own(caller, holder=holder)
        deletion.send_code(caller, holder=holder)
        return self._ask_for_code(caller, own.phone, DELETE)

    def _end(self, typed: phone_field.Typed) -> HttpResponseBase:
        caller, session_id = caller_of(self.request), self.request.POST["end"]
        with suppress(errors.UnknownSession):  # pressed twice, or in another window: it is as the reader wants it
            devices.end_one(caller, holder=holder_of(self.request), session_id=session_id, everywhere=True)
        return self._after_an_end()

    def _end_others(self, typed: phone_field.Typed) -> HttpResponseBase:
        devices.end_others(caller_of(self.request), holder=holder_of(self.request), everywhere=True)
        return self._after_an_end()

    def _after_an_end(self) -> HttpResponseBase:
        """Show what is left; whoever was signed out here by that is signed out of the site as well."""
        try:
            account.own(caller_of(self.request), holder=holder_of(self.request))
        except errors.PasswordlessError:
            logout(self.request)
        return redirect("loginradius_passwordless:account")

    def _ask_for_code(self, caller: Caller, number: str, purpose: str) -> HttpResponseBase:
        asked = Remembered(number, caller.application.api_key, purpose=purpose)
        remembered.remember(self.request, asked, KEY)
        return redirect("loginradius_passwordless:account-code")

    def _show(self, typed: phone_field.Typed, error: errors.PasswordlessError | None = None) -> HttpResponseBase:
        caller = caller_of(self.request)
        here = Remembered("", caller.application.api_key, reverse("loginradius_passwordless:account"))
        context = {
            "query": query_of(here),
            "brand": callers.brand(caller),
            "own": account.own(caller, holder=holder_of(self.request)),
            "devices": shown(caller, holder_of(self.request)),
            "typed": typed,
            "countries": phone_field.countries(),
            "is_too_old": isinstance(error, errors.SignInTooOld),
        }
        return self.page("account", context, error=error)


class AccountCodeView(PhoneCodeView):
    """Asks for the code that changes the number or deletes the account."""

    key = KEY
    begins_at = "loginradius_passwordless:account"

    def words(self, asked: Remembered) -> dict[str, Any]:
        if asked.purpose == DELETE:
            return {
                "title": _("Delete the account for good"),
                "text": _("The code that deletes your account is on its way to this number:"),
                "button": _("Delete my account"),
                "is_grave": True,
            }
        return {
            "title": _("Enter the code"),
            "text": _("If nobody else has this number, a code is on its way to it:"),
            "button": _("Use this number"),
        }

    def send(self, asked: Remembered, number: Identity, *, voice: bool) -> None:
        caller, holder = caller_of(self.request), holder_of(self.request)
        if asked.purpose == DELETE:
            deletion.send_code(caller, holder=holder, voice=voice)
        else:
            phone.resend(caller, holder=holder, phone=number, voice=voice)

    def enter(self, asked: Remembered, number: Identity, code: str) -> HttpResponseBase:
        caller, holder = caller_of(self.request), holder_of(self.request)
        if asked.purpose == DELETE:
            return self._delete(caller, holder, code)
        phone.verify_code(caller, holder=holder, code=code)
        remembered.forget(self.request, KEY)
        return redirect("loginradius_passwordless:account")

    def _delete(self, caller: Caller, holder: Holder, code: str) -> HttpResponseBase:
        deletion.delete(caller, holder=holder, code=code)
        logout(self.request)
        words = {"title": _("Your account is deleted"), "text": _("Nothing here says any more who you were. Goodbye.")}
        return self.page("done", words)
