"""Sends texts by Twilio's Messages resource, and reads what it reports of them."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Literal

from ..adapters import amount, short_text, whole_number
from ..base import SMS, BaseSMSBackend, Callback, Receipt, Report
from ..twilio import TwilioBackend, id_in

SERVICE = re.compile(r"MG[0-9a-fA-F]{32}", re.ASCII)

# What becomes of a message, as far as anybody needs to know it; "queued" is what we knew when Twilio took it.
STATES: dict[str, Literal["sent", "delivered", "failed"]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


class SMSBackend(TwilioBackend, BaseSMSBackend):
    """Texts by Twilio. What India wants to know of sender and text is registered with Twilio, and in no request.

    Args:
        messaging_service_sid: a service ``MG…`` that picks the sender, instead of ``sender``.

    The sender of a country may be such a service as well.
    """

    # Twilio, Error and Warning Dictionary. Everything that another sender, account or route could mend is "for now".
    final: ClassVar[dict[int, str]] = {
        21211: "the number does not exist",  # no plan of any country has it
        21217: "the number does not exist",  # the same, as calls and lookups say it
        21265: "the number is a short code",  # those take part in no SMS between people and sites
        21268: "the number is a premium or information service",  # nobody signs in there, and each text would cost
        21610: "the person has opted out",  # they said no to this site, not to one of its providers
        21614: "the number is no mobile number",  # no network delivers a text to it
        21635: "the number is a landline",  # the same, where Twilio is sure
    }
    for_now: ClassVar[dict[int, str]] = {
        14107: "the sender sends too fast",  # limits are the sender's, another has its own
        21212: "the sender is invalid",  # ours to mend
        21266: "the number is the sender's own",  # another provider has another sender
        21267: "a trial account cannot send from a name",  # ours to mend
        21408: "the account may not send to this region",  # a switch in the console
        21602: "the text is empty",  # ours to mend
        21606: "the sender cannot send to this number",  # another may
        21608: "a trial account sends to verified numbers only",  # ours to mend
        21609: "the report address is invalid",  # ours to mend
        21611: "the sender's queue is full",  # it empties
        21612: "no route from this sender to this number",  # another carrier may have one
        21617: "the text is too long",  # the limit is Twilio's
        21619: "the text is empty",  # ours to mend
        21654: "a registered template is missing",  # ours to mend
        21656: "the variables of the template are invalid",  # ours to mend
        21659: "the sender is no number of Twilio's",  # ours to mend
        21660: "the sender belongs to another account",  # ours to mend
        21661: "the sender cannot send texts",  # ours to mend
        21701: "there is no such messaging service",  # ours to mend
        21703: "the messaging service has no sender for this",  # ours to mend
        21704: "the messaging service has no senders",  # ours to mend
        21705: "the messaging service is invalid",  # ours to mend
        30003: "the phone cannot be reached",  # it is off, or abroad
        30004: "the text was blocked",  # by a list of the carrier's, which another route may pass
        30005: "the network does not know the phone",  # right after a number was moved this ends by itself
        30006: "a landline, or a carrier that cannot be reached",  # Twilio does not say which
        30007: "the carrier filtered the text",  # by sender and words: another sender may pass
        30008: "the carrier did not say why",
        30010: "the text costs more than the limit",  # a limit of our own
        30017: "the carrier is congested",  # it passes
        30018: "the carrier wants the sender registered",  # another's may be
        30022: "the carrier's limit for this sender is reached",  # limits are the sender's
        30023: "the carrier's limit for today is reached",  # limits are the sender's
        30024: "the sender is not known to the carrier",  # ours to mend
        30032: "the toll-free sender is not verified",  # ours to mend
        30034: "the sender is not registered",  # ours to mend
        30036: "it could not be delivered in time",  # the phone was off
        30450: "Twilio takes it for fraud",  # a guess from many numbers; the site's own limits have the last word
    }

    def __init__(self, *, messaging_service_sid: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.messaging_service_sid = messaging_service_sid

    def send(self, sms: SMS) -> Receipt:
        sender = sms.sender or self.sender or self.messaging_service_sid
        origin = "MessagingServiceSid" if SERVICE.fullmatch(sender) else "From"
        found = self.post("Messages", {"To": sms.to, origin: sender, "Body": sms.text}, sms.report_url)
        price = amount(found.get("price"))
        return Receipt(
            id=short_text(found.get("sid")),
            segments=whole_number(found.get("num_segments")) or None,  # 0 while a service has not picked its sender
            price=price,
            currency=short_text(found.get("price_unit")).upper() if price is not None else "",
        )

    def read(self, callback: Callback) -> list[Report]:
        fields = self.verified(callback)
        message, state = id_in(fields, "MessageSid"), STATES.get(id_in(fields, "MessageStatus"))
        if state is None:
            return []
        error = self.reason(fields.get("ErrorCode")) if state == "failed" else ""
        return [Report(state, id=message, reference=callback.query.get("message", ""), error=error)]

    def problems(self) -> Iterator[tuple[str, str]]:
        yield from super().problems()
        if bool(self.sender) == bool(self.messaging_service_sid):
            yield "needs one sender", "Give it either sender, a number or a name, or messaging_service_sid (MG…)."
        if self.messaging_service_sid and not SERVICE.fullmatch(self.messaging_service_sid):
            yield "has no usable messaging_service_sid", "It is MG and 32 hexadecimal digits."
