"""Passwords over HTTP; the protocol is in ``flows.password``."""

from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..flows import password
from . import bodies, responses
from .base import FlowView
from .inputs import Code, Flag, Input, Options, Password, Phone, TemplateName
from .operations import CODE, NOT_ALLOWED, TEXTED, Operation


class LoginView(FlowView):
    """POST auth/login"""

    class Parameters(Input):
        phone = Phone()
        password = Password()
        smstemplate = TemplateName(source="template")
        options = Options()

    operations = {
        "post": Operation(
            "Sign in with a number and a password",
            bodies.Login,
            (
                *NOT_ALLOWED, errors.PhoneLoginOff, errors.PasswordLoginOff, errors.OnlyPhoneLogin,
                errors.TooManyRequests, errors.WrongPassword, errors.PasswordLocked, errors.PhoneNotVerified,
                errors.UnknownAccount,
            ),
            Parameters,
        )
    }  # fmt: skip

    def post(self, request: Request) -> Response:
        if not self.parameters.get("phone") and (self.parameters.get("email") or self.parameters.get("username")):
            raise errors.OnlyPhoneLogin
        asked = self.read(self.Parameters)
        is_sent = "preventverificationsms" not in asked.pop("options")
        return self.answer(responses.login(password.login(self.caller, is_sent=is_sent, **asked)))


class ResetView(FlowView):
    """POST and PUT auth/password/otp"""

    class StartParameters(Input):
        phone = Phone()
        isvoiceotp = Flag(source="voice")
        smstemplate = TemplateName(source="template")

    class Parameters(Input):
        phone = Phone()
        otp = Code(source="code")
        password = Password()

    operations = {
        "post": Operation(
            "Send the code with which to choose a password",
            bodies.PostedMessage,
            (*TEXTED, *NOT_ALLOWED, errors.PasswordLoginOff, errors.UnknownPhone),
            StartParameters,
            solves="optional",
        ),
        "put": Operation(
            "Choose a password",
            bodies.Posted,
            (
                *CODE, *NOT_ALLOWED, errors.PhoneLoginOff, errors.PasswordLoginOff, errors.InvalidProfile,
                errors.UnknownAccount,
            ),
            Parameters,
        ),
    }  # fmt: skip

    def post(self, request: Request) -> Response:
        message = password.forgot(self.caller, **self.read(self.StartParameters))
        return self.answer(responses.posted_sms(message))

    def put(self, request: Request) -> Response:
        password.reset(self.caller, **self.read(self.Parameters))
        return self.answer(responses.posted())
