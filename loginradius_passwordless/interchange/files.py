"""Our own files. A template is a few of them side by side, so that git shows what changed in which part.

FOLDER/settings.json                           the settings of kinds
FOLDER/email/one_touch_login/default.de.json   name, subject, sender
                             default.de.html   the HTML part
                             default.de.txt    the text part
FOLDER/sms/one_touch_login/default.de.json     name, voice
                           default.de.txt      the SMS
                           default.de.voice.txt
"""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CharField

from ..catalog import MESSAGES, MessageKind
from ..models import MessageSettings
from ..models.template import spelled
from .entries import MODELS, SETTINGS, Entry, InvalidFile, published, settings_of_kinds

# Which part of a template is a file of its own, and how that ends.
PARTS = {
    "email": {"text": ".txt", "html": ".html"},
    "sms": {"text": ".txt", "voice_text": ".voice.txt"},
}
LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,16}", re.ASCII)
PLAIN = re.compile(r"[A-Za-z0-9_-]{1,60}", re.ASCII)


def write_folder(folder: Path) -> list[str]:
    """Write all that is published, and remove what was written earlier and is no more; return what was written.

    Raises ``InvalidFile`` for a row that no file can hold.
    """
    files: dict[Path, str] = {folder / "settings.json": _json(settings_of_kinds())}
    taken: set[str] = set()
    entries = published()
    for entry in entries:
        if (entry.kind, entry.channel) not in MESSAGES:
            raise InvalidFile(f"{entry}: its kind is none")
        if not LANGUAGE.fullmatch(entry.language):  # somebody wrote it past the admin, and it becomes part of a path
            raise InvalidFile(f"{entry}: its language is none")
        stem = folder / entry.channel / entry.kind / f"{_stem(entry, taken)}.{entry.language}"
        parts = PARTS[entry.channel]
        about = {name: value for name, value in entry.content.items() if name not in parts}
        files[_with(stem, ".json")] = _json({"name": entry.name, "enabled": entry.is_enabled, **about})
        for name, ending in parts.items():
            if entry.content[name]:
                files[_with(stem, ending)] = entry.content[name] + "\n"
    ours = set(_ours(folder))
    if linked := [file for file in files if _is_linked(file, folder)]:
        raise InvalidFile(f"{linked[0]}: it is a link to somewhere else")
    for stale in ours - set(files):
        stale.unlink()
    for file, text in sorted(files.items()):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return [str(entry) for entry in entries]


def read_folder(folder: Path) -> tuple[list[Entry], dict[str, dict[str, Any]] | None]:
    """Return the templates of a folder, and the settings of kinds, None where it has none. Raises ``InvalidFile``."""
    entries = [_read(file) for file in sorted(_ours(folder)) if file.suffix == ".json"]
    if len({entry.key for entry in entries}) < len(entries):
        raise InvalidFile(f"{folder}: two files are about the same template")
    settings = folder / "settings.json"
    return entries, _settings(settings) if settings.exists() else None


def _read(file: Path) -> Entry:
    channel, kind, language = file.parts[-3], file.parts[-2], spelled(file.stem.rpartition(".")[2])
    model = MODELS[channel]
    about = _object(file)
    name, is_enabled = about.pop("name", None), about.pop("enabled", True)
    if not isinstance(name, str) or not name or not isinstance(is_enabled, bool) or not LANGUAGE.fullmatch(language):
        raise InvalidFile(f"{file}: it needs a name, and a language in its file's name")
    empty = model.nothing()
    if unknown := set(about) - (set(empty) - set(PARTS[channel])):
        raise InvalidFile(f"{file}: unknown: {', '.join(sorted(unknown))}")
    if wrong := [part for part, value in about.items() if type(value) is not type(empty[part])]:
        raise InvalidFile(f"{file}: of the wrong type: {', '.join(wrong)}")
    stem = file.with_name(file.name.removesuffix(".json"))
    texts = {part: _text(_with(stem, ending)) for part, ending in PARTS[channel].items()}
    return Entry(channel, kind, name, language, {**empty, **about, **texts}, is_enabled, source=str(file))


def _settings(file: Path) -> dict[str, dict[str, Any]]:
    found = _object(file)
    for kind, values in found.items():
        if kind not in MessageKind.values or not isinstance(values, dict) or set(values) != set(SETTINGS):
            raise InvalidFile(f"{file}: {kind} needs exactly {', '.join(SETTINGS)}")
        for name, value in values.items():
            column = MessageSettings._meta.get_field(name)
            kinds = (str,) if isinstance(column, CharField) else (int, type(None)) if column.null else (int,)
            if type(value) not in kinds:
                raise InvalidFile(f"{file}: {kind}: of the wrong type: {name}")
        try:
            MessageSettings(kind=kind, **values).full_clean(validate_unique=False)
        except ValidationError as error:
            raise InvalidFile(f"{file}: {kind}: {'; '.join(error.messages)}") from error
    return found


def _ours(folder: Path) -> Iterator[Path]:
    """The files of this layout; whatever else is in the folder is not ours to read or to remove."""
    for kind, channel in MESSAGES:
        if channel in PARTS:
            endings = (".json", *PARTS[channel].values())
            if _is_linked(folder / channel / kind, folder):
                raise InvalidFile(f"{folder / channel / kind}: it is a link to somewhere else")
            yield from (file for file in (folder / channel / kind).glob("*") if file.name.endswith(endings))


def _is_linked(file: Path, folder: Path) -> bool:
    """Tell whether a path below the folder leads out of it, or anywhere but where its name says."""
    return any(each.is_symlink() for each in (file, *file.parents) if each != folder and folder in each.parents)


def _stem(entry: Entry, taken: set[str]) -> str:
    """A file name for a template's name: as it is where that is one, also where file names have no case."""
    digest = hashlib.sha256(entry.name.encode()).hexdigest()[:8]
    plain = entry.name if PLAIN.fullmatch(entry.name) else f"{re.sub('[^A-Za-z0-9_-]', '-', entry.name)[:40]}-{digest}"
    key = "/".join((entry.channel, entry.kind, plain, entry.language)).lower()
    if key in taken:
        return f"{plain}-{digest}"
    taken.add(key)
    return plain


def _with(stem: Path, ending: str) -> Path:
    return stem.with_name(stem.name + ending)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _object(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(_text(file))
    except (ValueError, RecursionError) as error:
        raise InvalidFile(f"{file}: {error}") from error
    if not isinstance(found, dict):
        raise InvalidFile(f"{file}: it is no object")
    return found


def _text(file: Path) -> str:
    if file.is_symlink():
        raise InvalidFile(f"{file}: it is a link to somewhere else")
    try:
        # git may have written the line ends of the system that it runs on.
        return file.read_bytes().decode().replace("\r\n", "\n").removesuffix("\n") if file.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFile(f"{file}: {type(error).__name__}") from error
