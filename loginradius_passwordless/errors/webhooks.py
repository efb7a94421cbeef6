"""Errors of those who subscribe servers to what happens."""

from django.utils.translation import gettext_lazy as _

from .base import PasswordlessError
from .calls import InvalidParameter


class RefusedParameter(InvalidParameter):
    """A parameter that is well formed and cannot be used.

    Args:
        name: of the parameter, as the wire has it.
        reason: a sentence for whoever sent it; it quotes nothing.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name)
        self.reason = reason

    @property
    def description(self) -> str:
        return str(_("Check the parameter %(name)s: %(reason)s")) % {"name": self.name, "reason": self.reason}


class UnknownWebhook(PasswordlessError):
    code, status = 404, 404
    message = _("There is no such webhook")
    description = _("No webhook of this application has this id, or this address together with this event.")
