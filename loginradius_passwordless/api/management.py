"""What an application's own server asks for, with its secret; see ``flows.management`` and ``flows.callers``."""

from datetime import timedelta

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..flows import callers, management
from . import bodies, responses
from .base import FlowView
from .inputs import Flag, Input, Number, Phone, TemplateName
from .operations import Operation

TEN_MINUTES = 10


class TimeParameters(Input):
    """For how many minutes."""

    timedifference = Number(source="minutes", absent=TEN_MINUTES)


class SOTTView(FlowView):
    """GET manage/account/sott"""

    needs_secret = True
    operations = {"get": Operation("Make a SOTT", bodies.SOTT, reads=TimeParameters)}

    def get(self, request: Request) -> Response:
        return self.answer(responses.sott(*callers.make_sott(self.caller.application, **self.read(TimeParameters))))


class ServerInfoView(FlowView):
    """GET serverinfo"""

    operations = {"get": Operation("Tell the time", bodies.ServerInfo, reads=TimeParameters)}

    def get(self, request: Request) -> Response:
        minutes = self.read(TimeParameters)["minutes"]
        now = timezone.now()
        return self.answer(responses.server_info(now, now + timedelta(minutes=minutes), minutes))


class InvalidatePhoneView(FlowView):
    """PUT manage/account/{uid}/invalidatephone"""

    needs_secret = True

    class Parameters(Input):
        isvoiceotp = Flag(source="voice")
        smstemplate = TemplateName(source="template")

    operations = {
        "put": Operation(
            "Take the proof of a number back",
            bodies.Posted,
            (errors.PhoneLoginOff, errors.UnknownUID, errors.NoPhoneToInvalidate, errors.PhoneNotVerifiedBefore),
            Parameters,
        )
    }

    def put(self, request: Request, uid: str) -> Response:
        management.invalidate(self.caller, uid=uid.lower(), **self.read(self.Parameters))
        return self.answer(responses.posted())


class PhoneIdView(FlowView):
    """PUT manage/account/{uid}/phoneid"""

    needs_secret = True

    class Parameters(Input):
        phone = Phone()

    operations = {
        "put": Operation(
            "Give a customer another number",
            bodies.Profile,
            (errors.PhoneLoginOff, errors.UnknownUID, errors.PhoneTaken),
            Parameters,
        )
    }

    def put(self, request: Request, uid: str) -> Response:
        customer = management.set_phone(self.caller, uid=uid.lower(), **self.read(self.Parameters))
        return self.answer(responses.profile(customer))
