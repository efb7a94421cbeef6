"""Smart login over HTTP; the protocol is in ``flows.smart``."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..flows import smart
from . import bodies, responses
from .base import FlowView
from .inputs import ClientGUID, Email, Flag, Input, Phone, TemplateName, Text, UserName
from .operations import MAILED, NOT_ALLOWED, Operation

PERSON = ["email", "username", "phone"]


class StartView(FlowView):
    """GET or POST login/smartlogin"""

    get_acts = True

    class Parameters(Input):
        email = Email(optional=True)
        username = UserName(optional=True)
        phone = Phone(optional=True)
        clientguid = ClientGUID(source="client_guid")
        redirecturl = Text(source="redirect_url", optional=True, longest=500)
        smartloginemailtemplate = TemplateName(source="email_template")
        smstemplate = TemplateName(source="sms_template")
        welcomeemailtemplate = TemplateName(source="welcome_template")
        isvoiceotp = Flag(source="voice")
        matchnumber = Flag(source="match_number")

    _start = Operation(
        "Send a link for a waiting device",
        (bodies.Posted, bodies.PostedMatch),
        (
            *MAILED, *NOT_ALLOWED, errors.PhoneLoginOff, errors.NoSMSProvider, errors.SMSQuotaExceeded,
            errors.NotOneIdentity, errors.SmartLoginOff, errors.ReturnURLNotAllowed, errors.ClientGUIDUsed,
            errors.UnknownUserName, errors.UnknownEmail, errors.UnknownPhone,
        ),
        Parameters,
        one_of=("email", "username", "phone"),
        solves="optional",
    )  # fmt: skip
    operations = {"get": _start, "post": _start}

    def get(self, request: Request) -> Response:
        match = smart.start(self.caller, **self._asked())
        return self.answer(responses.posted(match))

    def post(self, request: Request) -> Response:
        return self.get(request)

    def _asked(self) -> dict[str, Any]:
        if sum(bool(self.parameters.get(name)) for name in PERSON) != 1:
            raise errors.NotOneIdentity
        asked = self.read(self.Parameters)
        if asked.pop("voice"):  # a link cannot be spoken
            raise errors.InvalidParameter("isvoiceotp")
        by_email, by_sms = asked.pop("email_template"), asked.pop("sms_template")
        [person] = [given for given in [asked.pop(name) for name in PERSON] if given]
        return {**asked, "person": person, "template": by_sms if person.kind == "phone" else by_email}
