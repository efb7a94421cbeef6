"""The page that the link in a security notice opens: was it you who signed in?

GET              on which device, from where, when
POST disown      that sign-in ends
"""

from django.http.response import HttpResponseBase
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..flows import notice
from ..moments import in_zone
from ..visitors import device_name, visitor_of
from .opened import OpenedLinkView, about


class NoticeView(OpenedLinkView):
    """Lets the person end a sign-in that was not theirs."""

    cookie = "loginradius_notice_token"
    address_name = "notice"

    def ask(self, token: str) -> HttpResponseBase:
        found = notice.look(visitor_of(self.request), token)
        if found.has_ended:
            return self.done(_("That session has ended"), _("Nobody is signed in with it any more."))
        at = in_zone(found.at, found.time_zone)
        shown = {
            "found": found,
            "device": device_name(found.agent) if found.agent else _(found.device),
            "at": f"{date_format(at, 'DATETIME_FORMAT')} {at.tzname()}",
            "about": about(token),
        }
        return self.page("notice", shown)

    def decide(self, token: str, pressed: str) -> HttpResponseBase:
        if pressed != "disown":
            return self.ask(token)
        is_signed_out = notice.disown(visitor_of(self.request), token)
        done = _(
            "Whoever it was is signed out. Change the password of your mailbox now, and look who else can read it."
        )
        partly = _(
            "It can do nothing new, but a browser may stay signed in for a while. Tell this site, and change the "
            "password of your mailbox now."
        )
        return self.done(_("That session has ended"), done if is_signed_out else partly)
