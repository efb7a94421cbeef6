"""The page that Prometheus reads."""

import os

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from ..conf import conf
from .outbox_collector import OutboxCollector


@transaction.non_atomic_requests  # a database that does not answer must not take the counters with it
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with everything in the registry to whoever has ``METRICS_TOKEN``; without that setting to nobody.

    How many people sign in, and which codes are being guessed at, is nobody's business. There is no way to open it by
    address: behind a proxy all visitors have the proxy's.
    """
    if not conf.METRICS_TOKEN:
        raise Http404
    if not _is_allowed(request):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"})
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(_registry()), headers={"Content-Type": content_type, "Cache-Control": "no-store"})


def _is_allowed(request: HttpRequest) -> bool:
    scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and constant_time_compare(token.strip(), conf.METRICS_TOKEN)


def _registry() -> CollectorRegistry:
    """What this process counted; in prometheus-client's multiprocess mode what all of this host's did.

    In that mode only counts come from files, so the outboxes are added: they are the same from everywhere.
    """
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(OutboxCollector())
    return registry
