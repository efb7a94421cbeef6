"""The person with the link, where a page of the application's own asks; the protocol is in ``flows.decision``."""

from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..flows import decision
from . import bodies, responses
from .base import FlowView
from .inputs import Input, LinkSecret, Number, TemplateName
from .operations import LINK, PROVEN, Operation


class VerifyLinkView(FlowView):
    """GET email/onetouchlogin and email/smartlogin: either path takes either token"""

    get_acts = True

    class Parameters(Input):
        verificationtoken = LinkSecret(source="secret", also="vtoken")
        welcomeemailtemplate = TemplateName(source="welcome_template")
        matchnumber = Number(source="number")

    operations = {
        "get": Operation(
            "Confirm a link",
            bodies.Verified,
            (
                *LINK, *PROVEN, errors.MissingNumber, errors.WrongNumber, errors.UsedSmartLink,
                errors.UsedOneTouchLink, errors.SmartLoginOff, errors.OneTouchLoginOff,
            ),
            Parameters,
        )
    }  # fmt: skip

    def get(self, request: Request) -> Response:
        decision.approve(self.caller.visitor, application=self.caller.application, **self.read(self.Parameters))
        return self.answer(responses.verified())
