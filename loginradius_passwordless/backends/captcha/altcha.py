"""ALTCHA: work that the site itself sets a browser, and nobody else's server."""

import json
import secrets
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .base import BaseCaptchaBackend, Rejected, Solution, Unavailable, Widget
from .siteverify import tag_of
from .tokens import require_token

if TYPE_CHECKING:
    from altcha import ChallengeParameters, VerifySolutionResult

LIFETIME = 600  # seconds
LEAST_KEY = 32  # characters
ALGORITHM = "PBKDF2/SHA-256"


class CaptchaBackend(BaseCaptchaBackend):
    """Sets a proof of work of ALTCHA's second kind, and checks it here. Needs the extra ``[altcha]``.

    It asks of a program what it asks of a person's browser: some seconds of work for each try. It makes many tries
    dear, and stops none. Source: altcha.org/docs/v2 and the packages ``altcha`` on PyPI and npm, both MIT.

    Args:
        hmac_key: at least 32 random characters, for nothing else. Whoever has it needs to solve nothing.
        script_url: where the site serves the widget: of version 3 of the npm package the file
            ``dist/main/altcha.i18n.umd.min.cjs``, under a name that ends in ``.js``. Empty: pages show none.
        cost: iterations of PBKDF2 for one try of the browser, and for one check of ours.
        tries: how many tries a solution takes at most; at least half as many.
    """

    parameter = "altcha"

    def __init__(self, *, hmac_key: str = "", script_url: str = "", cost: int = 5_000, tries: int = 10_000) -> None:
        self.hmac_key, self.script_url = hmac_key, script_url
        self.cost, self.tries = cost, tries

    def challenge(self, action: str) -> dict[str, Any]:
        """Return a challenge as the widget takes it, for an action, good for ten minutes.

        The counter to find is drawn beforehand: the work is bounded on both sides, and there is one solution.
        """
        half = self.tries // 2
        made = self._library().create_challenge(
            ALGORITHM,
            self.cost,
            counter=half + secrets.randbelow(self.tries - half),
            expires_at=int(time.time()) + LIFETIME,
            data={"action": action},
            hmac_secret=self.hmac_key,
        )
        return dict(made.to_dict())

    def verify(self, solution: Solution) -> None:
        """See the port. No second key is used for a faster check: a check costs one try of the browser's."""
        require_token(solution.token)
        library = self._library()
        result = library.verify_solution(solution.token, self.hmac_key)
        if not result.verified:
            raise Rejected(_reason(result))
        _require_ours(library.Payload.from_base64(solution.token).challenge.parameters, solution.action)

    def identity(self, solution: Solution) -> str:
        """Return the signature of the challenge.

        Not the token: the same solution can be written with other spaces, another order, another ``time``, or
        characters that base64 passes over, and would be new each time.
        """
        return str(self._library().Payload.from_base64(solution.token).challenge.signature)

    def widget(self, action: str, language: str) -> Widget | None:
        """Return the widget with its challenge in it, so that the page fetches nothing.

        Its style comes by the script, which takes over the nonce that the page gives to the ``script`` element.
        """
        if not self.script_url:
            return None
        parts = urlsplit(self.script_url)
        return Widget(
            script=self.script_url,
            element="altcha-widget",
            is_custom=True,
            attributes={"challenge": json.dumps(self.challenge(action)), "language": tag_of(language).lower()},
            field="altcha",
            sources={
                "script-src": (f"{parts.scheme}://{parts.netloc}" if parts.netloc else "'self'",),
                "worker-src": ("blob:",),
            },
        )

    def problems(self) -> Iterable[str]:
        if len(self.hmac_key) < LEAST_KEY:
            yield f"hmac_key has fewer than {LEAST_KEY} characters."
        if self.cost < 1 or self.tries < 2:
            yield "cost is less than 1, or tries less than 2."
        try:
            import altcha  # noqa: F401
        except ImportError:
            yield "the package altcha is missing: install the extra [altcha]."

    def _library(self) -> Any:
        """The package, where it can be used: without a key it would sign nothing, and take what is not signed."""
        if len(self.hmac_key) < LEAST_KEY:
            raise Unavailable("the option hmac_key is too short")
        try:
            import altcha  # the extra [altcha] brings it
        except ImportError:
            raise Unavailable("the package altcha is missing") from None
        return altcha


def _reason(result: "VerifySolutionResult") -> str:
    if result.expired:
        return "the challenge has expired"
    if result.invalid_signature:
        return "the challenge is not one of ours"
    return "this is no solution"


def _require_ours(parameters: "ChallengeParameters", action: str) -> None:
    """Raise ``Rejected`` unless ``challenge`` made it for this: another form of the site may share the key."""
    if not parameters.expires_at or parameters.expires_at > time.time() + LIFETIME:
        raise Rejected("the challenge is good for longer than ours are")
    if not isinstance(parameters.data, dict) or parameters.data.get("action") != action:
        raise Rejected("solved for something else")
