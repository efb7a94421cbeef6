"""Sends every SMS by Amazon SNS.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html
"""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

from django.core.checks import CheckMessage, Error

from ..adapters import TIMEOUT_HINT, is_timeout
from ..base import SMS, BaseSMSBackend, Callback, DeliveryFailed, NotFromProvider, Receipt, Report
from ..exchange import Answer, NoAnswer, exchange
from ..hushed import hushed
from ..sns_notifications import TOPIC, receive
from ..sns_reports import reports_in

VERSION = "2010-03-31"
REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d{1,2}")
NUMBER = re.compile(r"\+?\d{5,14}", re.ASCII)
SENDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9-]{1,11}", re.ASCII)
MESSAGE_TYPES = ("Transactional", "Promotional")
CODE = re.compile(r"[A-Za-z]{1,60}(\.[A-Za-z]{1,60})?", re.ASCII)

# Who answered STOP wants nothing from this site, by whatever provider. All else can be mended at Amazon or may be
# taken elsewhere; also InvalidParameter for "PhoneNumber", which SNS says of any number that its region cannot reach.
PERMANENT = {"OptedOut"}


class SMSBackend(BaseSMSBackend):
    """Needs the extra ``[sns]``: botocore signs the request, and finds credentials as other tools of Amazon do.

    Args:
        region: such as ``eu-central-1``; one that sends SMS.
        access_key, secret_key, session_token: empty where they come from the environment, a profile or a role.
        sender: a sender id or an origination number, where the route names nobody.
        max_price: in US dollars for one message; SNS does not send what costs more.
        message_type: ``Transactional``, or ``Promotional``, which is slower and cheaper.
        report_topic: the ARN of the topic that reports come from.
        url: another endpoint, as of a VPC; the public one of the region where it is empty.
        timeout: seconds to wait for the connection and for each part of the answer.
    """

    def __init__(
        self,
        *,
        region: str = "",
        access_key: str = "",
        secret_key: str = "",
        session_token: str = "",
        sender: str = "",
        max_price: str = "",
        message_type: str = "Transactional",
        report_topic: str = "",
        url: str = "",
        timeout: float = 5,
    ) -> None:
        self.region, self.sender, self.max_price, self.message_type = region, sender, max_price, message_type
        self.access_key, self.secret_key, self.session_token = access_key, secret_key, session_token
        self.url = url or f"https://sns.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}/"
        self.report_topic, self.timeout = report_topic, timeout

    def send(self, sms: SMS) -> Receipt:
        body = urlencode(self._form(sms)).encode()
        try:
            with hushed():
                headers = self._signed_headers(body)
                answer = exchange("POST", self.url, data=body, headers=headers, timeout=self.timeout)
        except NoAnswer as error:
            raise DeliveryFailed(str(error), permanent=False, may_have_arrived=error.may_have_happened) from error
        return _receipt(answer)

    def read(self, callback: Callback) -> list[Report]:
        if not self.report_topic:
            raise NotFromProvider("the option report_topic is empty")
        return reports_in(receive(callback.body, self.report_topic, timeout=self.timeout))

    def check(self) -> Iterable[CheckMessage]:
        for option, hint in self._problems():
            yield Error(f"The SNS backend has no usable {option}.", hint=hint, id="loginradius_passwordless.E005")

    def _form(self, sms: SMS) -> dict[str, str]:
        """The parameters of Publish, with the attributes that have a value."""
        sender = sms.sender or self.sender
        is_number = NUMBER.fullmatch(sender) is not None
        attributes = [
            ("AWS.SNS.SMS.SMSType", "String", self.message_type),
            ("AWS.SNS.SMS.SenderID", "String", "" if is_number else sender),
            ("AWS.MM.SMS.OriginationNumber", "String", sender if is_number else ""),
            ("AWS.SNS.SMS.MaxPrice", "Number", str(self.max_price)),
            ("AWS.MM.SMS.EntityId", "String", sms.entity_id),
            ("AWS.MM.SMS.TemplateId", "String", sms.template_id),
        ]
        form = {"Action": "Publish", "Version": VERSION, "PhoneNumber": sms.to, "Message": sms.text}
        for at, (name, kind, value) in enumerate((one for one in attributes if one[2]), start=1):
            entry = f"MessageAttributes.entry.{at}"
            form |= {f"{entry}.Name": name, f"{entry}.Value.DataType": kind, f"{entry}.Value.StringValue": value}
        return form

    def _signed_headers(self, body: bytes) -> dict[str, str]:
        """Return the headers with a signature of Version 4.

        Botocore alone and not boto3's client: its retries, its time limits and its connections would be a second
        outbox below ours, and would have to be switched off one by one.
        """
        from botocore.auth import SigV4Auth  # the extra [sns] brings it
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError

        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        request = AWSRequest("POST", self.url, data=body, headers=headers)
        try:
            SigV4Auth(self._credentials(), "sns", self.region).add_auth(request)
        except BotoCoreError as error:
            raise DeliveryFailed(f"no credentials: {type(error).__name__}", permanent=False) from error
        return dict(request.headers.items())

    def _credentials(self) -> Any:
        from botocore.credentials import Credentials

        if self.access_key:
            return Credentials(self.access_key, self.secret_key, self.session_token or None)
        found = _surroundings().get_credentials()
        return found and found.get_frozen_credentials()

    def _problems(self) -> Iterable[tuple[str, str]]:
        if not REGION.fullmatch(self.region):
            yield "region", 'Give it OPTIONS: {"region": "eu-central-1"}.'
        elif urlsplit(self.url).scheme not in {"http", "https"}:
            yield "url", "Leave it out, or give the address of a VPC's endpoint."
        if not is_timeout(self.timeout):
            yield "timeout", TIMEOUT_HINT
        if bool(self.access_key) != bool(self.secret_key):
            yield "access_key", "Give access_key and secret_key, or neither."
        if self.sender and not NUMBER.fullmatch(self.sender) and not SENDER_ID.fullmatch(self.sender):
            yield "sender", "Give up to 11 letters and digits, or an origination number."
        if self.max_price and not _is_price(self.max_price):
            yield "max_price", 'Give US dollars as text, such as "0.10".'
        if self.message_type not in MESSAGE_TYPES:
            yield "message_type", f"Give one of {', '.join(MESSAGE_TYPES)}."
        if self.report_topic and not TOPIC.fullmatch(self.report_topic):
            yield "report_topic", "Give the ARN of a topic, such as arn:aws:sns:eu-central-1:123456789012:reports."
        try:
            _surroundings()
        except ImportError:
            yield "signature", "Install the extra [sns]."


def _receipt(answer: Answer) -> Receipt:
    """Return what SNS says of a message that it took. Raises ``DeliveryFailed`` where it says something else."""
    said = _read(answer.body)
    code = said.get("Code", "")
    if CODE.fullmatch(code):
        permanent, is_doubtful = code in PERMANENT, answer.is_doubtful and code not in PERMANENT
        raise DeliveryFailed(code, permanent=permanent, may_have_arrived=is_doubtful, retry_after=answer.retry_after)
    if not answer.is_good:
        raise DeliveryFailed(
            f"HTTP {answer.status}",
            permanent=False,
            may_have_arrived=answer.is_doubtful,
            retry_after=answer.retry_after,
        )
    if not said.get("MessageId", "").isprintable() or not said.get("MessageId"):
        reason = f"HTTP {answer.status} without the id of a message"
        raise DeliveryFailed(reason, permanent=False, may_have_arrived=True)
    return Receipt(said["MessageId"])


def _read(body: bytes) -> dict[str, str]:
    """Return the texts of an answer by the names of their elements; nothing where it is no XML.

    An answer is some 300 bytes without a document type. One with it is not read: entities are declared there, which
    grow when they are read.
    """
    try:
        text = body.decode()
        root = None if "<!DOCTYPE" in text else ET.fromstring(text)  # noqa: S314
    except (ValueError, ET.ParseError):
        root = None
    return {} if root is None else {one.tag.rpartition("}")[2]: (one.text or "").strip() for one in root.iter()}


@cache
def _surroundings() -> Any:
    """What finds credentials and keeps them fresh; one for this process, as it asks over the network."""
    from botocore.session import Session

    return Session()


def _is_price(price: Any) -> bool:
    try:
        return Decimal(str(price)).is_finite() and Decimal(str(price)) > 0
    except InvalidOperation:
        return False
