"""The door of every start that sends a message: not too often from one address, and by people only.

    counted     a start from this address, whatever becomes of it
    asked?      by the setting or the application: always, never, or after some starts from this address
    brought     a solution, in the parameters of a provider whose solutions count here
    checked     by the provider: solved here, for this, just now
    used up     by the database: a solution is good once

Nothing else of the start has been spent then. What fails is one error, 1218, and the log says why.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ... import budgets, errors
from ...backends.captcha.base import BaseCaptchaBackend, Rejected, Solution, Unavailable, Widget
from ...backends.captcha.providers import providers_for
from ...conf import conf
from ...identifiers import Channel
from ...models import Application, UsedSolution
from .people import Caller

logger = logging.getLogger(__name__)


def admit_start(caller: Caller, channel: Channel, action: str) -> None:
    """Let a start pass, or raise ``TooManyRequests`` or ``InvalidCaptcha``. Call it outside any transaction.

    Args:
        caller: who asks, with the solution that came along.
        channel: how the message will go: what costs money is never sent unchecked.
        action: what the start is for, as widgets tell it to their providers: letters, up to 32.
    """
    starts = budgets.spend_start(caller.visitor.address)
    if _must_solve(caller, starts):
        _check_solution(caller, channel, action)


def captcha_widget(caller: Caller, action: str, language: str, *, was_refused: bool = False) -> Widget | None:
    """Return what a page shows to ask for the solution that the next start needs; None where it needs none.

    Of the providers that count, the first that pages can show. Where a start was just refused for want of a solution
    the next needs one as well, whatever the cache has forgotten; and where a score was too low, who can do nothing
    about it is asked by a provider that asks a person, if one counts.
    """
    starts = budgets.starts_from(caller.visitor.address)
    if not (was_refused or _must_solve(caller, starts + 1 if starts is not None else None)):
        return None
    offered = (backend.widget(action, language) for backend in providers_for(caller.application.captcha_provider))
    widgets = (widget for widget in offered if widget)
    first = next(widgets, None)
    if was_refused and first and first.on_submit:
        return next((widget for widget in widgets if not widget.on_submit), first)
    return first


def captcha_answers(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what the site's providers read of the parameters of a request, whose names are plain."""
    names = {name for backend in providers_for() for name in _names(backend)}
    return {name: parameters[name] for name in names & parameters.keys()}


def excused(caller: Caller) -> Caller:
    """Return a caller who needs to solve nothing: a server of ours, or who just did so for the same message."""
    return replace(caller, must_solve=False)


def _must_solve(caller: Caller, starts: int | None) -> bool:
    """Tell whether a start needs a solution that is this one of its address in this hour; None: nobody knows."""
    if caller.must_solve is not None:
        return caller.must_solve
    if not conf.CAPTCHA_PROVIDERS:
        return False
    when = caller.application.captcha or conf.CAPTCHA_WHEN
    if when != "after":
        return when == "always"
    return starts is None or starts > conf.CAPTCHA_AFTER_STARTS


def _check_solution(caller: Caller, channel: Channel, action: str) -> None:
    backends = providers_for(caller.application.captcha_provider)
    for backend in backends:
        if solution := _solution(backend, caller, action):
            break
    else:
        logger.info("No CAPTCHA solution came for %s.", action)
        raise errors.InvalidCaptcha
    try:
        backend.verify(solution)
    except Rejected as error:
        logger.info("A CAPTCHA solution for %s was rejected: %s", action, error)
        raise errors.InvalidCaptcha from None
    except Unavailable as error:
        logger.error("CAPTCHA solutions for %s cannot be checked: %s", action, error)
        # Of several providers whoever calls would choose the one that does not answer.
        if channel == "email" and conf.CAPTCHA_MAIL_FAILS_OPEN and not caller.must_solve and len(backends) == 1:
            return
        raise errors.InvalidCaptcha from None
    if not UsedSolution.objects.use_up(f"{type(backend).__module__}:{backend.identity(solution)}"):
        logger.info("A CAPTCHA solution for %s came a second time.", action)
        raise errors.InvalidCaptcha


def _solution(backend: BaseCaptchaBackend, caller: Caller, action: str) -> Solution | None:
    """Return what was brought for a provider; its first spelling counts, whatever the others say."""
    token = _first(caller.captcha, (backend.parameter, *backend.other_parameters))
    if not token:
        return None
    extra = {name: _first(caller.captcha, spellings) for name, spellings in backend.extra_parameters.items()}
    return Solution(
        token, extra=extra, address=caller.visitor.address, action=action, hosts=_hosts_of(caller.application)
    )


def _first(brought: Mapping[str, Any], names: tuple[str, ...]) -> str:
    values = (brought.get(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value), "")


def _names(backend: BaseCaptchaBackend) -> set[str]:
    return {backend.parameter, *backend.other_parameters, *sum(backend.extra_parameters.values(), ())}


def _hosts_of(application: Application) -> frozenset[str]:
    """Return where a widget may stand: on our pages, and on those that may call the API for this application."""
    places = [conf.PUBLIC_URL, *application.origins]
    return frozenset(host for host in (urlsplit(place).hostname for place in places) if host)
