"""What each view says of its methods, in one place: the class attribute ``operations``.

The OpenAPI document is made of it. What the code knows already is not said again: a parameter's errors are its field's,
and those of the key, the secret, the token and the body follow from what a view needs.
"""

from dataclasses import dataclass
from typing import Any, Literal

from .. import errors
from .inputs import Input

Errors = tuple[type[errors.PasswordlessError], ...]
Need = Literal["", "optional", "needed"]

NOT_ALLOWED: Errors = (errors.AccountBlocked, errors.LoginDisabled, errors.AccountNotAllowed)
LIVE_TOKEN: Errors = (errors.ExpiredAccessToken, *NOT_ALLOWED)
PROVEN: Errors = (*NOT_ALLOWED, errors.UnknownAccount, errors.RegistrationOff)
MAILED: Errors = (errors.TooManyRequests, errors.EmailQuotaExceeded)
TEXTED: Errors = (
    errors.PhoneLoginOff, errors.NoSMSProvider, errors.NoVoiceProvider, errors.InvalidPhone, errors.TooManyRequests,
    errors.SMSQuotaExceeded,
)  # fmt: skip
CODE: Errors = (
    errors.TooManyRequests, errors.LoginLocked, errors.WrongCode, errors.UsedCode, errors.ExpiredCode, errors.SpentCode,
)  # fmt: skip
MAILED_CODE: Errors = (
    errors.TooManyRequests, errors.LoginLocked, errors.WrongEmailCode, errors.UsedEmailCode, errors.ExpiredEmailCode,
    errors.SpentEmailCode,
)  # fmt: skip
LINK: Errors = (errors.ExpiredLink, errors.SupersededLink, errors.LoginDenied)
WAITING: Errors = (errors.TooManyRequests, errors.UnknownClientGUID)
NEWCOMER: Errors = (errors.RegistrationOff, errors.InvalidProfile, errors.InvalidEmail, errors.UserNameTaken)


@dataclass(frozen=True)
class Operation:
    """One method of a view.

    ``answers``: the shape in ``bodies`` of its success, or several in a tuple.
    ``raises``: the errors of the flow, those with ``REVEAL_UNKNOWN_ACCOUNTS`` and other settings included.
    ``reads``: the ``Input`` that it reads; where it reads one or another, both.
    ``one_of``: of which parameters it takes exactly one.
    ``signed_in``: whether it takes an access token. ``proof``: whether it takes a SOTT, or the secret in its place.
    ``solves``: whether it takes the solution of a CAPTCHA, where the site asks for one, or always.
    ``profile``: whether it reads the profile of a registration besides.
    ``streams``: whether it answers with Server-Sent Events, whose last one has the answer.
    """

    summary: str
    answers: Any
    raises: Errors = ()
    reads: type[Input] | tuple[type[Input], ...] = ()
    one_of: tuple[str, ...] = ()
    signed_in: Need = ""
    proof: Need = ""
    solves: Need = ""
    profile: bool = False
    streams: bool = False

    @property
    def inputs(self) -> tuple[type[Input], ...]:
        """What it reads, as a tuple."""
        return self.reads if isinstance(self.reads, tuple) else (self.reads,)
