"""Where providers report what became of messages: no SDK calls this, and nobody who cannot sign is heard."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from .. import errors
from ..addresses import page_address
from ..flows import reports
from ..flows.reports import Callback
from .parameters import MAX_BODY


@method_decorator([csrf_exempt, transaction.non_atomic_requests], name="dispatch")
class ReportView(View):
    """The address that a provider calls: ``delivery/sms/<name of the provider>/``."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, channel: Any, name: str) -> HttpResponse:
        """Take a report in the query: some providers send them so. It is signed like any other."""
        return self.post(request, channel, name)

    def post(self, request: HttpRequest, channel: Any, name: str) -> HttpResponse:
        """Take a report."""
        try:
            body = request.read(MAX_BODY + 1)
        except UnreadablePostError:  # it hung up
            return HttpResponse(status=400)
        if len(body) > MAX_BODY:
            return HttpResponse(status=413)
        try:
            is_theirs = reports.take(channel, name, self._callback(request, body, channel, name))
        except errors.NotFound:
            return HttpResponse(status=404)
        except errors.ServerError:
            return HttpResponse(status=503)
        return HttpResponse(status=200 if is_theirs else 403)

    def _callback(self, request: HttpRequest, body: bytes, channel: str, name: str) -> Callback:
        """Return the request as it was signed: the host comes from our settings, as a proxy may have changed it."""
        query = request.META.get("QUERY_STRING", "")
        is_form = request.content_type == "application/x-www-form-urlencoded"
        form = QueryDict(body, encoding="utf-8") if is_form else QueryDict()
        return Callback(
            method=str(request.method),
            url=f"{page_address('delivery-report', channel=channel, name=name)}{'?' if query else ''}{query}",
            query=request.GET.dict(),
            form=form.dict(),
            headers=request.headers,
            body=body,
        )
