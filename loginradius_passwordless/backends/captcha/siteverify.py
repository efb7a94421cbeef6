"""What Google, hCaptcha and Cloudflare share: a form out, a verdict back, and what has to hold of it."""

import re
from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings

from ..exchange import Answer, NoAnswer, exchange
from .base import BaseCaptchaBackend, Rejected, Solution, Unavailable, Widget
from .tokens import require_token

# Seconds for each phase of an exchange: to connect, and for the first byte of the answer. A verdict is a few hundred
# bytes that come with the first, so that both together bound a check: two seconds, as the port asks.
TIMEOUT = 1.0
MAX_AGE = timedelta(minutes=5)
MAX_SKEW = timedelta(minutes=1)

# Never chosen by whoever sends the token. A code that a foreign token can cause is not among them: where a site lets
# mails through while nobody can be asked, that would be the way around.
OUR_FAULTS = frozenset({"missing-input-secret", "invalid-input-secret", "bad-request", "internal-error"})
# What is repeated of an error: words, never anything that could be a token.
WORDS = re.compile("[A-Za-z -]{1,40}")


class SiteVerifyBackend(BaseCaptchaBackend):
    """Asks a ``siteverify`` address.

    Args:
        site_key: the public key, for the page.
        secret: the key that belongs to it.
        hosts: names on which a solution may have been found, besides those that the caller names.
        timeout: seconds, for connecting and again for the answer.
    """

    verify_url: str
    our_faults: ClassVar[frozenset[str]] = OUR_FAULTS
    # Keys that the vendor published for tests: with them everybody passes.
    test_keys: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self, *, site_key: str = "", secret: str = "", hosts: Collection[str] = (), timeout: float = TIMEOUT
    ) -> None:
        self.site_key, self.secret, self.timeout = site_key, secret, timeout
        self.hosts = frozenset([hosts] if isinstance(hosts, str) else hosts)

    def verify(self, solution: Solution) -> None:
        """See the port. The provider is asked once and never again: it takes a token a single time."""
        require_token(solution.token)
        self.judge(self._ask(solution), solution)

    def form(self, solution: Solution) -> dict[str, str]:
        """Return what is posted."""
        address = {"remoteip": solution.address} if solution.address else {}
        return {"secret": self.secret, "response": solution.token, **address}

    def judge(self, verdict: Mapping[str, Any], solution: Solution) -> None:
        """Raise ``Rejected`` unless what the provider took is fresh, and of one of our sites.

        Where neither the caller nor the options name a host, none is compared: the provider still holds the list of
        those that may show the site key.
        """
        require_fresh(verdict)
        require_host(verdict, solution.hosts | self.hosts)

    @abstractmethod
    def widget(self, action: str, language: str) -> Widget | None: ...

    def problems(self) -> Iterable[str]:
        if not self.site_key or not self.secret:
            yield "it needs the options site_key and secret."
        if not settings.DEBUG and self.test_keys & {self.site_key, self.secret}:
            yield "these keys are the vendor's, published for tests: everybody passes."
        if urlsplit(self.verify_url).scheme != "https":
            yield "the address to ask does not begin with https://, and the secret is sent there."

    def _ask(self, solution: Solution) -> Mapping[str, Any]:
        try:
            answer = exchange("POST", self.verify_url, data=self.form(solution), timeout=self.timeout)
        except NoAnswer as error:
            raise Unavailable(f"no answer ({error})") from error
        return self._verdict_in(answer)

    def _verdict_in(self, answer: Answer) -> Mapping[str, Any]:
        """Return a verdict of success; of everything else, tell whose fault it is.

        A refusal is believed with HTTP 400 as well. To call it an outage would let a malformed token choose.
        """
        verdict = answer.json()
        success = verdict.get("success")
        is_refusal = success is False and (answer.is_good or answer.status == 400)
        if not is_refusal and not (success is True and answer.is_good):
            raise Unavailable(f"no verdict (HTTP {answer.status})")
        codes = error_codes_in(verdict)
        if success and codes:  # over its quota, Google passes everybody, and says so here
            raise Unavailable(f"passed, but with errors: {', '.join(codes)}")
        if self.our_faults & set(codes):
            raise Unavailable(f"refused for our own fault: {', '.join(codes)}")
        if not success:
            raise Rejected(f"refused: {', '.join(codes) or 'no reason given'}")
        return verdict


def error_codes_in(verdict: Mapping[str, Any]) -> list[str]:
    """Return the error codes of a verdict, fit to be shown; raise ``Unavailable`` where they are no list."""
    codes = verdict.get("error-codes") or []
    if not isinstance(codes, list):
        raise Unavailable("no verdict (error-codes is no list)")
    return [code if isinstance(code, str) and WORDS.fullmatch(code) else "unreadable" for code in codes]


def require_fresh(verdict: Mapping[str, Any]) -> None:
    """Raise ``Rejected`` where ``challenge_ts`` is given and not of the last minutes."""
    told = verdict.get("challenge_ts")
    if told is None:
        return
    try:
        moment = datetime.fromisoformat(told)
    except (TypeError, ValueError):
        raise Rejected("solved at a time that cannot be read") from None
    age = datetime.now(UTC) - (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    if not -MAX_SKEW <= age <= MAX_AGE:
        raise Rejected(f"solved {age.total_seconds():.0f} seconds ago")


def require_host(verdict: Mapping[str, Any], hosts: Collection[str]) -> None:
    """Raise ``Rejected`` where hosts are named and ``hostname`` is none of them, or is not there."""
    hostname = verdict.get("hostname")
    if hosts and (not isinstance(hostname, str) or hostname.lower() not in {host.lower() for host in hosts}):
        raise Rejected("solved on another site")


def require_action(verdict: Mapping[str, Any], action: str) -> None:
    """Raise ``Rejected`` where an action is named and the solution is of another, or of none."""
    if action and verdict.get("action") != action:
        raise Rejected("solved for something else")


def tag_of(language: str) -> str:
    """Return a language of Django's as these vendors write it: ``zh-hans`` is ``zh-CN``, ``pt-br`` is ``pt-BR``."""
    language = {"zh-hans": "zh-CN", "zh-hant": "zh-TW"}.get(language.lower(), language)
    name, dash, region = language.partition("-")
    return name.lower() + dash + region.upper()
