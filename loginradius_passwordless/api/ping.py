"""The waiting device over HTTP; the protocol is in ``flows.ping``.

What is here answers at once. An answer that may wait carries a ``Held``; ``held_async`` and
``held_in_threads`` hold it back and ask again.
"""

from dataclasses import dataclass
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..conf import conf
from ..flows import callers, ping
from ..flows.steps import Caller, Visitor
from . import bodies, responses
from .base import FlowView
from .inputs import ClientGUID, Flag, Input, Number
from .operations import LINK, NOT_ALLOWED, WAITING, Operation


@dataclass(frozen=True)
class Held:
    """For which attempt an answer may wait, and how many seconds."""

    attempt_id: int
    seconds: float


class PingView(FlowView):
    """GET login/smartlogin/ping"""

    get_acts = True
    is_repeated = False  # asked once more after a wait: counted before, and not to be answered from the cache

    class Parameters(Input):
        clientguid = ClientGUID(source="client_guid")
        wait = Number(absent=0)
        claim = Flag(absent=True)

    operations = {
        "get": Operation(
            "Collect the token of a confirmed login, or look whether there is one",
            (bodies.Login, bodies.Decided),
            (
                *WAITING, *LINK, *NOT_ALLOWED, errors.UnknownAccount, errors.LinkNotOpened, errors.UsedSmartLink,
                errors.UsedOneTouchLink, errors.SmartLoginOff, errors.OneTouchLoginOff,
            ),
            Parameters,
        )
    }  # fmt: skip

    asked: dict[str, Any]

    def identify(self, visitor: Visitor, api_key: str) -> Caller:
        """Identify the caller; a device of which the cache knows that it waits is answered without the database."""
        try:
            self.asked = self.read(self.Parameters)
        except errors.PasswordlessError:
            callers.identify(visitor, api_key=api_key)  # a wrong key is the first thing to say
            raise
        if not self.is_repeated:
            ping.recall(visitor, api_key=api_key, client_guid=self.asked["client_guid"])
        return super().identify(visitor, api_key)

    def get(self, request: Request) -> Response:
        what = {"client_guid": self.asked["client_guid"], "is_repeated": self.is_repeated}
        if self.takes:
            return self.answer(responses.login(ping.ping(self.caller, **what)))
        return self.answer(responses.decided(ping.peek(self.caller, **what)))

    def handle_exception(self, exc: Exception) -> Response:
        if not isinstance(exc, errors.LinkNotOpened):
            return super().handle_exception(exc)
        response = super().handle_exception(exc) if self.takes else self.answer(responses.decided(False))
        response.held = Held(exc.attempt_id, self.seconds)  # type: ignore[attr-defined]
        return response

    @property
    def takes(self) -> bool:
        """Whether the answer may be the token, or only says that there is one."""
        return bool(self.asked["claim"])

    @property
    def seconds(self) -> float:
        """How long the answer may wait."""
        return float(min(self.asked["wait"], conf.MAX_WAIT.total_seconds()))


class EventsView(PingView):
    """GET login/smartlogin/events: looks and takes nothing; what it waits for is told in events"""

    operations = {
        "get": Operation(
            "Wait for the decision in Server-Sent Events",
            (bodies.Login, bodies.Decided),
            WAITING,
            PingView.Parameters,
            streams=True,
        )
    }

    @property
    def takes(self) -> bool:
        return False

    @property
    def seconds(self) -> float:
        return conf.MAX_WAIT.total_seconds()
