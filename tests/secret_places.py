"""Where a secret could turn up that it is not meant for. Whoever adds a place where texts are kept or shown adds it here.

A place is a generator of texts, each with a name, given the world that the secrets went through. To search another one,
such as the bodies of webhooks, write one more function and put it into ``PLACES``.
"""

import logging
import traceback
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import reverse

from loginradius_passwordless.models import WebhookDelivery

APP = "loginradius_passwordless"
OURS = apps.get_app_config(APP)
ROWS_PER_PAGE_OF_ADMIN = 6
Text = tuple[str, str]


class Everything(logging.Handler):
    """Keeps what any logger says at any level: as a text log has it, and with what was added, as a JSON log has it."""

    usual = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request"}

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[Text] = []

    def emit(self, record: logging.LogRecord) -> None:
        added = {name: value for name, value in vars(record).items() if name not in self.usual}
        trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self.texts.append((f"log of {record.name}", f"{record.getMessage()} {added} {trace}"))


class Recording(Client):
    """A client that keeps every answer, redirects included."""

    def __init__(self, world: "Any", **options: Any) -> None:
        super().__init__(**options)
        self.world = world

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        name = f"answer {len(self.world.answers)} to {request['REQUEST_METHOD']} {request['PATH_INFO']}"
        self.world.answers.append((name, f"{head}\n{answer.cookies.output()}\n{body.decode()}"))
        answer.name = name
        return answer


def answers(world: Any) -> Iterator[Text]:
    """Every HTTP answer that somebody got while the secrets went round."""
    yield from list(world.answers)


def messages(world: Any) -> Iterator[Text]:
    """Every mail, text and call. A link or a code is meant for one of them."""
    yield from world.messages()


def logs(world: Any) -> Iterator[Text]:
    """What all loggers said, Django's and those of the libraries included."""
    yield from world.log.texts


def admin_pages(world: Any) -> Iterator[Text]:
    """Every list of the admin, the pages to add, and of each table the change pages of some rows, as a superuser."""
    client = Client()
    client.force_login(world.superuser)
    for model, page in admin.site._registry.items():
        if model._meta.app_label != APP:
            continue
        name = f"admin:{APP}_{model._meta.model_name}"
        keys = list(model._default_manager.order_by("-pk").values_list("pk", flat=True)[:ROWS_PER_PAGE_OF_ADMIN])
        addresses = [reverse(f"{name}_changelist"), f"{reverse(f'{name}_changelist')}?q=alice"]
        addresses += [reverse(f"{name}_{view}", args=[key]) for key in keys for view in ("change", "history")]
        addresses += [reverse(f"{name}_add")]
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code in {200, 302, 403}, (address, page)
            yield f"admin page {address}", answer.content.decode()


def webhooks(world: Any) -> Iterator[Text]:
    """What endpoints are told, as it is sent to them."""
    for row in WebhookDelivery.objects.all():
        yield f"webhook {row.hook}", row.read().decode()


def metrics(world: Any) -> Iterator[Text]:
    """What Prometheus reads."""
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {world.metrics_token}"})
    assert answer.status_code == 200
    yield "metrics", answer.content.decode()


def representations(world: Any) -> Iterator[Text]:
    """How rows and messages show themselves, in a shell or a trace."""
    for model in OURS.get_models():
        for row in model._default_manager.all():
            yield f"repr of a {model.__name__}", f"{row!r} {row}"
    for message in world.sent:
        yield "repr of a message", repr(message)


def tables(world: Any) -> Iterator[Text]:
    """The tables of this app, as a dump shows them."""
    with connection.cursor() as cursor:
        for model in OURS.get_models():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
            yield f"table {model._meta.db_table}", "\n".join(_shown(row) for row in cursor.fetchall())


def _shown(row: tuple[Any, ...]) -> str:
    plain = (bytes(value) if isinstance(value, memoryview) else value for value in row)
    return " ".join(value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in plain)


PLACES = [answers, messages, webhooks, logs, admin_pages, metrics, representations, tables]
