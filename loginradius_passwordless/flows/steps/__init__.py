"""The steps that the flows are made of: open an attempt, send its proof, redeem it, sign in."""

from .codes import redeem_code
from .evidence import note, refusals_noted
from .links import LINK_FLOWS, WAITING_FLOWS, attempt_of, check_flow_is_on, open_attempt_of, page_address, why_not
from .match import Distance, distance, must_match
from .people import MAX_AGENT, Caller, SignIn, Visitor
from .sign_in import accept_proof, attempted_identity, finish, gate, hold_identity, sign_in
from .start import (
    UNKNOWN,
    Start,
    check_guid_is_new,
    check_phone_login_is_on,
    check_return_url,
    open_attempt,
    phone_channel,
    send_proof,
    why_not_served,
)

__all__ = [
    "LINK_FLOWS",
    "MAX_AGENT",
    "UNKNOWN",
    "WAITING_FLOWS",
    "Caller",
    "Distance",
    "SignIn",
    "Start",
    "Visitor",
    "accept_proof",
    "attempt_of",
    "attempted_identity",
    "check_flow_is_on",
    "check_guid_is_new",
    "check_phone_login_is_on",
    "check_return_url",
    "distance",
    "finish",
    "gate",
    "hold_identity",
    "must_match",
    "note",
    "open_attempt",
    "open_attempt_of",
    "page_address",
    "phone_channel",
    "redeem_code",
    "refusals_noted",
    "send_proof",
    "sign_in",
    "why_not",
    "why_not_served",
]
