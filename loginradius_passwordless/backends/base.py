"""The two ports to the telephone network. A backend sends: it never draws, stores or checks a secret."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.checks import CheckMessage


@dataclass(frozen=True)
class Receipt:
    """What the provider said when it took a message: its own id, empty when it names none."""

    id: str = ""


class DeliveryFailed(Exception):
    """The provider did not take the message.

    Args:
        reason: for staff, shown in the admin; without the message's text, without the number.
        permanent: True when trying again cannot help, as for a number that does not exist.
    """

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


class Backend(ABC):  # noqa: B024 - the ports below add their one verb
    """What both ports have in common. Options from the settings arrive as keyword arguments."""

    # True for twins that only show messages: a deploy check refuses them in production.
    for_development = False

    def check(self) -> Iterable[CheckMessage]:
        """Say what is wrong with the configuration; run by ``manage.py check``."""
        return []


class BaseSMSBackend(Backend):
    """Sends texts."""

    @abstractmethod
    def send(self, to: str, text: str, reference: str) -> Receipt:
        """Hand one SMS to the provider.

        Args:
            to: the number in E.164, such as ``+14155550123``.
            text: at most a few hundred characters, one message.
            reference: our id of the message; the same on every try, so that a provider can recognise a repeat.

        Raises ``DeliveryFailed``.
        """


class BaseVoiceBackend(Backend):
    """Speaks texts."""

    @abstractmethod
    def call(self, to: str, text: str, reference: str, *, language: str) -> Receipt:
        """Have the provider call a number and say a text; arguments and errors as in ``BaseSMSBackend.send``.

        ``language`` is that of the text, such as ``de`` or ``en-GB``.
        """
