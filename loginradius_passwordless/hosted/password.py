"""Signing in with a phone number and a password, and choosing a new password with a code.

GET   signin/password/          asks for number and password
POST  signin/password/          signs in; a number that is not verified gets a code first
GET   signin/password/forgot/   asks for the number
POST  signin/password/forgot/   sends a code
      signin/password/new/      asks for it and for the new password; nobody is signed in by that
"""

from typing import Any

from django.contrib.auth import logout
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from .. import errors
from ..flows import password
from ..identifiers import Identity
from . import registration, remembered
from .asking import caller_again, caller_of, query_of
from .entering import enter
from .phone_code import PhoneCodeView
from .phone_form import PhoneFormView
from .remembered import Remembered

KEY = "loginradius_password"


class PasswordView(PhoneFormView):
    """Asks for a number and its password."""

    template = "password"
    key = registration.KEY
    continues_at = "loginradius_passwordless:register-code"

    def go_on(self, asked: Remembered, phone: Identity) -> HttpResponseBase:
        typed = self.password()
        caller = caller_of(self.request, asked)
        try:
            signed_in = password.login(caller, phone=phone, password=typed, redirect_url=asked.target)
        except errors.PhoneNotVerified:
            asked.note_no_admission()
            return self.ask_for_code(asked)
        return enter(self.request, signed_in)


class ForgotView(PhoneFormView):
    """Asks for the number of whoever has forgotten the password."""

    template = "forgot"
    captcha_action = password.CAPTCHA_ACTION
    key = KEY
    continues_at = "loginradius_passwordless:password-new"

    def go_on(self, asked: Remembered, phone: Identity) -> HttpResponseBase:
        password.forgot(caller_of(self.request, asked), phone=phone)
        return self.ask_for_code(asked)


class NewPasswordView(PhoneCodeView):
    """Asks for the code and a new password."""

    key = KEY
    captcha_action = password.CAPTCHA_ACTION
    begins_at = "loginradius_passwordless:password-forgot"

    def words(self, asked: Remembered) -> dict[str, Any]:
        return {
            "title": _("Choose a new password"),
            "text": _("If this is the number of an account, a code is on its way to it:"),
            "button": _("Set the new password"),
            "asks_for_password": True,
        }

    def send(self, asked: Remembered, phone: Identity, *, voice: bool) -> None:
        password.forgot(caller_again(self.request, asked), phone=phone, voice=voice)

    def enter(self, asked: Remembered, phone: Identity, code: str) -> HttpResponseBase:
        new = self.request.POST.get("password", "")
        if not new:
            raise errors.MissingPassword
        password.reset(caller_of(self.request, asked), phone=phone, code=code, password=new)
        remembered.forget(self.request, KEY)
        user = getattr(self.request, "user", None)
        if user and user.is_authenticated:  # perhaps signed out just now: that session is gone, and cannot be saved
            logout(self.request)
        words = {
            "title": _("You have a new password"),
            "text": _("Everybody who was signed in to your account is signed out. Sign in with the new password."),
            "query": query_of(asked),
        }
        return self.page("password_done", words)
