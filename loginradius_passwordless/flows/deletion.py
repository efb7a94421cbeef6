"""Deleting one's own account, with a code that is sent to its phone.

    GET  auth/account/otp      send_code   a code is sent by SMS or call
    POST auth/account/delete   delete      the account is gone, and its number is free

An access token asks and the phone confirms: a stolen token deletes nothing.
"""

from django.views.decorators.debug import sensitive_variables

from .. import budgets, errors, retention, signals, waiting, webhooks
from ..accounts import Known
from ..catalog import MessageKind
from ..identifiers import Identity, parse_phone
from ..models import Customer, Event, Flow, GuessBudget, Identifier, LoginAttempt, Message, Purpose, State
from ..models.database import in_transaction
from ..models.event import EventName
from . import steps
from .steps import Caller, Holder, Start


def send_code(caller: Caller, *, holder: Holder, voice: bool = False, template: str = "") -> Message:
    """Send the code that deletes the account of whoever is signed in to its phone.

    Raises:
        PhoneLoginOff, UnknownAccessToken, ExpiredAccessToken, NoPhone, PhoneNotVerified, NoSMSProvider,
        NoVoiceProvider, InvalidPhone, SMSQuotaExceeded, TooManyRequests.
    """
    steps.check_phone_login_is_on(caller.application)
    customer = steps.signed_in(caller, holder)
    channel = steps.phone_channel(voice=voice)
    phone = parse_phone(_phone_of(customer).value, channel)
    budgets.spend_start(caller.visitor.address)
    start = Start(
        identity=phone,
        known=Known(phone, customer, customer.user),
        channel=channel,
        kind=MessageKind.ACCOUNT_DELETE,
        template=template,
    )
    return _send(caller, start)


@sensitive_variables("code")
def delete(caller: Caller, *, holder: Holder, code: str) -> None:
    """Delete the account of whoever is signed in, with the code that was sent to its phone.

    The site's user is deleted, or made nobody's with ``ON_ACCOUNT_DELETION`` "deactivate". What is left of the
    person anywhere says nothing of whom it was; the address and the number are free at once.

    Raises:
        PhoneLoginOff, UnknownAccessToken, ExpiredAccessToken, NoPhone, PhoneNotVerified, WrongCode, UsedCode,
        ExpiredCode, SpentCode, LoginLocked, TooManyRequests.
    """
    steps.check_phone_login_is_on(caller.application)
    customer = steps.signed_in(caller, holder)
    phone = _phone_of(customer)
    attempt = steps.redeem_code(
        caller, flow=Flow.PHONE, purpose=Purpose.DELETE_ACCOUNT, identity=phone, code=code, customer=customer
    )
    _delete(caller, attempt)


@in_transaction
def _send(caller: Caller, start: Start) -> Message:
    return steps.send_code(caller, Flow.PHONE, Purpose.DELETE_ACCOUNT, start, not_served="")


@in_transaction
def _delete(caller: Caller, attempt: LoginAttempt) -> None:
    GuessBudget.objects.hold(attempt.identity)
    attempt = attempt.reloaded()
    if attempt.state != State.REQUESTED or not attempt.move(State.VERIFIED):
        raise errors.UsedCode
    attempt.move(State.CONSUMED)
    customer = attempt.customer
    if customer is None:  # deleted a moment ago
        raise errors.UnknownAccessToken
    keys = Identifier.objects.keys_of(customer)
    waiting.tell(LoginAttempt.objects.void(keys, customer))
    signals.account_deleting.send(sender=Customer, customer=customer)
    uid = customer.uid
    retention.erase(customer, keys)
    Event.objects.create(name=EventName.ACCOUNT_DELETED, application=caller.application)
    if not caller.visitor.prevents_webhooks:
        webhooks.announce_deletion(application_id=caller.application.pk, uid=uid)


def _phone_of(customer: Customer) -> Identity:
    phone = Identifier.objects.of_customer(customer, "phone")
    if phone is None:
        raise errors.NoPhone
    if phone.verified_at is None:
        raise errors.PhoneNotVerified
    return phone.identity
