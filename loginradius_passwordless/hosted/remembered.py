"""What the sign-in page remembers of what a browser asked for, in the session that Django keeps for it."""

import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from ..conf import conf

KEY = "loginradius_sign_in"
EXCUSED_FOR = 15 * 60  # seconds


@dataclass
class Remembered:
    """Who wants to sign in, to what, where to go then, and what was asked for so far.

    ``seeds`` become the client GUIDs of the attempts, the newest last: only together with ``SECRET_KEY``, so that
    whoever reads the table of sessions has no handle on anybody's login (law 4). ``numbers`` are the number that the
    page shows, and the three that the link's page offers. ``purpose`` is what a code is for, where one page asks for
    codes of several. ``admitted_at``, in seconds since 1970, is when whoever asks was last let in as a person.
    """

    typed: str
    api_key: str
    target: str = ""
    seeds: list[str] = field(default_factory=list, repr=False)
    numbers: list[int] = field(default_factory=list, repr=False)
    purpose: str = ""
    admitted_at: float = field(default_factory=time.time)

    @property
    def is_excused(self) -> bool:
        """Whether one more message may go to the same person without the solution of a CAPTCHA.

        Not for as long as the session lives: one solution and its cookie would be good for weeks of messages.
        """
        return time.time() - self.admitted_at < EXCUSED_FOR

    def note_admission(self) -> None:
        """Note that somebody was just let in as a person, by a start that was not excused from that."""
        self.admitted_at = time.time()

    def note_no_admission(self) -> None:
        """Note that a message went to whoever knew the password, and nobody has shown to be a person."""
        self.admitted_at = 0.0

    @property
    def client_guids(self) -> list[str]:
        """The handles of the attempts."""
        return [_client_guid(seed) for seed in self.seeds]

    def add_attempt(self) -> str:
        """Remember one more attempt, as many as live side by side, and return its handle."""
        seed = secrets.token_urlsafe(32)
        self.seeds = [*self.seeds, seed][-conf.MAX_LIVE_ATTEMPTS :]
        return _client_guid(seed)


def recall(request: HttpRequest, key: str = KEY) -> Remembered | None:
    """Return what this browser asked for, or None where it asked for nothing, or has done it since."""
    found = _session(request).get(key)
    return Remembered(**found) if found else None


def carry_on(request: HttpRequest, what: Remembered) -> None:
    """Let who asks once more for the same person from the first page keep the number, and be known by older links."""
    before = recall(request)
    if before and before.typed == what.typed:
        what.seeds, what.numbers = before.seeds, before.numbers


def remember(request: HttpRequest, what: Remembered, key: str = KEY) -> None:
    """Remember what this browser asked for."""
    request.session[key] = asdict(what)


def forget(request: HttpRequest, key: str = KEY) -> None:
    """Forget it: it is done."""
    _session(request).pop(key, None)


def client_guids(request: HttpRequest) -> list[str]:
    """Return the handles of what this browser asked for."""
    found = recall(request)
    return found.client_guids if found else []


def _client_guid(seed: str) -> str:
    return salted_hmac("loginradius_passwordless.client_guid", seed, algorithm="sha256").hexdigest()


def _session(request: HttpRequest) -> Any:
    """The browser's session; empty on a site that has none, where links of waiting devices work all the same."""
    return getattr(request, "session", {})
