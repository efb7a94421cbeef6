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

from .. import faults
from ..errors import PasswordlessError, ServerError
from .problems import problem


# csrf_protect although most sites have the middleware: this page must not depend on it.
# No transaction of the site's around us, for the reason given in api.base.
@method_decorator([csrf_protect, transaction.non_atomic_requests], name="dispatch")
class HostedView(View):
    """One page. Its only style is its own; it loads nothing and is framed by nobody. Most run no script either."""

    runs_script: ClassVar[bool] = False  # one of its own, within the page

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.nonce = secrets.token_urlsafe(16)
        self.form_targets = ["'self'"]
        # The visitor's language, also where the site has no LocaleMiddleware.
        with translation.override(page_language(request)):
            response = self._answer(request, *args, **kwargs)
        response["Content-Security-Policy"] = "; ".join(
            [
                "default-src 'none'",
                "img-src data:",  # the application's logo
                f"style-src 'nonce-{self.nonce}'",
                *([f"script-src 'nonce-{self.nonce}'", "connect-src 'self'"] if self.runs_script else []),
                f"form-action {' '.join(self.form_targets)}",
                "base-uri 'none'",
                "frame-ancestors 'none'",
            ]
        )
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
        shown = {"nonce": self.nonce, "error": error and problem(error), **context}
        headers = error.headers if error else None
        return TemplateResponse(
            self.request, template, shown, status=error.status if error else status, headers=headers
        )

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
