"""Registration over HTTP; the protocol is in ``flows.registration``."""

from dataclasses import replace

from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..flows import callers, registration
from . import bodies, responses
from .base import FlowView
from .inputs import Flag, Input, Options, Password, Phone, TemplateName
from .operations import NEWCOMER, NOT_ALLOWED, TEXTED, Operation
from .profile import read_profile


class RegistrationView(FlowView):
    """What needs proof that it comes from the application's own server."""

    def check_right_to_register(self, *, is_used_up: bool = True, may_solve: bool = False) -> None:
        """Raise ``MissingSOTT`` or ``InvalidSOTT`` unless a SOTT or the API secret came.

        Where ``may_solve`` is set, the solution of a CAPTCHA does as well, which the flow then checks.
        """
        sott = self.request.headers.get("X-LoginRadius-Sott") or self.parameters.get("sott") or ""
        self.caller = callers.authorise_registration(
            self.caller,
            sott=sott if isinstance(sott, str) else "?",
            api_secret=self.secret("X-LoginRadius-ApiSecret", "apisecret"),
            is_used_up=is_used_up,
            may_solve=may_solve,
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

    operations = {
        "post": Operation(
            "Register with a number and a password",
            (bodies.PostedMessage, bodies.Posted),
            (*TEXTED, *NEWCOMER, *NOT_ALLOWED, errors.PhoneTaken),
            Parameters,
            proof="needed",
            profile=True,
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.read(self.Parameters)
        is_sent = "preventverificationsms" not in asked.pop("options")
        profile = read_profile(self.parameters)
        self.check_rights()  # last: where a SOTT is good once, what cannot be read must not use it up
        message = registration.register(self.caller, profile=profile, is_sent=is_sent, **asked)
        return self.answer(responses.posted_sms(message) if message else responses.posted())

    def check_rights(self) -> None:
        """Make sure that a server of the application's wants this registration."""
        self.check_right_to_register()


class RegisterByCaptchaView(RegisterView):
    """POST auth/register/captcha"""

    operations = {
        "post": replace(
            RegisterView.operations["post"],
            summary="Register with a number and a password, by a CAPTCHA",
            proof="",
            solves="needed",
        )
    }

    def check_rights(self) -> None:
        """Have the flow ask for a solution, whatever else came."""
        self.caller = callers.must_solve(self.caller)
