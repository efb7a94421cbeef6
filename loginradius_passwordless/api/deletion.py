"""Deleting an account over HTTP; the protocol is in ``flows.deletion``."""

from rest_framework.request import Request
from rest_framework.response import Response

from ..flows import deletion
from . import responses
from .base import FlowView
from .inputs import Code, Flag, Input, TemplateName


class SendCodeView(FlowView):
    """GET auth/account/otp"""

    get_acts = True

    class Parameters(Input):
        isvoiceotp = Flag(source="voice")
        smstemplate = TemplateName(source="template")

    def get(self, request: Request) -> Response:
        holder = self.holder()
        message = deletion.send_code(self.caller, holder=holder, **self.read(self.Parameters))
        return self.answer(responses.posted_sms(message))


class DeleteView(FlowView):
    """POST auth/account/delete"""

    class Parameters(Input):
        otp = Code(source="code")

    def post(self, request: Request) -> Response:
        holder = self.holder()
        deletion.delete(self.caller, holder=holder, **self.read(self.Parameters))
        return self.answer(responses.deleted())
