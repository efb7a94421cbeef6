"""What every endpoint does the same: parse, identify the caller, answer, and turn errors into bodies."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from .. import errors, faults, journal
from ..conf import conf
from ..flows import callers
from ..flows.steps import Caller, Holder, Visitor
from ..visitors import is_browser_visit, plain, visitor_of
from . import parameters
from .fields import keep, parse
from .inputs import TRUE, Input
from .operations import Operation

# The Java SDK takes a success for a failure when its text holds "description", .NET's when it holds "errorCode",
# be it in a customer's name. The same letters as JSON escapes mean the same to every parser.
SDK_TRAPS = re.compile(rb"(d)(?=escription)|(e)(?=rrorcode)", re.IGNORECASE)


class WireRenderer(JSONRenderer):
    """JSON that no SDK mistakes for an error."""

    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        body = super().render(data, accepted_media_type, renderer_context)
        if renderer_context["response"].status_code != 200:
            return body
        return SDK_TRAPS.sub(lambda found: b"\\u%04x" % ord(found[0]), body)


class AlwaysJSON(BaseContentNegotiation):
    """Whatever an SDK says that it accepts, it wants JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return None

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


# A site with ATOMIC_REQUESTS would roll the count of wrong guesses back with the failed request (law 2).
@method_decorator(transaction.non_atomic_requests, name="dispatch")
class FlowView(APIView):
    """One address of the API."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    parser_classes = ()
    renderer_classes = (WireRenderer,)
    content_negotiation_class = AlwaysJSON
    schema = None
    http_method_names = ["get", "post", "put", "delete", "head"]

    # What the OpenAPI document says of each method, by its name in small letters.
    operations: ClassVar[Mapping[str, Operation]] = {}

    # Whether a GET changes something. Such a GET acts for SDKs and scripts only (law 5).
    get_acts: ClassVar[bool] = False
    needs_secret: ClassVar[bool] = False

    caller: Caller

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in self.allowed_methods:
            raise errors.MethodNotAllowed(self.allowed_methods)
        self._check_origin(request)
        self.parameters = parameters.read(request)
        # Read now: an answer that cannot be given must not have spent a token.
        self.selection = parse(self.parameters.get("fields") or "")
        api_key = self._credential("X-LoginRadius-ApiKey", "apikey")
        api_secret = self.secret("X-LoginRadius-ApiSecret", "apisecret")
        caller = self.identify(visitor_of(request._request), api_key)
        if self.needs_secret:
            callers.authorise(caller, api_secret=api_secret)
        asked = request.headers.get("X-PreventWebhook") or self.parameters.get("preventwebhook") or ""
        self.caller = callers.introduce(
            caller,
            api_secret=api_secret,
            parameters=self.parameters,
            prevents_webhooks=str(asked).strip().lower() in TRUE,
        )

    def identify(self, visitor: Visitor, api_key: str) -> Caller:
        """Return the application that calls, and for whom."""
        return callers.identify(visitor, api_key=api_key)

    def read(self, declared: type[Input]) -> dict[str, Any]:
        """Return the declared parameters under their names of ours, ready to be handed to a flow."""
        return declared().to_internal_value(self.parameters)

    def answer(self, body: Mapping[str, Any]) -> Response:
        """Answer 200, projected to what ``fields`` asks for."""
        return Response(keep(body, self.selection))

    def access_token(self) -> str:
        """Return the access token of the request; raise ``MissingAccessToken`` where there is none."""
        token = self._given_token()
        if not token:
            raise errors.MissingAccessToken
        return token

    def holder(self) -> Holder:
        """Return how the customer of this request shows to be signed in; raises what ``access_token`` raises."""
        return Holder(access_token=self.access_token())

    def has_access_token(self) -> bool:
        """Tell whether somebody asks who is signed in, or says so."""
        return bool(self._given_token())

    def _given_token(self) -> str:
        scheme, _blank, token = self.request.headers.get("Authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        if not token and conf.ALLOW_SECRETS_IN_QUERY:
            token = self.parameters.get("accesstoken") or ""
        return token if isinstance(token, str) else "?"

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.get_acts and (
            request.method == "HEAD" or (request.method == "GET" and is_browser_visit(request.headers))
        ):
            return _to_landing_page(request)
        response = super().dispatch(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        return response

    def _check_origin(self, request: Request) -> None:
        """Refuse what the pages of another site make their visitors' browsers send: mails, calls, guesses."""
        origin, site = request.headers.get("Origin", ""), request.headers.get("Sec-Fetch-Site", "")
        acts = self.get_acts or request.method not in SAFE_METHODS
        if not origin or not acts or site == "same-origin":
            return
        if origin != origin_of(conf.PUBLIC_URL) and origin not in callers.allowed_origins():
            raise errors.OriginNotAllowed

    def handle_exception(self, exc: Exception) -> Response:
        error = self._translate(exc)
        self._tell(error)
        response = Response(error_body(error), status=error.status, headers=error.headers)
        response.exception = True
        # Faults are logged in ``faults``; Django would log them once more, with the request and the code in it.
        # And it would warn of every poll of every device that waits.
        setattr(response, "_has_been_logged", True)  # noqa: B010 - Django's own mark, unknown to its types
        return response

    def _tell(self, error: errors.PasswordlessError) -> None:
        """Tell the journal of a refusal; a device that is to wait is not refused."""
        if isinstance(error, errors.LinkNotOpened):
            return
        caller, budget = getattr(self, "caller", None), getattr(error, "budget", "")
        application = caller.application.pk if caller else None
        journal.tell_now("refused", error=error.code, view=type(self).__name__, budget=budget, application=application)

    def _translate(self, exc: Exception) -> errors.PasswordlessError:
        if isinstance(exc, errors.PasswordlessError):
            return exc
        if isinstance(exc, exceptions.MethodNotAllowed):
            return errors.MethodNotAllowed(self.allowed_methods)
        if isinstance(exc, Http404):
            return errors.NotFound()
        faults.report(exc, self.request._request, self)
        return errors.ServerError()

    def _credential(self, header: str, name: str) -> str:
        value = self.request.headers.get(header) or self.parameters.get(name) or ""
        return value if isinstance(value, str) else "?"

    def secret(self, header: str, name: str) -> str:
        """Return a secret of the request; from its header, and from the query only where the site allows that."""
        value = self.request.headers.get(header, "")
        return self._credential(header, name) if conf.ALLOW_SECRETS_IN_QUERY else value


class NotFoundView(FlowView):
    """Everything else under the API's prefix."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise errors.NotFound


def error_body(error: errors.PasswordlessError) -> dict[str, Any]:
    """The body of an error, in English whatever the visitor reads: programs compare it, pages translate it."""
    with translation.override(None):
        return {
            "Description": str(error.description),
            "ErrorCode": error.code,
            "Message": str(error.message),
            "IsProviderError": False,
            "ProviderErrorResponse": None,
            **error.data,
        }


def origin_of(url: str) -> str:
    """Return the web origin of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _to_landing_page(request: Any) -> HttpResponseRedirect:
    names = {"verificationtoken", "vtoken"}
    token = next((value for name, value in request.GET.items() if plain(name) in names), "")
    query = f"?{urlencode({'vtoken': token})}" if token else ""
    response = HttpResponseRedirect(reverse("loginradius_passwordless:link") + query, status=303)
    response["Cache-Control"] = "no-store"
    return response
