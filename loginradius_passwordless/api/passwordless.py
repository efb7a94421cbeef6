"""Passwordless login over HTTP; the protocol is in ``flows.passwordless``.

LoginRadius' newest SDKs can also start with a profile in the body, which registers unknown people: such a call needs
proof that it comes from the application's own server, a SOTT, and is refused without one.
"""

from abc import abstractmethod

from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..flows import passwordless
from . import responses
from .base import FlowView
from .inputs import Code, Email, Flag, Input, LinkSecret, Phone, TemplateName, Text, UserName

PERSON = ["email", "username"]

# What a registration profile has, besides the address or number that is proven.
PROFILE = {
    "birthdate", "company", "country", "customfields", "firstname", "fullname", "gender", "lastname", "middlename",
    "nickname", "password", "prefix", "suffix",
}  # fmt: skip


class StartView(FlowView):
    """What both starts do the same."""

    get_acts = True

    def get(self, request: Request) -> Response:
        return self.start()

    def post(self, request: Request) -> Response:
        self._check_profile()
        return self.start()

    @abstractmethod
    def start(self) -> Response:
        """Send the message, and say so."""

    def _check_profile(self) -> None:
        """Refuse a profile: it asks for a registration. That needs a SOTT, and none can be checked yet."""
        if not PROFILE & self.parameters.keys() and not isinstance(self.parameters.get("email"), list):
            return
        has_sott = self.request.headers.get("X-LoginRadius-Sott") or self.parameters.get("sott")
        raise errors.InvalidSOTT if has_sott else errors.MissingSOTT


class StartByEmailView(StartView):
    """GET or POST login/passwordlesslogin/email"""

    class Parameters(Input):
        email = Email(optional=True)
        username = UserName(optional=True)
        passwordlesslogintemplate = TemplateName(source="template")
        verificationurl = Text(source="verification_url", optional=True, longest=500)

    def start(self) -> Response:
        if sum(bool(self.parameters.get(name)) for name in PERSON) != 1:
            raise errors.NotOneIdentity
        asked = self.read(self.Parameters)
        [person] = [given for given in [asked.pop(name) for name in PERSON] if given]
        passwordless.start(self.caller, person=person, **asked)
        return self.answer(responses.posted())


class StartByPhoneView(StartView):
    """GET or POST login/passwordlesslogin/otp"""

    class Parameters(Input):
        phone = Phone(source="person")
        isvoiceotp = Flag(source="voice")
        smstemplate = TemplateName(source="template")

    def start(self) -> Response:
        # A parameter of that name is the newest SDKs' body; the older ones send a query.
        self.parameters.setdefault("phone", self.parameters.get("phoneid"))
        message = passwordless.start(self.caller, **self.read(self.Parameters))
        return self.answer(responses.posted_sms(message))


class VerifyLinkView(FlowView):
    """GET login/passwordlesslogin/email/verify"""

    get_acts = True

    class Parameters(Input):
        verificationtoken = LinkSecret(source="secret")
        welcomeemailtemplate = TemplateName(source="welcome_template")

    def get(self, request: Request) -> Response:
        self.parameters.setdefault("verificationtoken", self.parameters.get("vtoken"))
        asked = self.read(self.Parameters)
        signed_in = passwordless.verify_link(self.caller.visitor, application=self.caller.application, **asked)
        return self.answer(responses.login(signed_in))


class VerifyCodeView(FlowView):
    """A code that came by mail or by phone; subclasses read whose it is."""

    Parameters: type[Input]

    def sign_in(self) -> Response:
        """Answer with the standard login."""
        return self.answer(responses.login(passwordless.verify_code(self.caller, **self.read(self.Parameters))))


class VerifyMailedCodeView(VerifyCodeView):
    """A code that came by mail: both ways to name its owner are POST."""

    def post(self, request: Request) -> Response:
        return self.sign_in()


class VerifyCodeByEmailView(VerifyMailedCodeView):
    """POST login/passwordlesslogin/email/verifyotp"""

    class Parameters(Input):
        email = Email(source="person")
        otp = Code(source="code", wrong=errors.WrongEmailCode)
        welcomeemailtemplate = TemplateName(source="welcome_template")


class VerifyCodeByUserNameView(VerifyMailedCodeView):
    """POST login/passwordlesslogin/username/verifyotp"""

    class Parameters(Input):
        username = UserName(source="person")
        otp = Code(source="code", wrong=errors.WrongEmailCode)
        welcomeemailtemplate = TemplateName(source="welcome_template")


class VerifyCodeByPhoneView(VerifyCodeView):
    """PUT login/passwordlesslogin/otp/verify"""

    class Parameters(Input):
        phone = Phone(source="person")
        otp = Code(source="code")

    def put(self, request: Request) -> Response:
        return self.sign_in()
