"""Deleting an account over HTTP; the protocol is in ``flows.deletion``."""

from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..flows import deletion
from . import bodies, responses
from .base import FlowView
from .inputs import Code, Flag, Input, TemplateName
from .operations import CODE, LIVE_TOKEN, TEXTED, Operation


class SendCodeView(FlowView):
    """GET auth/account/otp"""

    get_acts = True

    class Parameters(Input):
        isvoiceotp = Flag(source="voice")
        smstemplate = TemplateName(source="template")

    operations = {
        "get": Operation(
            "Send the code that deletes the account",
            bodies.PostedMessage,
            (*TEXTED, *LIVE_TOKEN, errors.NoPhone, errors.PhoneNotVerified),
            Parameters,
            signed_in="needed",
        )
    }

    def get(self, request: Request) -> Response:
        holder = self.holder()
        message = deletion.send_code(self.caller, holder=holder, **self.read(self.Parameters))
        return self.answer(responses.posted_sms(message))


class DeleteView(FlowView):
    """POST auth/account/delete"""

    class Parameters(Input):
        otp = Code(source="code")

    operations = {
        "post": Operation(
            "Delete the account",
            bodies.Deleted,
            (*CODE, *LIVE_TOKEN, errors.PhoneLoginOff, errors.NoPhone, errors.PhoneNotVerified),
            Parameters,
            signed_in="needed",
        )
    }

    def post(self, request: Request) -> Response:
        holder = self.holder()
        deletion.delete(self.caller, holder=holder, **self.read(self.Parameters))
        return self.answer(responses.deleted())
