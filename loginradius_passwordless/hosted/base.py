"""What every hosted page does the same: its headers, its style, its language."""

import secrets
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.generic import View

from .. import faults, journal
from ..errors import InvalidCaptcha, PasswordlessError, ServerError
from ..flows import steps
from ..flows.steps import Caller
from .problems import problem


# csrf_protect although most sites have the middleware: this page must not depend on it.
# No transaction of the site's around us, for the reason given in api.base.
@method_decorator([csrf_protect, transaction.non_atomic_requests], name="dispatch")
class HostedView(View):
    """One page. Its only style is its own; nobody frames it, and it loads nothing but a CAPTCHA. Most run no script."""

    runs_script: ClassVar[bool] = False  # one of its own, within the page

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.nonce = secrets.token_urlsafe(16)
        self.form_targets = ["'self'"]
        self.captcha: Any = None
        # The visitor's language, also where the site has no LocaleMiddleware.
        with translation.override(page_language(request)):
            response = self._answer(request, *args, **kwargs)
        response["Content-Security-Policy"] = self._policy()
        response["Referrer-Policy"] = "no-referrer"
        response["X-Frame-Options"] = "DENY"
        response["X-Robots-Tag"] = "noindex"
        response["Cache-Control"] = "no-store"
        return response

    def _answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = super().dispatch(request, *args, **kwargs)
            return response.render() if isinstance(response, TemplateResponse) else response
        except (
            BadRequest,
            MultiPartParserError,
            SuspiciousOperation,
            UnreadablePostError,
        ):  # what no browser of a person's sends
            words = {"title": _("This request cannot be read"), "text": _("Go back, and try once more.")}
            return self.page("problem", words, status=400).render()
        except Exception as error:  # noqa: BLE001 - whatever it is, its report must not show the person's link
            faults.report(error, request, self)
            return self.page("problem", problem(ServerError()), status=ServerError.status).render()

    def page(
        self, name: str, context: dict[str, Any], status: int = 200, error: PasswordlessError | None = None
    ) -> TemplateResponse:
        """Render one of the hosted templates; with an error it says what went wrong, and has the error's status."""
        template = f"loginradius_passwordless/hosted/{name}.html"
        shown = {"nonce": self.nonce, "error": error and problem(error), "captcha": self.captcha, **context}
        if code := error.code if error else context.get("code"):
            journal.tell_now("refused", error=int(code), view=type(self).__name__, budget=getattr(error, "budget", ""))
        headers = error.headers if error else None
        return TemplateResponse(
            self.request, template, shown, status=error.status if error else status, headers=headers
        )

    def ask_for_solution(self, caller: Caller, action: str, error: PasswordlessError | None = None) -> None:
        """Show a CAPTCHA on this page if the next start from here needs its solution, or the last one did."""
        language, was_refused = translation.get_language() or "en", isinstance(error, InvalidCaptcha)
        self.captcha = steps.captcha_widget(caller, action, language, was_refused=was_refused)

    def _policy(self) -> str:
        """Return the Content-Security-Policy: what the page has of its own, and what its CAPTCHA says it needs."""
        own = f"'nonce-{self.nonce}'"
        sources: dict[str, list[str]] = {
            "default-src": ["'none'"],
            "img-src": ["data:"],  # the application's logo
            "style-src": [own],
        }
        if self.runs_script or self.captcha:
            sources["script-src"] = [own]
        if self.runs_script:
            sources["connect-src"] = ["'self'"]
        for directive, hosts in (self.captcha.sources if self.captcha else {}).items():
            sources[directive] = [*sources.get(directive, []), *hosts]
        sources |= {"form-action": self.form_targets, "base-uri": ["'none'"], "frame-ancestors": ["'none'"]}
        return "; ".join(f"{directive} {' '.join(allowed)}" for directive, allowed in sources.items())

    def allow_redirect_to(self, url: str) -> None:
        """Let a form of this page end at another site: browsers hold ``form-action`` against redirects too."""
        parts = urlsplit(url)
        if parts.netloc:
            self.form_targets.append(f"{parts.scheme}://{parts.netloc}")
        elif parts.scheme:
            self.form_targets.append(f"{parts.scheme}:")


def page_language(request: HttpRequest) -> str:
    """Return the visitor's language if these pages speak it, else English: no page is half one, half the other."""
    language = translation.get_language_from_request(request)
    with translation.override(language):
        is_spoken = translation.gettext("It's me") != "It's me"
    return language if is_spoken else "en"
