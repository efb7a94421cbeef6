"""What can be wrong with the options of the generic HTTP backends."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .adapters import TIMEOUT_HINT, is_timeout
from .base import SMS, Call
from .filling import names_of, placeholders_in

if TYPE_CHECKING:
    from .templated_http import TemplatedHTTPBackend

METHODS = ("POST", "GET", "PUT")
ENCODINGS = ("json", "form")
PATH = re.compile(r"[^.\s]+(\.[^.\s]+)*")
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)  # RFC 9110, 5.1
HEADER_VALUE = re.compile(r"[\x21-\x7e\xa0-\xff]([\x20-\x7e\xa0-\xff\t]*[\x21-\x7e\xa0-\xff])?")
# Of all placeholders those that nobody outside writes: a header is no place for a text or a name.
IN_HEADERS = {"reference", "kind"}

Problem = tuple[str, str]


def problems(backend: "TemplatedHTTPBackend", kind: type[SMS] | type[Call]) -> Iterator[Problem]:
    """Yield the name of each option that is wrong, and what to give in its place."""
    yield from _with_address(backend.url, names_of(kind))
    yield from _with_headers(backend.headers)
    yield from _with_body(backend, names_of(kind))
    yield from _with_reading(backend)
    if not isinstance(backend.sender, str):
        yield "sender", "Give it as text."
    if backend.method not in METHODS:
        yield "method", f"Give one of {', '.join(METHODS)}."
    if backend.auth is not None and not _is_pair(backend.auth):
        yield "auth", 'Give it as ("user", "password").'
    if not is_timeout(backend.timeout):
        yield "timeout", TIMEOUT_HINT


def _with_address(url: Any, names: set[str]) -> Iterator[Problem]:
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and "{" not in parts.netloc
    except ValueError:
        usable = False
    if not usable:
        yield "url", 'Give it OPTIONS: {"url": "https://…"}, with placeholders in its path and query only.'
    elif unknown := placeholders_in(url) - names:
        yield "url", _told(unknown, names)


def _with_headers(headers: Any) -> Iterator[Problem]:
    if not isinstance(headers, dict) or not all(map(_is_header, headers.items())):
        yield "headers", "Give a dict of names and values of one line each."
    elif unknown := placeholders_in(headers) - IN_HEADERS:
        yield "headers", _told(unknown, IN_HEADERS)


def _with_body(backend: "TemplatedHTTPBackend", names: set[str]) -> Iterator[Problem]:
    body = backend.body
    if backend.encoding not in ENCODINGS:
        yield "encoding", f"Give one of {', '.join(ENCODINGS)}."
    if body is None:
        return
    if not isinstance(body, dict) or not _is_json(body):
        yield "body", "Give a dict of texts, numbers, booleans, lists and dicts."
    elif backend.method == "GET":
        yield "body", "GET has none: put the placeholders into the url."
    elif backend.encoding == "form" and not all(isinstance(value, str | int) for value in body.values()):
        yield "body", "A form has no dicts and no lists: give texts and numbers."
    elif unknown := placeholders_in(body) - names:
        yield "body", _told(unknown, names)


def _with_reading(backend: "TemplatedHTTPBackend") -> Iterator[Problem]:
    ok = backend.ok
    if not _is_path(backend.id_path):
        yield "id_path", 'Give a path such as "messages.0.id".'
    if backend.error_path != "" and not _is_path(backend.error_path):
        yield "error_path", 'Give a path such as "messages.0.error".'
    if ok is not None and not (
        isinstance(ok, dict) and set(ok) == {"path", "values"} and _is_path(ok["path"]) and _are_texts(ok["values"])
    ):
        yield "ok", 'Give it as {"path": "status", "values": ["0", "ok"]}; the values are compared as texts.'
    if not isinstance(backend.permanent, list | tuple | set) or not all(map(_is_permanent, backend.permanent)):
        yield "permanent", 'Give a list of statuses and errors, such as [400, "invalid_number"].'


def _told(unknown: set[str], names: set[str]) -> str:
    return f"Unknown: {', '.join(sorted(unknown))}. There are: {', '.join(sorted(names))}."


def _is_header(item: tuple[Any, Any]) -> bool:
    return all(isinstance(part, str) for part in item) and bool(
        HEADER_NAME.fullmatch(item[0]) and HEADER_VALUE.fullmatch(item[1])
    )


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_json, value))
    return value is None or isinstance(value, str | int | float)


def _is_path(path: Any) -> bool:
    return isinstance(path, str) and PATH.fullmatch(path) is not None


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(part, str) for part in pair)


def _are_texts(values: Any) -> bool:
    return isinstance(values, list | tuple) and bool(values) and all(isinstance(value, str) for value in values)


def _is_permanent(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and 300 <= value < 600)
