"""Tokens and the profile over HTTP; the protocol is in ``flows.account``."""

from rest_framework.request import Request
from rest_framework.response import Response

from .. import errors
from ..flows import account
from . import bodies, responses
from .base import FlowView
from .inputs import Input, Text
from .operations import LIVE_TOKEN, NOT_ALLOWED, Operation


class ProfileView(FlowView):
    """GET auth/account"""

    operations = {"get": Operation("Read the profile", bodies.Profile, LIVE_TOKEN, signed_in="needed")}

    def get(self, request: Request) -> Response:
        return self.answer(responses.profile(account.profile(self.caller, access_token=self.access_token())))


class TokenInfoView(FlowView):
    """GET auth/access_token"""

    operations = {"get": Operation("Say what kind of token it is", bodies.TokenInfo, LIVE_TOKEN, signed_in="needed")}

    def get(self, request: Request) -> Response:
        token = self.access_token()
        account.validate(self.caller, access_token=token)
        return self.answer(responses.token_info(token))


class ValidateTokenView(FlowView):
    """GET auth/access_token/validate"""

    operations = {"get": Operation("Say until when a token works", bodies.TokenState, LIVE_TOKEN, signed_in="needed")}

    def get(self, request: Request) -> Response:
        token = self.access_token()
        return self.answer(responses.token_state(account.validate(self.caller, access_token=token), token))


class InvalidateTokenView(FlowView):
    """GET auth/access_token/invalidate"""

    get_acts = True
    operations = {"get": Operation("Sign out", bodies.Posted, signed_in="needed")}

    def get(self, request: Request) -> Response:
        account.invalidate(self.caller, access_token=self.access_token())
        return self.answer(responses.posted())


class RefreshTokenInput(Input):
    """What both refresh endpoints read."""

    refreshtoken = Text(source="refresh_token")


class RefreshTokenView(FlowView):
    """GET manage/account/access_token/refresh"""

    get_acts = needs_secret = True
    operations = {
        "get": Operation(
            "Exchange a refresh token for new tokens",
            bodies.Tokens,
            (errors.UnknownRefreshToken, *NOT_ALLOWED),
            RefreshTokenInput,
        )
    }

    def get(self, request: Request) -> Response:
        return self.answer(responses.tokens(account.refresh(self.caller, **self.read(RefreshTokenInput))))


class RevokeRefreshTokenView(FlowView):
    """GET manage/account/access_token/refresh/revoke"""

    get_acts = needs_secret = True
    operations = {
        "get": Operation(
            "End the session of a refresh token", bodies.Deleted, (errors.UnknownRefreshToken,), RefreshTokenInput
        )
    }

    def get(self, request: Request) -> Response:
        account.revoke(self.caller, **self.read(RefreshTokenInput))
        return self.answer(responses.deleted())
