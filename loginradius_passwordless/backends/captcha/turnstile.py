"""Cloudflare Turnstile."""

from collections.abc import Mapping
from typing import Any

from .base import Solution, Widget
from .siteverify import SiteVerifyBackend, require_action, tag_of

HOME = "https://challenges.cloudflare.com"


class CaptchaBackend(SiteVerifyBackend):
    """Compares the action as well, which Cloudflare protects from change.

    Source: developers.cloudflare.com/turnstile. No ``idempotency_key`` is sent: all it does is to have a token taken
    a second time, and we ask once.

    Args:
        site_key, secret, hosts, timeout: see ``SiteVerifyBackend``.
    """

    parameter = "cfturnstileresponse"
    verify_url = f"{HOME}/turnstile/v0/siteverify"
    test_keys = frozenset(
        {
            "1x00000000000000000000AA",
            "2x00000000000000000000AB",
            "1x00000000000000000000BB",
            "2x00000000000000000000BB",
            "3x00000000000000000000FF",
            "1x0000000000000000000000000000000AA",
            "2x0000000000000000000000000000000AA",
            "3x0000000000000000000000000000000AA",
        }
    )

    def judge(self, verdict: Mapping[str, Any], solution: Solution) -> None:
        super().judge(verdict, solution)
        require_action(verdict, solution.action)

    def widget(self, action: str, language: str) -> Widget:
        """Return the widget; an action has at most 32 letters, digits, dashes and underscores."""
        attributes = {"data-sitekey": self.site_key, "data-language": tag_of(language), "data-theme": "auto"}
        return Widget(
            script=f"{HOME}/turnstile/v0/api.js",
            element="cf-turnstile",
            attributes=attributes | ({"data-action": action} if action else {}),
            field="cf-turnstile-response",
            sources={"script-src": (HOME,), "frame-src": (HOME,)},
        )
