"""The person with the link, where a page of the application's own asks; the protocol is in ``flows.decision``."""

from rest_framework.request import Request
from rest_framework.response import Response

from ..flows import decision
from . import responses
from .base import FlowView
from .inputs import Input, LinkSecret, Number, TemplateName


class VerifyLinkView(FlowView):
    """GET email/onetouchlogin and email/smartlogin: either path takes either token"""

    get_acts = True

    class Parameters(Input):
        verificationtoken = LinkSecret(source="secret")
        welcomeemailtemplate = TemplateName(source="welcome_template")
        matchnumber = Number(source="number")

    def get(self, request: Request) -> Response:
        self.parameters.setdefault("verificationtoken", self.parameters.get("vtoken"))
        decision.approve(self.caller.visitor, application=self.caller.application, **self.read(self.Parameters))
        return self.answer(responses.verified())
