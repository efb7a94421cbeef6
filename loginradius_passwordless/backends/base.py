"""The two ports to the telephone network. A backend sends: it never draws, stores or checks a secret."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from django.core.checks import CheckMessage


@dataclass(frozen=True)
class SMS:
    """One text to send.

    Args:
        to: the number in E.164, such as ``+14155550123``.
        text: at most a few hundred characters, one message. Not in ``repr``: it holds a code.
        reference: our id of the message, a UUID; the same on every try, so that a provider can recognise a repeat.
        kind: what it is for, such as ``one_touch_login``.
        sender: the number or name to send it from in that country; empty: what the backend's options say.
        entity_id, template_id: what the sender and the text are registered as, in countries that ask for it, as India.
        report_url: where the provider may report what became of it; empty where this site has no public address.
    """

    to: str
    text: str = field(repr=False)
    reference: str
    kind: str = ""
    sender: str = ""
    entity_id: str = ""
    template_id: str = ""
    report_url: str = ""


@dataclass(frozen=True)
class Call:
    """One text to say in a call; what it shares with ``SMS`` is the same.

    Args:
        spoken: the text with the code's digits apart, ``1, 2, 3``, so that any machine says them one by one. What is
            to be said more than once stands in it so often.
        language: of the text, such as ``de`` or ``en-GB``.
    """

    to: str
    text: str = field(repr=False)
    spoken: str = field(repr=False)
    reference: str
    kind: str = ""
    language: str = "en"
    sender: str = ""
    report_url: str = ""


@dataclass(frozen=True)
class Receipt:
    """What the provider said when it took a message, or later about it; empty where it did not tell.

    Args:
        id: the provider's own id of the message.
        segments: into how many parts it was cut, each of which is paid for.
        price: what it cost, in ``currency``, an ISO 4217 code.
    """

    id: str = ""
    segments: int | None = None
    price: Decimal | None = None
    currency: str = ""


class DeliveryFailed(Exception):
    """The provider did not take the message.

    Args:
        reason: for staff, shown in the admin; without the message's text, without the number.
        permanent: True when trying again cannot help, nor another provider, as for a number that does not exist.
        may_have_arrived: True when nobody knows, as when a provider read the request and never answered.
        retry_after: seconds for which the provider does not want to be asked again.
    """

    def __init__(
        self, reason: str, *, permanent: bool, may_have_arrived: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.may_have_arrived = may_have_arrived
        self.retry_after = retry_after


@dataclass(frozen=True)
class Callback:
    """A request that says to come from a provider.

    Args:
        url: the public address it was sent to, with its query, as the provider signed it.
        query, form: the parameters of the address, and of a form in the body.
        headers: looked up without regard to case.
        body: as it came; at most 64 kB.
    """

    method: str
    url: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Report:
    """What a provider says became of a message.

    Args:
        state: ``sent`` when it is on its way, ``delivered``, or ``failed``.
        id: the provider's id of the message, and ``reference`` our own; one of them is enough.
        error: for staff, as the reason of ``DeliveryFailed``.
        receipt: what it tells of parts and price.
    """

    state: Literal["sent", "delivered", "failed"]
    id: str = ""
    reference: str = ""
    error: str = ""
    receipt: Receipt = Receipt()


class NotFromProvider(Exception):
    """A callback is not signed as this provider signs, is too old, or nothing that it could have sent."""


class Backend(ABC):  # noqa: B024 - the ports below add their one verb
    """What both ports have in common. Options from the settings arrive as keyword arguments."""

    # True for twins that only show messages: a deploy check refuses them in production.
    for_development = False

    def check(self) -> Iterable[CheckMessage]:
        """Say what is wrong with the configuration; run by ``manage.py check``."""
        return []

    def read(self, callback: Callback) -> list[Report]:
        """Return what a callback reports; nothing where it says what nobody needs to know.

        Raises ``NotFromProvider`` unless its signature is right, and ``NoAnswer`` where the provider has to be asked
        for that and does not answer. A backend without callbacks leaves this as it is.
        """
        raise NotFromProvider("this provider sends no reports")


class BaseSMSBackend(Backend):
    """Sends texts."""

    @abstractmethod
    def send(self, sms: SMS) -> Receipt:
        """Hand one SMS to the provider, within ten seconds. Raises ``DeliveryFailed``."""


class BaseVoiceBackend(Backend):
    """Speaks texts."""

    @abstractmethod
    def call(self, call: Call) -> Receipt:
        """Have the provider call a number and say a text, as with ``BaseSMSBackend.send``."""
