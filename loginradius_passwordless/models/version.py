"""What templates said before, and what is not sent yet."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .database import Now
from .message import Message


class Version(models.Model):
    """What a template said at one time: by whom, when, and why. Never changed."""

    number = models.PositiveIntegerField(_("version"))
    content = models.JSONField(_("content"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    author_name = models.CharField(_("author"), max_length=150, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("saved"), db_default=Now())
    published_at = models.DateTimeField(_("published"), null=True)
    published_by = models.CharField(_("published by"), max_length=150, blank=True)
    trial = models.ForeignKey(Message, models.SET_NULL, null=True, related_name="+")

    class Meta:
        abstract = True
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number}"

    def parts(self, empty: Mapping[str, Any]) -> dict[str, Any]:
        """Return what this version holds, of each part what it is of ``empty`` where it has none of that type."""
        held = self.content if isinstance(self.content, dict) else {}
        return {
            name: _whole(held[name]) if type(held.get(name)) is type(value) else value for name, value in empty.items()
        }


def _whole(value: Any) -> Any:
    """Leave out half of a character, which JSON can hold and no message."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
