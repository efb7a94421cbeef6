"""Reads what SDKs really send: names in any case, JSON under any content type, plus signs that became blanks."""

import json
import unicodedata
from collections import Counter
from typing import Any

from django.core.exceptions import SuspiciousOperation
from rest_framework.request import Request

from .. import errors
from ..visitors import plain

MAX_BODY = 64 * 1024
MAX_VALUE = 4096  # the solutions of CAPTCHAs are the longest


def read(request: Request) -> dict[str, Any]:
    """Return query and body as one dict of plain names: lower case, without dashes and underscores.

    Raises:
        InvalidParameter: for a name that comes twice with different values, and for control characters.
        InvalidPostBody, InvalidPutBody: for a body that is no JSON object, or larger than 64 kB.
    """
    parameters: dict[str, Any] = {}
    for name, value in [*_query(request), *_body(request)]:
        _check(name, value)
        if parameters.setdefault(plain(name), value) != value:
            raise errors.InvalidParameter(name)
    return parameters


def _query(request: Request) -> list[tuple[str, Any]]:
    try:
        lists = request._request.GET.lists()
    except SuspiciousOperation as error:
        raise errors.InvalidParameter("query string") from error
    pairs = []
    for name, values in lists:
        if len(values) != 1:
            raise errors.InvalidParameter(name)
        pairs.append((name, values[0]))
    _refuse_repeated(pairs)
    return pairs


def _body(request: Request) -> list[tuple[str, Any]]:
    invalid = errors.InvalidPutBody if request.method == "PUT" else errors.InvalidPostBody
    if _length(request) > MAX_BODY:
        raise invalid
    raw = request._request.body.strip()
    if len(raw) > MAX_BODY:  # sent in chunks, without a length
        raise invalid
    if not raw or raw == b'""' or request.method in {"GET", "HEAD"}:
        return []
    try:
        body = json.loads(raw, object_pairs_hook=_pairs)
    except (ValueError, RecursionError) as error:
        raise invalid from error
    if not isinstance(body, Pairs):
        raise invalid
    return list(body)


class Pairs(list[tuple[str, Any]]):
    """A JSON object as it was written, repeated names included."""


def _pairs(pairs: list[tuple[str, Any]]) -> Pairs:
    _refuse_repeated(pairs)
    return Pairs(pairs)


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> None:
    counts = Counter(plain(name) for name, _value in pairs)
    for name, count in counts.items():
        if count > 1:
            raise errors.InvalidParameter(name)


def _check(name: str, value: Any) -> None:
    if isinstance(value, str) and (len(value) > MAX_VALUE or any(_is_control(char) for char in value)):
        raise errors.InvalidParameter(name)


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cs"}


def _length(request: Request) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
