"""The landing page: what the link of a login opens. It is inert until a person presses a button.

GET                 who asked, from where, when; where it is needed three numbers
POST approve        the device or browser that waits is let in
POST here           the link of a passwordless login signs in this browser
POST deny           the request is refused
POST deny_others    what else was asked for this address is ended as well
"""

import re
from datetime import datetime, timedelta
from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from .. import errors
from ..flows import decision, passwordless
from ..flows.steps import Distance
from ..moments import in_zone
from ..visitors import device_name, visitor_of
from . import remembered
from .entering import HttpResponseSeeAnyOther, enter, must_have_sessions, place_after
from .opened import OpenedLinkView, about
from .problems import problem

NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)
JUST_NOW = timedelta(minutes=1)


class LinkView(OpenedLinkView):
    """Asks the person who opened the link of a login."""

    cookie = "loginradius_link_token"
    address_name = "link"

    def ask(self, token: str, *, number_is_missing: bool = False) -> HttpResponseBase:
        guids = remembered.client_guids(self.request)
        question = decision.look(visitor_of(self.request), token, client_guids=guids)
        self.allow_redirect_to(question.redirect_url)
        if question.works_here:
            must_have_sessions(self.request)
            self.allow_redirect_to(place_after())
        shown = {
            "question": question,
            "device": device_name(question.asked_agent),
            "is_recent": timezone.now() - question.asked_at < JUST_NOW,
            "asked_time": time_of_day(question.asked_at, question.time_zone),
            "is_other_country": question.distance is Distance.OTHER_COUNTRY,
            "is_other_network": question.distance is Distance.OTHER_NETWORK,
            "number_is_missing": number_is_missing and question.numbers,
            "about": about(token),
        }
        return self.page("link_here" if question.works_here else "link", shown)

    def decide(self, token: str, pressed: str) -> HttpResponseBase:
        decide = {
            "approve": self._approve,
            "here": self._sign_in_here,
            "deny": self._deny,
            "deny_others": self._deny_others,
        }.get(pressed, self.ask)
        try:
            return decide(token)
        except errors.MissingNumber:
            return self.ask(token, number_is_missing=True)
        except errors.WrongNumber as error:
            return self._over("problem", token, problem(error), status=error.status)

    def _approve(self, token: str) -> HttpResponseBase:
        number = self.request.POST.get("number", "")
        redirect_url = decision.approve(
            visitor_of(self.request), token, number=int(number) if NUMBER.fullmatch(number) else None
        )
        if redirect_url:
            return self.forget(HttpResponseSeeAnyOther(redirect_url))
        return self.done(_("The other device is signed in"), _("Go back to it."))

    def _sign_in_here(self, token: str) -> HttpResponseBase:
        must_have_sessions(self.request)
        return self.forget(enter(self.request, passwordless.verify_link(visitor_of(self.request), token)))

    def _deny(self, token: str) -> HttpResponseBase:
        decision.deny(visitor_of(self.request), token)
        title, text = _("Nobody was signed in"), _("The request was refused and its link is dead.")
        return self._over("done", token, {"title": title, "text": text})

    def _deny_others(self, token: str) -> HttpResponseBase:
        decision.deny_others(visitor_of(self.request), token)
        return self.done(_("All requests were refused"), _("Nobody was signed in, and all links are dead."))

    def _over(self, name: str, token: str, words: dict[str, Any], status: int = 200) -> HttpResponseBase:
        """Say that the request has ended, and offer to end the others, if there are any."""
        others = decision.others(token)
        page = self.page(name, {**words, "others": others, "about": about(token)}, status=status)
        return page if others else self.forget(page)


def time_of_day(moment: datetime, time_zone: str) -> str:
    """A time of day where the reader is, if that is known, and otherwise in the site's time zone, named in any case."""
    local = in_zone(moment, time_zone)
    return f"{time_format(local)} {local.tzname()}"
