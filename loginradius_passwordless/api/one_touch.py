"""One-touch login over HTTP; the protocol is in ``flows.one_touch``."""

from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..flows import one_touch
from . import bodies, responses
from .base import FlowView
from .inputs import ClientGUID, Code, Email, Flag, Input, PersonName, Phone, TemplateName, Text
from .operations import CODE, MAILED, NOT_ALLOWED, PROVEN, TEXTED, Operation


class StartByEmailView(FlowView):
    """POST onetouchlogin/email"""

    class Parameters(Input):
        email = Email()
        clientguid = ClientGUID(source="client_guid")
        name = PersonName(optional=True)
        redirecturl = Text(source="redirect_url", optional=True, longest=500)
        onetouchloginemailtemplate = TemplateName(source="template")
        welcomeemailtemplate = TemplateName(source="welcome_template")
        matchnumber = Flag(source="match_number")

    operations = {
        "post": Operation(
            "Mail a link for a waiting device",
            (bodies.Posted, bodies.PostedMatch),
            (
                *MAILED, *NOT_ALLOWED, errors.OneTouchLoginOff, errors.ReturnURLNotAllowed, errors.ClientGUIDUsed,
                errors.RegistrationOff,
            ),
            Parameters,
            solves="optional",
        )
    }  # fmt: skip

    def post(self, request: Request) -> Response:
        match = one_touch.start_by_email(self.caller, **self.read(self.Parameters))
        return self.answer(responses.posted(match))


class StartByPhoneView(FlowView):
    """POST onetouchlogin/phone"""

    class Parameters(Input):
        phone = Phone()
        name = PersonName(optional=True)
        isvoiceotp = Flag(source="voice")
        smstemplate = TemplateName(source="template")

    operations = {
        "post": Operation(
            "Send a code by SMS or call",
            bodies.PostedMessage,
            (*TEXTED, *NOT_ALLOWED, errors.OneTouchLoginOff, errors.RegistrationOff),
            Parameters,
            solves="optional",
        )
    }

    def post(self, request: Request) -> Response:
        message = one_touch.start_by_phone(self.caller, **self.read(self.Parameters))
        return self.answer(responses.posted_sms(message))


class VerifyCodeView(FlowView):
    """PUT or POST onetouchlogin/phone/verify"""

    class Parameters(Input):
        phone = Phone()
        otp = Code(source="code")

    _raises = (*CODE, *PROVEN, errors.OneTouchLoginOff, errors.PhoneLoginOff)
    operations = {
        "put": Operation("Log in with the code", bodies.Login, _raises, Parameters),
        "post": Operation("Log in with the code, as the newest SDKs do", bodies.PostedLogin, _raises, Parameters),
    }

    def put(self, request: Request) -> Response:
        return self.answer(responses.login(one_touch.verify_code(self.caller, **self.read(self.Parameters))))

    def post(self, request: Request) -> Response:
        # The newest SDKs expect the answer of a start here, the older ones a login: this is both.
        return self.answer(responses.posted_login(one_touch.verify_code(self.caller, **self.read(self.Parameters))))
