"""The waiting device over HTTP; the protocol is in ``flows.device``."""

from rest_framework.request import Request
from rest_framework.response import Response

from ..flows import device
from . import responses
from .base import FlowView
from .inputs import ClientGUID, Input, LinkSecret, TemplateName


class VerifyLinkView(FlowView):
    """GET email/onetouchlogin and email/smartlogin: either path takes either token"""

    get_acts = True

    class Parameters(Input):
        verificationtoken = LinkSecret(source="secret")
        welcomeemailtemplate = TemplateName(source="welcome_template")

    def get(self, request: Request) -> Response:
        self.parameters.setdefault("verificationtoken", self.parameters.get("vtoken"))
        device.approve(self.caller.visitor, application=self.caller.application, **self.read(self.Parameters))
        return self.answer(responses.verified())


class PingView(FlowView):
    """GET login/smartlogin/ping"""

    get_acts = True

    class Parameters(Input):
        clientguid = ClientGUID(source="client_guid")

    def get(self, request: Request) -> Response:
        return self.answer(responses.login(device.ping(self.caller, **self.read(self.Parameters))))
