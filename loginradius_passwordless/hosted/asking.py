"""What both sign-in pages do: read what people type, find out for which application, send the message."""

import re
import unicodedata
from urllib.parse import urlencode

from django.http import HttpRequest

from .. import errors
from ..flows import callers, passwordless, steps
from ..flows.steps import Caller
from ..identifiers import Identity, Kind, parse_email, parse_phone, parse_user_name
from ..visitors import plain, visitor_of
from .entering import is_local
from .remembered import Remembered

MAX_TARGET = 500
MAX_TYPED = 254
INTERNATIONAL = re.compile(r"\A(\+|00)")


def kind_of(typed: str) -> Kind:
    """Tell what somebody has typed, whether or not it can be used."""
    if "@" in typed:
        return "email"
    return "phone" if INTERNATIONAL.match(typed.strip()) else "user_name"


def person_of(typed: str) -> Identity:
    """Read an e-mail address, a phone number with its country code, or a user name.

    Raises ``InvalidEmail``, ``InvalidPhone``, ``InvalidParameter``.
    """
    typed, kind = typed.strip(), kind_of(typed)
    if kind == "email":
        return parse_email(typed)
    return parse_phone(INTERNATIONAL.sub("+", typed)) if kind == "phone" else parse_user_name(typed)


def plain_code(typed: str) -> str:
    """Forgive what people and keyboards do to a code: blanks, dashes, full-width digits."""
    return "".join(char for char in unicodedata.normalize("NFKC", typed) if char.isalnum())


def begun(request: HttpRequest) -> Remembered:
    """Return what the address of a first page says: to which application, where to afterwards, and perhaps who."""
    after = request.GET.get("next", "")
    target = request.GET.get("return_url") or (after if is_local(after) else "")
    typed, api_key = request.GET.get("who", ""), request.GET.get("apikey", "")
    return Remembered(typed[:MAX_TYPED], api_key, target if len(target) <= MAX_TARGET else "")


def caller_of(request: HttpRequest, asked: Remembered) -> Caller:
    """Return the application that somebody signs in to, and who does, with the solution of the page's CAPTCHA.

    Raises ``ReturnURLNotAllowed`` when its list has no such address to go to afterwards, and what
    ``callers.of_this_site`` raises.
    """
    caller = callers.of_this_site(visitor_of(request), api_key=asked.api_key)
    target = asked.target
    is_there = not target or is_local(target) or caller.application.allows_return_to(target)
    if not is_there or len(target) > MAX_TARGET or not target.isprintable():
        raise errors.ReturnURLNotAllowed
    posted = {plain(name): value for name, value in request.POST.items()}
    return callers.introduce(caller, api_secret="", parameters=posted)


def caller_again(request: HttpRequest, asked: Remembered) -> Caller:
    """Return the caller who wants one more message to where the last one went; for a while without a CAPTCHA.

    How many there are is held by the budgets of whom they go to, and the browser's session holds who that is.
    Raises what ``caller_of`` raises.
    """
    caller = caller_of(request, asked)
    return steps.excused(caller) if asked.is_excused else caller


def send(caller: Caller, asked: Remembered, *, voice: bool = False) -> None:
    """Send one more message, and note in ``asked`` how its link is recognised in this browser."""
    person = person_of(asked.typed)
    asked.api_key = caller.application.api_key  # whichever is the oldest later
    asked.numbers = passwordless.start_in_browser(
        caller,
        person=person,
        voice=voice,
        client_guid="" if person.kind == "phone" else asked.add_attempt(),  # a phone gets no link
        redirect_url=asked.target,
        numbers=asked.numbers,
    )


def query_of(asked: Remembered) -> str:
    """What the pages before the sign-in hand to each other, in their addresses."""
    where = "next" if is_local(asked.target) else "return_url"
    return urlencode({name: value for name, value in (("apikey", asked.api_key), (where, asked.target)) if value})
