"""Google's reCAPTCHA: version 2, which people solve, and version 3, which gives a score."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from .base import Rejected, Solution, Unavailable, Widget
from .siteverify import TIMEOUT, SiteVerifyBackend, require_action, tag_of

FIELD = "g-recaptcha-response"
# A token is good for two minutes and once, so that none is asked for before the form is sent.
SCORE_ON_SUBMIT = f"""(place) => new Promise((resolve, reject) => grecaptcha.ready(() =>
  grecaptcha.execute(place.dataset.sitekey, {{ action: place.dataset.action }}).then(
    (token) => resolve({{ "{FIELD}": token }}), reject)))"""


class GoogleBackend(SiteVerifyBackend):
    """What both versions share.

    Source: developers.google.com/recaptcha/docs/verify and /docs/faq. Not for keys of reCAPTCHA Enterprise that are
    checked by ``createAssessment``.

    Args:
        base_url: ``https://www.recaptcha.net/recaptcha`` for people who cannot reach google.com, as in China.
        site_key, secret, hosts, timeout: see ``SiteVerifyBackend``. Of an app for Android no host is told.
    """

    parameter = "grecaptcharesponse"
    other_parameters = ("googlerecaptcharesponse",)
    test_keys = frozenset({"6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI", "6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe"})

    def __init__(
        self,
        *,
        site_key: str = "",
        secret: str = "",
        hosts: Collection[str] = (),
        base_url: str = "https://www.google.com/recaptcha",
        timeout: float = TIMEOUT,
    ) -> None:
        super().__init__(site_key=site_key, secret=secret, hosts=hosts, timeout=timeout)
        self.base_url = base_url.rstrip("/")
        self.verify_url = f"{self.base_url}/api/siteverify"

    def sources(self) -> dict[str, tuple[str, ...]]:
        """Return what a page must allow for either version."""
        ours, statics = f"{self.base_url}/", "https://www.gstatic.com/recaptcha/"
        if (urlsplit(self.base_url).hostname or "").endswith("recaptcha.net"):
            return {"script-src": (ours, statics, "https://www.gstatic.cn/recaptcha/"), "frame-src": (ours,)}
        return {"script-src": (ours, statics), "frame-src": (ours, "https://recaptcha.google.com/recaptcha/")}


class CaptchaBackend(GoogleBackend):
    """Version 2, the checkbox and the invisible one. It knows no actions, so none is compared."""

    def judge(self, verdict: Mapping[str, Any], solution: Solution) -> None:
        super().judge(verdict, solution)
        if "score" in verdict:  # version 3 succeeds for programs too, and tells it by the score alone
            raise Unavailable("these keys are of version 3: use ScoreCaptchaBackend")

    def widget(self, action: str, language: str) -> Widget:
        """Return the checkbox."""
        return Widget(
            script=f"{self.base_url}/api.js?{urlencode({'hl': tag_of(language)})}",
            element="g-recaptcha",
            attributes={"data-sitekey": self.site_key},
            field=FIELD,
            sources=self.sources(),
        )


class ScoreCaptchaBackend(GoogleBackend):
    """Version 3: nobody is asked anything, and what counts is the score.

    Args:
        least_score: from 0.0, a program for certain, to 1.0, a person for certain.
        site_key, secret, hosts, base_url, timeout: see ``GoogleBackend``.
    """

    def __init__(self, *, least_score: float = 0.5, **options: Any) -> None:
        super().__init__(**options)
        self.least_score = least_score

    def judge(self, verdict: Mapping[str, Any], solution: Solution) -> None:
        super().judge(verdict, solution)
        require_action(verdict, solution.action)
        score = verdict.get("score")
        if isinstance(score, bool) or not isinstance(score, int | float) or not self.least_score <= score <= 1:
            raise Rejected(f"a score of {score}" if isinstance(score, float) else "no score that counts")

    def widget(self, action: str, language: str) -> Widget:
        """Return what asks for a score when the form is sent, beside Google's badge in the corner."""
        return Widget(
            script=f"{self.base_url}/api.js?{urlencode({'render': self.site_key, 'hl': tag_of(language)})}",
            element="score",  # no name that Google's script looks for: it would show a checkbox there
            attributes={"data-sitekey": self.site_key, "data-action": action},
            field=FIELD,
            sources=self.sources(),
            on_submit=SCORE_ON_SUBMIT,
        )

    def problems(self) -> Iterable[str]:
        yield from super().problems()
        if isinstance(self.least_score, bool) or not isinstance(self.least_score, int | float):
            yield "least_score is no number."
        elif not 0 < self.least_score <= 1:
            yield "least_score does not lie between 0 and 1."
