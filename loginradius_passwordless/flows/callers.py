"""Who calls the API: the application by its key, and its right to manage by its secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from .. import errors
from ..conf import conf
from ..models import Application, ApplicationSecret, Session, UsedSOTT
from ..models.application import API_KEY
from ..models.logo import logo_address
from .steps import Caller, Visitor, captcha_answers, excused

MAX_SECRET = 200
LONGEST_SOTT = 24 * 60  # minutes


def identify(visitor: Visitor, *, api_key: str) -> Caller:
    """Return the caller of this API key.

    Raises ``MissingAPIKey``, ``MalformedAPIKey``, ``UnknownAPIKey``.
    """
    if not api_key:
        raise errors.MissingAPIKey
    if not API_KEY.fullmatch(api_key):
        raise errors.MalformedAPIKey
    application = Application.objects.defer("logo").filter(api_key=api_key, is_active=True).first()
    # Compared once more: MariaDB's collation takes keys that differ in case for the same.
    if application is None or application.api_key != api_key:
        raise errors.UnknownAPIKey
    return Caller(application, visitor)


def introduce(
    caller: Caller, *, api_secret: str, parameters: Mapping[str, Any], prevents_webhooks: bool = False
) -> Caller:
    """Return the caller with what else a call brings.

    Args:
        caller: as ``identify`` returned it.
        api_secret: where one came. Who knows it is a server of the application's, and no program that must be told
            from people; a wrong one is as good as none, as SDKs send theirs also where nobody asks.
        parameters: all that came, under plain names; a CAPTCHA's solution may be among them.
        prevents_webhooks: whether the call asks that webhooks are not told of it; heard from a server only.
    """
    is_server = bool(api_secret) and len(api_secret) <= MAX_SECRET and _is_secret_of(caller.application, api_secret)
    caller = replace(caller, captcha=captcha_answers(parameters))
    if not is_server:
        return caller
    return replace(excused(caller), visitor=replace(caller.visitor, prevents_webhooks=prevents_webhooks))


def of_this_site(visitor: Visitor, *, api_key: str = "") -> Caller:
    """Return the caller for whom the site's own sign-in page signs people in.

    The application of this API key where one is named; else the one of the setting ``SIGN_IN_APPLICATION``; else the
    oldest active one. Raises what ``identify`` raises, and ``ImproperlyConfigured`` where the site has no application.
    """
    if api_key:
        return identify(visitor, api_key=api_key)
    active = Application.objects.defer("logo").filter(is_active=True).order_by("pk")
    application = (active.filter(api_key=conf.SIGN_IN_APPLICATION) if conf.SIGN_IN_APPLICATION else active).first()
    if application is None and conf.SIGN_IN_APPLICATION:
        raise ImproperlyConfigured("Nobody can sign in: SIGN_IN_APPLICATION is the API key of no active application.")
    if application is None:
        raise ImproperlyConfigured(
            "Nobody can sign in: this site has no application. Make one: manage.py create_application"
        )
    return Caller(application, visitor)


def of_browser(visitor: Visitor, session_ids: Sequence[str]) -> Caller:
    """Return the caller for whom a browser was signed in last. Raises ``UnknownAccessToken`` where it is no more."""
    session = Session.objects.newest_of(session_ids).first()
    if session is None:
        raise errors.UnknownAccessToken
    return Caller(session.application, visitor)


@dataclass(frozen=True)
class Brand:
    """How people see an application, and what it offers them beside a code."""

    name: str
    logo: str
    has_passwords: bool = False
    registers: bool = False


def brand(caller: Caller) -> Brand:
    """Return how people see the application that asks."""
    application = caller.application
    has_passwords = application.phone_login and application.password_login
    return Brand(
        application.name, logo_address(application.logo), has_passwords, has_passwords and application.registration
    )


def authorise(caller: Caller, *, api_secret: str) -> None:
    """Make sure that the caller knows one of its application's secrets.

    Raises ``MissingAPISecret``, ``MalformedAPISecret``, ``WrongAPISecret``.
    """
    if not api_secret:
        raise errors.MissingAPISecret
    if len(api_secret) > MAX_SECRET or not api_secret.isprintable():
        raise errors.MalformedAPISecret
    if not _is_secret_of(caller.application, api_secret):
        raise errors.WrongAPISecret


def _is_secret_of(application: Application, api_secret: str) -> bool:
    return ApplicationSecret.objects.verify(application, api_secret)


def authorise_registration(
    caller: Caller, *, sott: str, api_secret: str = "", is_used_up: bool = True, may_solve: bool = False
) -> Caller:
    """Make sure that the caller may register people: by a SOTT that its own server has made, or by the secret.

    A SOTT is used up by that, where the site says that one is good once; not by asking whether a number is taken.
    Whoever has one is asked for no CAPTCHA; where ``may_solve`` is set and nothing of both came, whoever brings the
    solution of one registers by that.

    Raises ``MissingSOTT``, ``InvalidSOTT``, and what ``authorise`` raises.
    """
    if api_secret and not sott:
        authorise(caller, api_secret=api_secret)
        return excused(caller)
    if not sott and may_solve and caller.captcha:
        return must_solve(caller)
    if not sott:
        raise errors.MissingSOTT
    UsedSOTT.objects.check_sott(caller.application, sott, is_used_up=is_used_up)
    return excused(caller)


def must_solve(caller: Caller) -> Caller:
    """Return a caller who gets nothing without the solution of a CAPTCHA, as the application has it or not."""
    return replace(caller, must_solve=True)


def make_sott(application: Application, *, minutes: int) -> tuple[str, datetime]:
    """Return a SOTT that is good from now on for so many minutes, and until when.

    Raises ``InvalidParameter`` for more than a day, and ``MissingAPISecret`` without a live secret.
    """
    if not 1 <= minutes <= LONGEST_SOTT:
        raise errors.InvalidParameter("timedifference")
    return UsedSOTT.objects.make(application, timedelta(minutes=minutes))


def allowed_origins() -> frozenset[str]:
    """Return the web origins whose pages may call the API from a browser.

    Those of all active applications: a preflight request names neither key nor application.
    """
    lists = Application.objects.filter(is_active=True).exclude(origins=[]).values_list("origins", flat=True)
    return frozenset(origin for origins in lists for origin in origins)
