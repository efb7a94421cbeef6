"""Making an account with a phone number and a password.

GET   signin/register/         asks for both, and for a name
POST  signin/register/         sends a code; there is no account yet
      signin/register/code/    asks for it; the account is made, and this browser is signed in
"""

from typing import Any

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from ..flows import callers, registration
from ..flows.steps import Profile
from ..identifiers import MAX_NAME, Identity, plain_name
from . import remembered
from .asking import caller_again, caller_of
from .entering import enter, must_have_sessions
from .phone_code import PhoneCodeView
from .phone_form import PhoneFormView
from .remembered import Remembered

KEY = "loginradius_registration"


class RegisterView(PhoneFormView):
    """Asks who wants an account."""

    template = "register"
    captcha_action = registration.CAPTCHA_ACTION
    key = KEY
    continues_at = "loginradius_passwordless:register-code"

    def is_offered(self, brand: callers.Brand) -> bool:
        return brand.registers

    def go_on(self, asked: Remembered, phone: Identity) -> HttpResponseBase:
        name = " ".join(self.request.POST.get("name", "").split())[:MAX_NAME]
        first, _blank, last = name.partition(" ")
        fields = {field: text for field, text in (("FirstName", first), ("LastName", last)) if text}
        registration.register(
            caller_of(self.request, asked),
            phone=phone,
            password=self.password(),
            profile=Profile(name=plain_name(name), fields=fields),
            redirect_url=asked.target,
        )
        return self.ask_for_code(asked)

    def more(self) -> dict[str, Any]:
        return {"name": self.request.POST.get("name", "")[:MAX_NAME]}


class RegistrationCodeView(PhoneCodeView):
    """Asks for the code that makes the account, or that verifies a number anew."""

    key = KEY
    captcha_action = registration.CAPTCHA_ACTION
    begins_at = "loginradius_passwordless:register"

    def words(self, asked: Remembered) -> dict[str, Any]:
        return {
            "title": _("Enter the code"),
            "text": _("If this number has no account yet, a code is on its way to it:"),
            "button": _("Go on"),
        }

    def send(self, asked: Remembered, phone: Identity, *, voice: bool) -> None:
        caller = caller_again(self.request, asked)
        registration.resend(caller, phone=phone, voice=voice, redirect_url=asked.target)

    def enter(self, asked: Remembered, phone: Identity, code: str) -> HttpResponseBase:
        must_have_sessions(self.request)
        signed_in = registration.verify_code(caller_of(self.request, asked), phone=phone, code=code)
        remembered.forget(self.request, KEY)
        return enter(self.request, signed_in)
