"""Registration over HTTP; the protocol is in ``flows.registration``."""

from rest_framework.request import Request
from rest_framework.response import Response

from ..flows import callers, registration
from . import responses
from .base import FlowView
from .inputs import Flag, Input, Options, Password, Phone, TemplateName
from .profile import read_profile


class RegistrationView(FlowView):
    """What needs proof that it comes from the application's own server."""

    def check_right_to_register(self, *, is_used_up: bool = True) -> None:
        """Raise ``MissingSOTT`` or ``InvalidSOTT`` unless a SOTT or the API secret came."""
        sott = self.request.headers.get("X-LoginRadius-Sott") or self.parameters.get("sott") or ""
        callers.authorise_registration(
            self.caller,
            sott=sott if isinstance(sott, str) else "?",
            api_secret=self.secret("X-LoginRadius-ApiSecret", "apisecret"),
            is_used_up=is_used_up,
        )


class RegisterView(RegistrationView):
    """POST auth/register"""

    class Parameters(Input):
        phoneid = Phone(source="phone")
        password = Password()
        isvoiceotp = Flag(source="voice")
        smstemplate = TemplateName(source="template")
        welcomeemailtemplate = TemplateName(source="welcome_template")
        options = Options()

    def post(self, request: Request) -> Response:
        asked = self.read(self.Parameters)
        is_sent = "preventverificationsms" not in asked.pop("options")
        profile = read_profile(self.parameters)
        self.check_right_to_register()  # last: where a SOTT is good once, what cannot be read must not use it up
        message = registration.register(self.caller, profile=profile, is_sent=is_sent, **asked)
        return self.answer(responses.posted_sms(message) if message else responses.posted())
