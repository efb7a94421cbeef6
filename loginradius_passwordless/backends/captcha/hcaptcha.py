"""hCaptcha."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from .base import Solution, Widget
from .siteverify import OUR_FAULTS, SiteVerifyBackend, require_fresh, require_host, tag_of

# The vendor asks not to name subdomains: they change, and differ by region.
SOURCES = ("https://hcaptcha.com", "https://*.hcaptcha.com")
# What it says in place of the host while a site is under unusual load.
UNTOLD = "not-provided"


class CaptchaBackend(SiteVerifyBackend):
    """Posts the site key too, so that hCaptcha itself refuses what was solved for another.

    Source: docs.hcaptcha.com. ``sitekey-secret-mismatch`` and ``not-using-dummy-passcode`` are rejections, although
    they may mean that our own keys do not match: a token of another site causes them as well.

    Args:
        site_key, secret, hosts, timeout: see ``SiteVerifyBackend``.
    """

    parameter = "hcaptcharesponse"
    verify_url = "https://api.hcaptcha.com/siteverify"
    our_faults = OUR_FAULTS | {"missing-remoteip", "invalid-remoteip"}
    test_keys = frozenset(
        {
            "10000000-ffff-ffff-ffff-000000000001",
            "20000000-ffff-ffff-ffff-000000000002",
            "30000000-ffff-ffff-ffff-000000000003",
            "0x0000000000000000000000000000000000000000",
        }
    )

    def form(self, solution: Solution) -> dict[str, str]:
        return {**super().form(solution), "sitekey": self.site_key}

    def judge(self, verdict: Mapping[str, Any], solution: Solution) -> None:
        """Compare the host where one is told.

        Under load hCaptcha tells none. To reject that would close the site to everybody just while it is attacked;
        that the solution is ours is held by the site key, which was compared.
        """
        require_fresh(verdict)
        if verdict.get("hostname") != UNTOLD:
            require_host(verdict, solution.hosts | self.hosts)

    def widget(self, action: str, language: str) -> Widget:
        return Widget(
            script=f"https://js.hcaptcha.com/1/api.js?{urlencode({'hl': tag_of(language)})}",
            element="h-captcha",
            attributes={"data-sitekey": self.site_key},
            field="h-captcha-response",
            sources=dict.fromkeys(("script-src", "frame-src", "style-src", "connect-src"), SOURCES),
        )
