"""Passwords over HTTP; the protocol is in ``flows.password``."""

from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..flows import password
from . import responses
from .base import FlowView
from .inputs import Code, Flag, Input, Options, Password, Phone, TemplateName


class LoginView(FlowView):
    """POST auth/login"""

    class Parameters(Input):
        phone = Phone()
        password = Password()
        smstemplate = TemplateName(source="template")
        options = Options()

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

    def post(self, request: Request) -> Response:
        message = password.forgot(self.caller, **self.read(self.StartParameters))
        return self.answer(responses.posted_sms(message))

    def put(self, request: Request) -> Response:
        password.reset(self.caller, **self.read(self.Parameters))
        return self.answer(responses.posted())
