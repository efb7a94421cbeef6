"""The steps that the flows are made of: open an attempt, send its proof, redeem it, sign in."""

from .captcha import admit_start, captcha_answers, captcha_widget, excused
from .codes import codes_are_numbers, redeem_code
from .evidence import note, note_call, refusals_noted
from .links import LINK_FLOWS, WAITING_FLOWS, attempt_of, check_flow_is_on, open_attempt_of, why_not
from .match import Distance, distance, must_match
from .notice import tell
from .passwords import check_password_rules, problems_with, sign_in_with_password
from .people import MAX_AGENT, Caller, Profile, SignIn, Visitor
from .phones import let_phone_go, proven_phone
from .registering import await_proof
from .sign_in import accept_proof, attempted_identity, finish, gate, hold_identity, sign_in
from .start import (
    UNKNOWN,
    Start,
    check_guid_is_new,
    check_phone_login_is_on,
    check_return_url,
    open_attempt,
    phone_channel,
    send_code,
    send_proof,
    why_not_served,
)
from .tokens import Holder, live_token, live_token_of_any, session_of, signed_in
from .verification import send_verification

__all__ = [
    "LINK_FLOWS",
    "MAX_AGENT",
    "UNKNOWN",
    "WAITING_FLOWS",
    "Caller",
    "Distance",
    "Holder",
    "Profile",
    "SignIn",
    "Start",
    "Visitor",
    "accept_proof",
    "admit_start",
    "attempt_of",
    "attempted_identity",
    "await_proof",
    "captcha_answers",
    "captcha_widget",
    "check_flow_is_on",
    "check_guid_is_new",
    "check_password_rules",
    "check_phone_login_is_on",
    "check_return_url",
    "codes_are_numbers",
    "distance",
    "excused",
    "finish",
    "gate",
    "hold_identity",
    "let_phone_go",
    "live_token",
    "live_token_of_any",
    "must_match",
    "note",
    "note_call",
    "open_attempt",
    "open_attempt_of",
    "phone_channel",
    "problems_with",
    "proven_phone",
    "redeem_code",
    "refusals_noted",
    "send_code",
    "send_proof",
    "send_verification",
    "session_of",
    "sign_in",
    "sign_in_with_password",
    "signed_in",
    "tell",
    "why_not",
    "why_not_served",
]
