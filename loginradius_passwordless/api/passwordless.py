"""Passwordless login over HTTP; the protocol is in ``flows.passwordless``.

LoginRadius' newest SDKs can also start with a profile in the body, which registers unknown people: such a call needs
proof that it comes from the application's own server, a SOTT or the secret.
"""

from abc import abstractmethod
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..flows import passwordless
from . import bodies, responses
from .base import FlowView
from .inputs import Code, Email, Flag, Input, LinkSecret, Password, Phone, TemplateName, Text, UserName
from .operations import CODE, LINK, MAILED, MAILED_CODE, NEWCOMER, NOT_ALLOWED, PROVEN, TEXTED, Operation
from .profile import first_email, is_profile, read_profile
from .registration import RegistrationView

PERSON = ["email", "username"]
_MAILED_CODE = (*MAILED_CODE, *PROVEN, errors.PasswordlessLoginOff)


class StartView(RegistrationView):
    """What both starts do the same."""

    get_acts = True
    Parameters: type[Input]

    def get(self, request: Request) -> Response:
        return self.start()

    def post(self, request: Request) -> Response:
        return self.start(**self._newcomer()) if is_profile(self.parameters) else self.start()

    def _newcomer(self) -> dict[str, Any]:
        password = Password(optional=True).value_of("password", self.parameters.get("password"))
        profile = read_profile(self.parameters)
        self.name_newcomer()
        self.read(self.Parameters)
        self.check_right_to_register(
            may_solve=True
        )  # last: where a SOTT is good once, what cannot be read must not use it up
        return {"profile": profile, "password": password}

    @abstractmethod
    def name_newcomer(self) -> None:
        """Turn the parameters of a registration into those of every start: an address or a number, and no more."""

    @abstractmethod
    def start(self, **newcomer: Any) -> Response:
        """Send the message, and say so."""


class StartByEmailView(StartView):
    """GET or POST login/passwordlesslogin/email"""

    class Parameters(Input):
        email = Email(optional=True)
        username = UserName(optional=True)
        passwordlesslogintemplate = TemplateName(source="template")
        verificationurl = Text(source="verification_url", optional=True, longest=500)

    _raises = (
        *MAILED, *NOT_ALLOWED, errors.NotOneIdentity, errors.PasswordlessLoginOff, errors.ReturnURLNotAllowed,
        errors.UnknownUserName, errors.UnknownEmail,
    )  # fmt: skip
    operations = {
        "get": Operation(
            "Mail a link and a code",
            bodies.Posted,
            _raises,
            Parameters,
            one_of=("email", "username"),
            solves="optional",
        ),
        "post": Operation(
            "Mail a link and a code, also to somebody new",
            bodies.Posted,
            (*_raises, *NEWCOMER, errors.MissingEmail),
            Parameters,
            one_of=("email", "username"),
            proof="optional",
            solves="optional",
            profile=True,
        ),
    }

    def name_newcomer(self) -> None:
        email = first_email(self.parameters)
        if email is None:
            raise errors.MissingEmail
        self.parameters |= {"email": email.value, "username": ""}

    def start(self, **newcomer: Any) -> Response:
        if sum(bool(self.parameters.get(name)) for name in PERSON) != 1:
            raise errors.NotOneIdentity
        asked = self.read(self.Parameters)
        [person] = [given for given in [asked.pop(name) for name in PERSON] if given]
        passwordless.start(self.caller, person=person, **asked, **newcomer)
        return self.answer(responses.posted())


class StartByPhoneView(StartView):
    """GET or POST login/passwordlesslogin/otp"""

    class Parameters(Input):
        phone = Phone(source="person", also="phoneid")  # the newest SDKs' body has it so
        isvoiceotp = Flag(source="voice")
        smstemplate = TemplateName(source="template")

    _raises = (*TEXTED, *NOT_ALLOWED, errors.PasswordlessLoginOff, errors.UnknownPhone)
    operations = {
        "get": Operation("Send a code by SMS or call", bodies.PostedMessage, _raises, Parameters, solves="optional"),
        "post": Operation(
            "Send a code by SMS or call, also to somebody new",
            bodies.PostedMessage,
            (*_raises, *NEWCOMER),
            Parameters,
            proof="optional",
            solves="optional",
            profile=True,
        ),
    }

    def name_newcomer(self) -> None:
        """The number goes by the names of every start."""

    def start(self, **newcomer: Any) -> Response:
        message = passwordless.start(self.caller, **self.read(self.Parameters), **newcomer)
        return self.answer(responses.posted_sms(message))


class VerifyLinkView(FlowView):
    """GET login/passwordlesslogin/email/verify"""

    get_acts = True

    class Parameters(Input):
        verificationtoken = LinkSecret(source="secret", also="vtoken")
        welcomeemailtemplate = TemplateName(source="welcome_template")

    operations = {
        "get": Operation(
            "Log in with the link's token",
            bodies.Login,
            (
                *LINK, *PROVEN, errors.PasswordlessLoginOff, errors.UsedPasswordlessLink,
            ),
            Parameters,
        )
    }  # fmt: skip

    def get(self, request: Request) -> Response:
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

    operations = {"post": Operation("Log in with a mailed code", bodies.Login, _MAILED_CODE, Parameters)}


class VerifyCodeByUserNameView(VerifyMailedCodeView):
    """POST login/passwordlesslogin/username/verifyotp"""

    class Parameters(Input):
        username = UserName(source="person")
        otp = Code(source="code", wrong=errors.WrongEmailCode)
        welcomeemailtemplate = TemplateName(source="welcome_template")

    operations = {"post": Operation("Log in with a mailed code", bodies.Login, _MAILED_CODE, Parameters)}


class VerifyCodeByPhoneView(VerifyCodeView):
    """PUT login/passwordlesslogin/otp/verify"""

    class Parameters(Input):
        phone = Phone(source="person")
        otp = Code(source="code")

    operations = {
        "put": Operation(
            "Log in with the code",
            bodies.Login,
            (
                *CODE, *PROVEN, errors.PasswordlessLoginOff, errors.PhoneLoginOff,
            ),
            Parameters,
        )
    }  # fmt: skip

    def put(self, request: Request) -> Response:
        return self.sign_in()
