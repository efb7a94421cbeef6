"""Tokens and the profile over HTTP; the protocol is in ``flows.account``."""

from rest_framework.request import Request
from rest_framework.response import Response

from ..flows import account
from . import responses
from .base import FlowView
from .inputs import Input, Text


class ProfileView(FlowView):
    """GET auth/account"""

    def get(self, request: Request) -> Response:
        return self.answer(responses.profile(account.profile(self.caller, access_token=self.access_token())))


class TokenInfoView(FlowView):
    """GET auth/access_token"""

    def get(self, request: Request) -> Response:
        token = self.access_token()
        account.validate(self.caller, access_token=token)
        return self.answer(responses.token_info(token))


class ValidateTokenView(FlowView):
    """GET auth/access_token/validate"""

    def get(self, request: Request) -> Response:
        token = self.access_token()
        return self.answer(responses.token_state(account.validate(self.caller, access_token=token), token))


class InvalidateTokenView(FlowView):
    """GET auth/access_token/invalidate"""

    get_acts = True

    def get(self, request: Request) -> Response:
        account.invalidate(self.caller, access_token=self.access_token())
        return self.answer(responses.posted())


class RefreshTokenInput(Input):
    """What both refresh endpoints read."""

    refreshtoken = Text(source="refresh_token")


class RefreshTokenView(FlowView):
    """GET manage/account/access_token/refresh"""

    get_acts = needs_secret = True

    def get(self, request: Request) -> Response:
        return self.answer(responses.tokens(account.refresh(self.caller, **self.read(RefreshTokenInput))))


class RevokeRefreshTokenView(FlowView):
    """GET manage/account/access_token/refresh/revoke"""

    get_acts = needs_secret = True

    def get(self, request: Request) -> Response:
        account.revoke(self.caller, **self.read(RefreshTokenInput))
        return self.answer(responses.deleted())
