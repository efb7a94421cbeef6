"""Sends every SMS by Apprise, which speaks to a hundred services; https://github.com/caronc/apprise lists them."""

from collections.abc import Iterable
from typing import Any

from django.core.checks import CheckMessage, Error

from ..base import SMS, BaseSMSBackend, DeliveryFailed, Receipt
from ..filling import facts_of, fill, names_of, percent_encoded, placeholders_in
from ..hushed import hushed

RECIPIENT = {"to", "to_digits"}
SAMPLE = SMS(to="+14155550123", text="text", reference="reference", sender="+14155550100")


class SMSBackend(BaseSMSBackend):
    """Needs the extra ``[apprise]``. For a provider that has a backend of its own, that one knows more.

    Apprise tells only that a message did not go, neither why nor whether it may have gone after all. So nothing is
    permanent here, everything may have arrived, there is no id, and there are no reports. Its HTTP is its own: four
    seconds to connect and four to read, unless the address ends in ``?cto=2&rto=5``.

    Args:
        url: an address of Apprise for one recipient, such as ``d7sms://the-token@{to_digits}``; with any placeholder
            but ``{text}``, percent-encoded.
        sender: what ``{sender}`` stands for where the route names nobody.
    """

    def __init__(self, *, url: str = "", sender: str = "") -> None:
        self.url, self.sender = url, sender

    def send(self, sms: SMS) -> Receipt:
        with hushed():
            service = self._service(sms)
            if service is None:
                raise DeliveryFailed("Apprise does not understand its address", permanent=False)
            if not _notify(service, sms.text):
                # One word for refused and for no answer. Were it taken for refused, a slow provider would
                # send the same person a message for each of our tries.
                raise DeliveryFailed("Apprise could not send it", permanent=False, may_have_arrived=True)
        return Receipt()

    def check(self) -> Iterable[CheckMessage]:
        if problem := self._problem():
            yield Error(
                f"The Apprise backend has no usable url: {problem}.",
                hint='Give it OPTIONS: {"url": "d7sms://the-token@{to_digits}"}.',
                id="loginradius_passwordless.E005",
            )

    def _problem(self) -> str:
        names = placeholders_in(self.url)
        if unknown := names - (names_of(SMS) - {"text"}):
            return f"it has an unknown {', '.join(sorted(unknown))}"
        if not names & RECIPIENT:
            return "it has no {to}, so that one phone would get all codes"
        try:
            with hushed():
                return "" if self._service(SAMPLE) is not None else "Apprise does not understand it"
        except ImportError:
            return "install the extra [apprise]"

    def _service(self, sms: SMS) -> Any:
        """Return Apprise's object for one recipient; None where it does not understand the address."""
        import apprise  # the extra [apprise] brings it

        # No threads of its own, as those would not be hushed, and no files.
        asset = apprise.AppriseAsset(async_mode=False, storage_mode="memory", secure_logging=True)
        url = fill(self.url, facts_of(sms, "sms", self.sender), percent_encoded)
        # Not ``Apprise.add``, which takes a comma for the start of another address.
        return apprise.Apprise.instantiate(url, asset=asset)


def _notify(service: Any, text: str) -> bool:
    import apprise  # the extra [apprise] brings it

    sender = apprise.Apprise(asset=service.asset)
    sender.add(service)
    return bool(sender.notify(body=text, body_format=apprise.NotifyFormat.TEXT))
