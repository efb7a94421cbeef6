"""A template outside of the database, compared with the one inside and put in its place."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from ..catalog import MessageChannel
from ..models import EmailTemplate, MessageSettings, SMSTemplate
from ..models.database import in_transaction

MODELS: dict[str, type[EmailTemplate] | type[SMSTemplate]] = {
    MessageChannel.EMAIL: EmailTemplate,
    MessageChannel.SMS: SMSTemplate,
}
SETTINGS = (
    "email_default", "sms_default", "request_limit", "disable_period", "code_lifetime", "link_lifetime", "code_length",
    "code_type",
)  # fmt: skip


class InvalidFile(Exception):
    """A file that cannot be read; its text names the file and says why."""


@dataclass(frozen=True)
class Entry:
    """One template, as it is sent."""

    channel: str
    kind: str
    name: str
    language: str
    content: dict[str, Any]
    is_enabled: bool = True
    # Where it comes from, for messages about it.
    source: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.channel} {self.kind} {self.name} ({self.language})"

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is known by."""
        return self.channel, self.kind, self.name, self.language

    def problems(self) -> list[str]:
        """Say why it cannot be sent."""
        texts = [self.name, *(value for value in self.content.values() if isinstance(value, str))]
        if any("\0" in text or re.search("[\ud800-\udfff]", text) for text in texts):
            return ["half a character, or a NUL, is in it"]
        row = MODELS[self.channel](kind=self.kind, name=self.name, language=self.language, **self.content)
        try:
            row.full_clean(validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            return [f"{name}: {text}" for name, texts in error.message_dict.items() for text in texts]
        return []


def published() -> list[Entry]:
    """Return all templates that are sent, in a stable order."""
    found = []
    for channel, model in MODELS.items():
        rows = model.objects.exclude(published=None).order_by("kind", "name", "language")
        found += [Entry(channel, row.kind, row.name, row.language, row.content, row.is_enabled) for row in rows]
    return sorted(found, key=lambda entry: entry.key)


def _is_newest(entry: Entry) -> bool:
    """Tell whether the newest version says this already, published or not."""
    rows = MODELS[entry.channel].objects.filter(kind=entry.kind, name=entry.name, language=entry.language)
    row = rows.first()
    newest = row.version(row.latest) if row else None
    return newest is not None and newest.content == entry.content


def settings_of_kinds() -> dict[str, dict[str, Any]]:
    """Return what staff set, by kind."""
    rows = MessageSettings.objects.order_by("kind")
    return {row.kind: {name: getattr(row, name) for name in SETTINGS} for row in rows}


def differences(entries: Iterable[Entry], settings: dict[str, dict[str, Any]] | None) -> Iterator[str]:
    """Say in what the files and the database differ."""
    theirs, ours = {entry.key: entry for entry in entries}, {entry.key: entry for entry in published()}
    for key in sorted(theirs.keys() | ours.keys()):
        if key not in ours:
            yield f"only in the files: {theirs[key]}"
        elif key not in theirs:
            yield f"only in the database: {ours[key]}"
        elif theirs[key] != ours[key]:
            yield f"different: {ours[key]}"
    have = settings_of_kinds()
    if settings is not None and (have.keys() - settings.keys() or [*_other_settings(have, settings)]):
        yield "different: the settings of kinds"


@in_transaction
def put(entries: Iterable[Entry], settings: dict[str, dict[str, Any]] | None, *, note: str, publish: bool) -> list[str]:
    """Write what differs, each as a version with a note; return what was written.

    What is only in the database stays. Call it with entries that have no ``problems``.
    """
    ours = {entry.key: entry for entry in published()}
    changed = []
    for entry in entries:
        if ours.get(entry.key) == entry:
            continue
        model = MODELS[entry.channel]
        if not publish and _is_newest(entry):
            continue
        row = model.objects.put(entry.kind, entry.name, entry.language, note=note, publish=publish, **entry.content)
        if publish:
            model.objects.filter(pk=row.pk).update(is_enabled=entry.is_enabled)
        changed.append(str(entry))
    for kind in _other_settings(settings_of_kinds(), settings or {}) if publish else ():
        MessageSettings.put(kind, **(settings or {})[kind])
        changed.append(f"settings of {kind}")
    return changed


def _other_settings(have: dict[str, dict[str, Any]], wanted: dict[str, dict[str, Any]]) -> Iterator[str]:
    """The kinds of which other settings are wanted; what is not spoken of stays."""
    return (kind for kind, values in wanted.items() if have.get(kind) != {**have.get(kind, {}), **values})
