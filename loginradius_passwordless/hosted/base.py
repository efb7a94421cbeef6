"""What every hosted page does the same: its headers, its style, its language."""

import secrets
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from django.views.generic import View

from .. import faults
from ..errors import ServerError
from .problems import problem


# csrf_protect although most sites have the middleware: this page must not depend on it.
# No transaction of the site's around us, for the reason given in api.base.
@method_decorator([csrf_protect, transaction.non_atomic_requests], name="dispatch")
class HostedView(View):
    """One page. Its only style is its own; it loads nothing, runs nothing and is framed by nobody."""

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
        except Exception as error:  # noqa: BLE001 - whatever it is, its report must not show the person's link
            faults.report(error, request, self)
            return self.page("problem", problem(ServerError()), status=ServerError.status).render()

    def page(self, name: str, context: dict[str, Any], status: int = 200) -> TemplateResponse:
        """Render one of the hosted templates."""
        template = f"loginradius_passwordless/hosted/{name}.html"
        return TemplateResponse(self.request, template, {"nonce": self.nonce, **context}, status=status)

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
