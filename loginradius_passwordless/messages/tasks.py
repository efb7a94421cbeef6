"""The task that has a message sent by the site's task engine. It only says "look": the outbox holds what there is.

Django has tasks since 6.0; before that the package django-tasks brings them, with the extra ``[tasks]``.
"""

from typing import Any

from ..models import Message
from .delivery import deliver

try:
    from django.tasks import task
except ImportError:
    from django_tasks import task  # type: ignore[no-redef]  # the same, before Django 6


@task()
def look_at(pk: int) -> None:
    """Send one message if it is due, and come back when the next try is."""
    if not deliver(pk):
        _come_back(pk)


def enqueue(pk: int) -> None:
    """Have an engine look at a message."""
    look_at.enqueue(pk)


def _come_back(pk: int) -> None:
    """Where the engine can wait. Elsewhere the next try is the worker's: ``send_messages``, from cron or in a loop."""
    due_at: Any = Message.objects.waiting_until(pk)
    if due_at and look_at.get_backend().supports_defer:
        look_at.using(run_after=due_at).enqueue(pk)
