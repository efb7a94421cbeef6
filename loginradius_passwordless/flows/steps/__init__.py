"""The steps that the flows are made of: open an attempt, send its proof, redeem it, sign in."""

from .codes import redeem_code
from .evidence import note, refusals_noted
from .people import MAX_AGENT, Caller, SignIn, Visitor
from .sign_in import accept_proof, gate, sign_in
from .start import Start, check_guid_is_new, check_return_url, open_attempt, page_address, send_proof

__all__ = [
    "MAX_AGENT",
    "Caller",
    "SignIn",
    "Start",
    "Visitor",
    "accept_proof",
    "check_guid_is_new",
    "check_return_url",
    "gate",
    "note",
    "open_attempt",
    "page_address",
    "redeem_code",
    "refusals_noted",
    "send_proof",
    "sign_in",
]
