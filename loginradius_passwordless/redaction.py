"""A filter for log handlers that takes secrets out of what others log: addresses with their queries, headers, traces.

The wire has secrets in queries, and web servers, proxies and Django write addresses down. It needs nothing but
Python's own library, so that gunicorn and uvicorn can use it before Django is set up:

"filters": {"redact": {"()": "loginradius_passwordless.redaction.Redact"}}
"""

import copy
import logging
import re
import string
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

GONE = "***"

# As ``api.parameters.plain`` writes names: lower case, no dashes, no underscores; the wire takes them in any spelling.
SECRET_NAMES = frozenset({
    "accesstoken", "altcha", "apikey", "apisecret", "authentication", "authorization", "cfturnstileresponse",
    "clientguid", "code",
    "confirmpassword", "cookie", "csrfmiddlewaretoken", "csrftoken", "currentpassword", "email", "emailid",
    "googlerecaptcharesponse", "grecaptcharesponse", "guid", "hcaptcharesponse", "httpauthorization",
    "httpcookie",
    "httpxloginradiusapikey", "httpxloginradiusapisecret", "httpxloginradiussott", "key", "newpassword",
    "oldpassword", "otp", "password", "password1", "password2", "phone", "phoneid", "proxyauthorization",
    "qqcaptcharandomstring", "qqcaptcharandstr", "qqcaptcharesponse", "qqcaptchaticket", "qqrecaptcharandstr",
    "qqrecaptchaticket", "queryparams", "refreshtoken", "secret", "sessionid", "setcookie", "signature", "sott",
    "token", "username", "verificationtoken", "vtoken", "who", "xcsrftoken", "xloginradiusapikey",
    "xloginradiusapisecret", "xloginradiussott",
})  # fmt: skip

# name=value, of a query or a form; the name may be in brackets, and each letter of it may be percent-encoded.
NAME = re.compile(r"(?<![\w%.-])([\w%.-]{1,100})\]?=")
VALUE = re.compile(r"""\"[^"]*"?|[^&\s"]*""")
DRAWN = re.compile(r"[\w%~+.-]{22,200}={0,2}")
# "name": "value" of JSON and of a dict's repr, 'name': ['value'], (b'name', b'value') of ASGI's headers.
QUOTED = re.compile(
    r"""(?P<mark>["'])(?P<name>[\w%-]{2,100})(?P=mark)(?P<between>\s*+[:,]\s*+(?:[\[(]\s*+)?b?)"""
    r"""(?P<value>"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|[^\s,\]})]+)"""
)
# Name: value, of headers, to the end of the line; outside of headers a colon is just punctuation.
HEADER = re.compile(
    r"(?P<name>(?:http[-_])?(?:proxy[-_]?)?authorization|(?:http[-_])?(?:set[-_]?)?cookie|x[-_]?loginradius[-_]?\w{1,40})"
    r"(?P<between>\s*:\s*)(?P<value>(?!\s)[^\r\n]+)",
    re.IGNORECASE,
)
# A part of a path that nobody would have typed.
SEGMENT = re.compile(r"(?<=/)[\w%~+=.-]{22,}")
UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
RANDOM = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9]|.{32})[\w~+=-]{22,}", re.ASCII)
# Looked for once a word, and not once a letter: of a long word without an escape that would be a matter of seconds.
ESCAPED = re.compile(r"(?<!\S)[^\s%]*%\S*")

# What stays as it is when an address is written with its escapes undone: no blank, no line break, no quotation mark.
READABLE = "".join(set(string.punctuation) - set("\"'\\"))
TIMES_ESCAPED = 3
LONGEST = 100_000

# What a record has of its own, which no secret gets into; and what is handled apart.
OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """Return a text with ``***`` in place of secrets; the text itself where there is none.

    Secret is the value of every name in ``SECRET_NAMES``, however it is spelt, quoted or escaped, and every part of a
    path and every value of a query that looks as if nobody typed it. An address in which something was found is
    written with its escapes undone, as far as that is one line. What is longer than 100,000 characters is cut there.
    """
    if "=" not in text and "/" not in text and ":" not in text and "%" not in text and "'" not in text:
        return text
    text = text[:LONGEST]
    clean = _redact_once(text)
    return ESCAPED.sub(_redact_escaped, clean) if "%" in clean else clean


def _redact_escaped(escaped: re.Match[str]) -> str:
    """Look beneath the escapes of a word, and beneath those of what is there: an address may carry another one."""
    word = found = escaped[0]
    for _time in range(TIMES_ESCAPED):
        beneath = quote(unquote(found), safe=READABLE)
        if beneath == found:
            break
        clean = _redact_once(beneath)
        if clean != beneath:
            word = clean
        found = clean
    return word


def _redact_once(text: str) -> str:
    if "=" in text:
        text = _redact_pairs(text)
    if ":" in text or "," in text:
        text = QUOTED.sub(_without_quoted_value, text)
    if ":" in text:
        text = HEADER.sub(rf"\g<name>\g<between>{GONE}", text)
    return SEGMENT.sub(_without_segment, text) if "/" in text else text


def _redact_pairs(text: str) -> str:
    """Replace the values of secret names. What stands in other values is looked at as well: it may be an address."""
    parts, done, found = [], 0, NAME.search(text)
    while found:
        end = found.end()
        # Of a value that may be seen only a start is looked at: else a line of equals signs would take minutes.
        start = None if is_secret(found[1]) else DRAWN.match(text, end)
        if is_secret(found[1]) or (start and _is_random(start[0])):
            parts += [text[done:end], GONE]
            done = end = VALUE.match(text, end).end()  # type: ignore[union-attr]  # it matches also where nothing is
        found = NAME.search(text, end)
    return "".join([*parts, text[done:]])


def _without_quoted_value(found: re.Match[str]) -> str:
    if not is_secret(found["name"]):
        return found[0]
    mark = found["value"][0] if found["value"][0] in "\"'" else ""
    return f"{found['mark']}{found['name']}{found['mark']}{found['between']}{mark}{GONE}{mark}"


def _without_segment(found: re.Match[str]) -> str:
    return GONE if _is_random(found[0]) else found[0]


def is_secret(name: str) -> bool:
    """Tell whether a parameter or header of this name is secret, in any spelling."""
    return unquote(name).lower().replace("-", "").replace("_", "").rpartition(".")[2] in SECRET_NAMES


def _is_random(text: str) -> bool:
    plain = unquote(text)
    return bool(UUID.search(plain) or RANDOM.fullmatch(plain.rstrip("/")))


class Redact(logging.Filter):
    """Takes secrets out of a record: its text, what it is made of, its trace, and what was added to it.

    Give it to handlers: a filter of a logger does not see what the loggers below it log. It changes the record, so
    what one handler has cleaned is clean for the next. It drops no record and never raises: one that it cannot read
    has its text replaced.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            _clean(record)
        except Exception as error:  # noqa: BLE001 - a log must not end a request, nor show what could not be read
            record.msg, record.args = f"a record of {record.name} could not be redacted ({type(error).__name__})", ()
            record.exc_info = record.exc_text = record.stack_info = None
        return True


def _clean(record: logging.LogRecord) -> None:
    if record.args:
        record.args = _clean_args(record.args)
    # uvicorn's formatter takes the arguments apart, and all of them are clean.
    if record.name != "uvicorn.access":
        text = record.getMessage()
        clean = redact(text)
        if clean != text:
            record.msg, record.args = clean, ()
    if record.exc_info or record.exc_text:
        _clean_trace(record)
    if record.stack_info:
        record.stack_info = redact(record.stack_info)
    for name in [name for name in record.__dict__ if name not in OWN]:
        setattr(record, name, _clean_extra(name, getattr(record, name)))


def _clean_args(args: Any) -> Any:
    """Return the arguments in the shape that they had; of a dict the kind as well, as gunicorn's has its own."""
    if not isinstance(args, Mapping):
        return tuple(redact(one) if isinstance(one, str) else one for one in args)
    clean: Any = copy.copy(args)
    for name, value in args.items():
        if isinstance(value, str):
            clean[name] = GONE if is_secret(str(name).lstrip("{").partition("}")[0]) else redact(value)
    return clean


def _clean_trace(record: logging.LogRecord) -> None:
    """Replace a trace that has a secret in it by its text; one that has none stays what it is, for error trackers."""
    text = record.exc_text or logging.Formatter().formatException(record.exc_info)  # type: ignore[arg-type]
    clean = redact(text)
    if clean != text:
        record.exc_info, record.exc_text = None, clean


def _clean_extra(name: str, value: Any) -> Any:
    if value and is_secret(name):
        return GONE
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: _clean_extra(str(key), one) for key, one in value.items()}
    if value is None or isinstance(value, int | float):
        return value
    shown = repr(value)
    return value if redact(shown) == shown else _Shown(value, redact)


class _Shown:
    """Something that shows itself without its secrets, such as Django's request, and is otherwise what it was."""

    def __init__(self, it: Any, clean: Callable[[str], str]) -> None:
        self._it, self._clean = it, clean

    def __getattr__(self, name: str) -> Any:
        return getattr(self._it, name)

    def __repr__(self) -> str:
        return self._clean(repr(self._it))

    def __str__(self) -> str:
        return self._clean(str(self._it))
