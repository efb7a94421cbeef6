"""A customer's phone over HTTP; the protocols are in ``flows.phone`` and ``flows.registration``.

They share addresses. Whether a code is of somebody who registers or of a customer who is signed in is told by the
access token.
"""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..conf import conf
from ..flows import phone, registration
from . import bodies, responses
from .base import FlowView
from .inputs import Code, Flag, Input, Phone, TemplateName
from .operations import CODE, LIVE_TOKEN, PROVEN, TEXTED, Operation
from .registration import RegistrationView


class SendParameters(Input):
    """What sends a code to a number."""

    phone = Phone()
    isvoiceotp = Flag(source="voice")
    smstemplate = TemplateName(source="template")


class PhoneView(RegistrationView):
    """GET, PUT and DELETE auth/phone"""

    class Parameters(Input):
        phone = Phone()

    operations = {
        "get": Operation(
            "Say whether somebody has a number",
            bodies.Exists,
            (errors.PhoneLoginOff, errors.TooManyRequests),
            Parameters,
            proof="optional",
        ),
        "put": Operation(
            "Send a code to the customer's new number",
            bodies.PostedMessage,
            (*TEXTED, *LIVE_TOKEN, errors.SignInTooOld, errors.PhoneVerified, errors.PhoneTaken),
            SendParameters,
            signed_in="needed",
        ),
        "delete": Operation(
            "Take the number off the account",
            bodies.Deleted,
            (*LIVE_TOKEN, errors.SignInTooOld, errors.PhoneLoginOff, errors.NoPhone, errors.OnlyWayIn),
            signed_in="needed",
        ),
    }

    def get(self, request: Request) -> Response:
        asked = self.read(self.Parameters)
        if conf.LOOKUPS_NEED_PROOF:
            self.check_right_to_register(is_used_up=False)
        return self.answer(responses.exist(registration.is_taken(self.caller, **asked)))

    def put(self, request: Request) -> Response:
        holder = self.holder()
        message = phone.change(self.caller, holder=holder, **self.read(SendParameters))
        return self.answer(responses.posted_sms(message))

    def delete(self, request: Request) -> Response:
        phone.remove(self.caller, holder=self.holder())
        return self.answer(responses.deleted())


class CodeView(FlowView):
    """POST and PUT auth/phone/otp"""

    class Parameters(Input):
        phone = Phone()
        otp = Code(source="code")

    class TokenParameters(Input):
        otp = Code(source="code")

    operations = {
        "post": Operation(
            "Send another code",
            bodies.PostedMessage,
            (*TEXTED, *LIVE_TOKEN, errors.PhoneVerified, errors.UnknownPhone, errors.PhoneTaken),
            SendParameters,
            signed_in="optional",
            solves="optional",
        ),
        "put": Operation(
            "Enter the code: to register, or with an access token to prove a number",
            (bodies.Login, bodies.Posted),
            (
                *CODE, *PROVEN, errors.ExpiredAccessToken, errors.PhoneLoginOff, errors.PhoneTaken,
                errors.PhoneVerified,
            ),
            (Parameters, TokenParameters),
            signed_in="optional",
        ),
    }  # fmt: skip

    def post(self, request: Request) -> Response:
        asked: dict[str, Any] = self.read(SendParameters)
        if self.has_access_token():
            message = phone.resend(self.caller, holder=self.holder(), **asked)
        else:
            message = registration.resend(self.caller, **asked)
        return self.answer(responses.posted_sms(message))

    def put(self, request: Request) -> Response:
        if self.has_access_token():
            phone.verify_code(self.caller, holder=self.holder(), **self.read(self.TokenParameters))
            return self.answer(responses.posted())
        return self.answer(responses.login(registration.verify_code(self.caller, **self.read(self.Parameters))))
