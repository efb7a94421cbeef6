"""The bodies of the wire. Names are LoginRadius' own; ``docs/reference/endpoints.md`` says where each is used."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

from .. import profiles
from ..profiles import timestamp
from . import bodies

if TYPE_CHECKING:
    from ..flows.devices import Device
    from ..flows.steps import SignIn
    from ..models import AccessToken, Customer, Match, Message
    from ..models.access_token import IssuedTokens


def posted(match: Match | None = None) -> bodies.Posted | bodies.PostedMatch:
    """The request was taken; where a number has to be picked, the device shows this one."""
    return {"IsPosted": True, "MatchNumber": match.number} if match else {"IsPosted": True}


def posted_sms(message: Message) -> bodies.PostedMessage:
    """The request was taken and a message is on its way; its id is ours, not the provider's."""
    return {"IsPosted": True, "Data": {"AccountSid": None, "Sid": message.sid.hex}}


def verified() -> bodies.Verified:
    """The link was good."""
    return {"IsPosted": True, "IsVerified": True}


def decided(is_decided: bool) -> bodies.Decided:
    """Whether a ping would tell something final."""
    return {"IsDecided": is_decided}


def exist(is_taken: bool) -> bodies.Exists:
    """Whether somebody has it."""
    return {"IsExist": is_taken}


def sott(text: str, expires_at: datetime) -> bodies.SOTT:
    """A SOTT, and until when it is good."""
    return {"Sott": text, "ExpiryTime": timestamp(expires_at)}


def server_info(now: datetime, end: datetime, minutes: int) -> bodies.ServerInfo:
    """The time of this server, and a window for a SOTT, as SDKs copy it."""
    written = "%Y-%m-%d %H:%M:%S"
    window: bodies.SOTTWindow = {
        "StartTime": f"{now:{written}}",
        "EndTime": f"{end:{written}}",
        "TimeDifference": str(minutes),
    }
    return {"ServerLocation": "", "ServerName": "", "CurrentTime": f"{now:{written}}", "Sott": window}


def deleted() -> bodies.Deleted:
    """It is gone."""
    return {"IsDeleted": True}


def login(sign_in: SignIn) -> bodies.Login:
    """The standard login answer."""
    return {"Profile": profile(sign_in.customer), **tokens(sign_in.tokens)}


def posted_login(sign_in: SignIn) -> bodies.PostedLogin:
    """The standard login answer for whoever expects that of a start."""
    return {"IsPosted": True, **login(sign_in)}


def tokens(issued: IssuedTokens) -> bodies.Tokens:
    """An access token and its refresh token."""
    return {
        "access_token": issued.access_token,
        "refresh_token": issued.refresh_token,
        "expires_in": timestamp(issued.expires_at),
    }


def token_state(row: AccessToken, access_token: str) -> bodies.TokenState:
    """A live access token, given back to who sent it."""
    return {"access_token": access_token, "refresh_token": None, "expires_in": timestamp(row.expires_at)}


def token_info(access_token: str) -> bodies.TokenInfo:
    """What kind of token this is."""
    return {"provider": "RAAS", "access_token": access_token, "isrememberme": False}


def sessions(devices: list[Device]) -> bodies.Sessions:
    """Where a customer is signed in; LoginRadius has no such endpoint for customers, so the names are ours."""
    return {
        "Data": [
            {
                "Id": str(device.session_id),
                "Device": device.device,
                "Country": device.country or None,
                "IpAddress": device.address or None,
                "SignedInDate": timestamp(device.signed_in_at),
                "LastSeenDate": timestamp(device.last_seen_at),
                "IsCurrent": device.is_this,
            }
            for device in devices
        ]
    }


def profile(customer: Customer) -> bodies.Profile:
    """A customer as the SDKs model it. Secrets have no place in it, hashes included."""
    return cast("bodies.Profile", profiles.profile(customer))
