"""Where a customer is signed in, over HTTP; the protocol is in ``flows.devices``."""

from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..flows import devices
from . import bodies, responses
from .base import FlowView
from .operations import LIVE_TOKEN, Operation


class SessionsView(FlowView):
    """GET and DELETE auth/sessions"""

    operations = {
        "get": Operation("Where a customer is signed in", bodies.Sessions, LIVE_TOKEN, signed_in="needed"),
        "delete": Operation("Sign out everywhere else", bodies.Deleted, LIVE_TOKEN, signed_in="needed"),
    }

    def get(self, request: Request) -> Response:
        return self.answer(responses.sessions(devices.listed(self.caller, holder=self.holder())))

    def delete(self, request: Request) -> Response:
        devices.end_others(self.caller, holder=self.holder())
        return self.answer(responses.deleted())


class SessionView(FlowView):
    """DELETE auth/sessions/{session_id}"""

    operations = {
        "delete": Operation(
            "Sign out on one device", bodies.Deleted, (*LIVE_TOKEN, errors.UnknownSession), signed_in="needed"
        )
    }

    def delete(self, request: Request, session_id: str) -> Response:
        devices.end_one(self.caller, holder=self.holder(), session_id=session_id)
        return self.answer(responses.deleted())
