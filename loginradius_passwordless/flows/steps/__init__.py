"""The steps that the flows are made of: open an attempt, send its proof, redeem it, sign in."""

from .codes import redeem_code
from .evidence import note, refusals_noted
from .match import Distance, distance, must_match
from .people import MAX_AGENT, Caller, SignIn, Visitor
from .sign_in import accept_proof, attempted_identity, gate, hold_identity, sign_in
from .start import (
    Start,
    check_guid_is_new,
    check_return_url,
    must_not_be_served,
    open_attempt,
    page_address,
    send_proof,
)
from .waiting import WAITING_FLOWS, check_flow_is_on, why_not

__all__ = [
    "MAX_AGENT",
    "WAITING_FLOWS",
    "Caller",
    "Distance",
    "SignIn",
    "Start",
    "Visitor",
    "accept_proof",
    "attempted_identity",
    "check_flow_is_on",
    "check_guid_is_new",
    "check_return_url",
    "distance",
    "gate",
    "hold_identity",
    "must_match",
    "must_not_be_served",
    "note",
    "open_attempt",
    "page_address",
    "redeem_code",
    "refusals_noted",
    "send_proof",
    "sign_in",
    "why_not",
]
