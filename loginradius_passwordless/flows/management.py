"""The phone of a customer whom the application's own server names, with the API secret.

PUT manage/account/{uid}/invalidatephone   invalidate   the number has to be proven again
PUT manage/account/{uid}/phoneid           set_phone    another number, which has to be proven first
"""

from contextlib import suppress

from .. import accounts, errors, waiting
from ..identifiers import Identity, parse_phone
from ..models import Customer, Identifier, LoginAttempt, Registration
from ..models.customer import identity_key
from ..models.database import in_transaction
from ..models.event import EventName
from . import steps
from .steps import Caller


def invalidate(caller: Caller, *, uid: str, voice: bool = False, template: str = "") -> None:
    """Take the proof of a customer's phone back, and send the code that proves it anew; the caller knew the secret.

    Raises ``PhoneLoginOff``, ``UnknownUID``, ``NoPhoneToInvalidate``, ``PhoneNotVerifiedBefore``.
    """
    steps.check_phone_login_is_on(caller.application)
    customer = _customer_of(uid)
    phone = Identifier.objects.of_customer(customer, "phone")
    if phone is None:
        raise errors.NoPhoneToInvalidate
    if phone.verified_at is None:
        raise errors.PhoneNotVerifiedBefore
    _invalidate(caller, customer, phone)
    with suppress(errors.SMSQuotaExceeded, errors.NoSMSProvider, errors.NoVoiceProvider, errors.InvalidPhone):
        channel = steps.phone_channel(voice=voice)
        steps.send_verification(caller, parse_phone(phone.value, channel), channel, template, customer=customer)


def set_phone(caller: Caller, *, uid: str, phone: Identity) -> Customer:
    """Give a customer another number, which opens nothing before it is proven; the caller knew the secret.

    Raises ``PhoneLoginOff``, ``UnknownUID``, ``PhoneTaken``.
    """
    steps.check_phone_login_is_on(caller.application)
    customer = _customer_of(uid)
    known = accounts.look_up(phone)
    if known.user and known.user.pk != customer.user_id:
        raise errors.PhoneTaken
    if known.customer is None:
        _claim(caller, customer, phone)
    return customer


@in_transaction
def _invalidate(caller: Caller, customer: Customer, phone: Identifier) -> None:
    phone.disprove()
    Registration.objects.contest(identity_key(phone.identity))
    waiting.tell(LoginAttempt.objects.void([identity_key(phone.identity)]))
    steps.note_call(EventName.PHONE_INVALIDATED, caller, customer_id=customer.pk, identity=identity_key(phone.identity))


@in_transaction
def _claim(caller: Caller, customer: Customer, phone: Identity) -> None:
    old = steps.proven_phone(customer)
    customer.identifiers.filter(kind="phone").delete()
    Identifier.objects.claim(customer, phone)
    Registration.objects.contest(identity_key(phone))
    steps.let_phone_go(caller, customer, old.identity if old else None, phone)
    steps.note_call(EventName.PHONE_CHANGED, caller, customer_id=customer.pk, identity=identity_key(phone))


def _customer_of(uid: str) -> Customer:
    customer = Customer.objects.select_related("user").filter(uid=uid).first()
    if customer is None:
        raise errors.UnknownUID
    return customer
