"""The phone of a customer who is signed in: changed, verified, removed.

    PUT    auth/phone       change        a code is sent to the new number
    PUT    auth/phone/otp   verify_code   the new number replaces the old one
    POST   auth/phone/otp   resend        another code for the new number
    DELETE auth/phone       remove        unless it is the only way in

The customer has signed in lately (``FRESH_AUTHENTICATION``): a stolen access token is not enough. The old number stays
the login until the new one is proven. Both ends are told: the old number and the mailbox by a notice, the new one by
its code.
"""

from django.db import IntegrityError
from django.views.decorators.debug import sensitive_variables

from .. import accounts, budgets, errors
from ..accounts import Known
from ..backends.users import follow_phone, signs_in_with
from ..catalog import MessageKind
from ..conf import conf
from ..identifiers import Channel, Identity, parse_phone
from ..models import (
    Customer,
    Flow,
    GuessBudget,
    Identifier,
    LoginAttempt,
    Message,
    Purpose,
    State,
    VerificationToken,
)
from ..models.customer import identity_key
from ..models.database import in_transaction
from ..models.event import EventName
from . import steps
from .steps import Caller, Holder, Start

PROOFS = [Purpose.CHANGE_PHONE, Purpose.VERIFY_PHONE]


def change(caller: Caller, *, holder: Holder, phone: Identity, voice: bool = False, template: str = "") -> Message:
    """Send a code to the number that is to be the customer's.

    Args:
        caller: who asks, and for whom.
        holder: how the customer shows to have signed in within ``FRESH_AUTHENTICATION``.
        phone: the parsed new number.
        voice: call the number and say the code.
        template: the name of an SMS template; the default one where it is empty or unknown.

    Returns the message. A number of somebody else gets one that says so and no code, and the answer is the same.

    Raises:
        PhoneLoginOff, UnknownAccessToken, ExpiredAccessToken, SignInTooOld, NoSMSProvider, NoVoiceProvider,
        InvalidPhone, PhoneVerified, SMSQuotaExceeded, TooManyRequests; with ``REVEAL_UNKNOWN_ACCOUNTS`` also
        PhoneTaken.
    """
    steps.check_phone_login_is_on(caller.application)
    customer = steps.signed_in(caller, holder, lately=True)
    channel = steps.phone_channel(voice=voice)
    phone = parse_phone(phone.value, channel)
    budgets.spend_start(caller.visitor.address)
    if accounts.find(phone) == customer:
        raise errors.PhoneVerified
    return _send_change(caller, customer, phone, channel, template)


@sensitive_variables("code")
def verify_code(caller: Caller, *, holder: Holder, code: str) -> None:
    """Take the number that the customer has just proven: the newest one that was asked for.

    Raises:
        PhoneLoginOff, UnknownAccessToken, ExpiredAccessToken, WrongCode, UsedCode, ExpiredCode, SpentCode,
        LoginLocked, PhoneTaken, PhoneVerified, TooManyRequests.
    """
    steps.check_phone_login_is_on(caller.application)
    customer = steps.signed_in(caller, holder)
    asked = _newest_proof(customer)
    if asked is None:
        raise errors.PhoneVerified if steps.proven_phone(customer) else errors.WrongCode
    attempt = steps.redeem_code(
        caller,
        flow=Flow.PHONE,
        purpose=Purpose(asked.purpose),
        identity=steps.attempted_identity(asked.attempt),
        code=code,
        customer=customer,
    )
    held = sorted({attempt.identity, *Identifier.objects.keys_of(customer)})  # in order, so that two cannot block
    try:
        _take(caller, attempt, held, is_new=asked.purpose == Purpose.CHANGE_PHONE)
    except IntegrityError:  # somebody else has proven it in the same moment
        raise errors.PhoneTaken from None


def resend(caller: Caller, *, holder: Holder, phone: Identity, voice: bool = False, template: str = "") -> Message:
    """Send another code to the number that the customer asked for, or whose proof was reset.

    Raises:
        PhoneLoginOff, UnknownAccessToken, ExpiredAccessToken, NoSMSProvider, NoVoiceProvider, InvalidPhone,
        PhoneVerified, UnknownPhone, SMSQuotaExceeded, TooManyRequests.
    """
    steps.check_phone_login_is_on(caller.application)
    customer = steps.signed_in(caller, holder)
    channel = steps.phone_channel(voice=voice)
    phone = parse_phone(phone.value, channel)
    budgets.spend_start(caller.visitor.address)
    asked = _newest_proof(customer)
    if asked and asked.purpose == Purpose.CHANGE_PHONE and asked.attempt.identity == identity_key(phone):
        return _send_change(caller, customer, phone, channel, template)
    if customer.identifiers.filter(kind="phone", canonical=phone.canonical, proven_key=None).exists():
        return steps.send_verification(caller, phone, channel, template, customer=customer)
    raise errors.PhoneVerified if accounts.find(phone) == customer else errors.UnknownPhone


def remove(caller: Caller, *, holder: Holder) -> None:
    """Take the phone off the account. Its codes are dead at once.

    Raises:
        PhoneLoginOff, UnknownAccessToken, ExpiredAccessToken, SignInTooOld, NoPhone, OnlyWayIn.
    """
    steps.check_phone_login_is_on(caller.application)
    customer = steps.signed_in(caller, holder, lately=True)
    _remove(caller, customer)


@in_transaction
def _send_change(caller: Caller, customer: Customer, phone: Identity, channel: Channel, template: str) -> Message:
    known = accounts.look_up(phone)
    is_taken = known.customer is not None or (known.user is not None and known.user.pk != customer.user_id)
    if is_taken and conf.REVEAL_UNKNOWN_ACCOUNTS:
        raise errors.PhoneTaken
    budgets.spend_new_number(customer.pk)
    start = Start(
        identity=phone,
        known=Known(known.recipient, customer, customer.user),
        channel=channel,
        kind=MessageKind.PHONE_CHANGE,
        template=template,
        instead=MessageKind.ACCOUNT_EXISTS if is_taken else "",
    )
    not_served = "this number has an account" if is_taken else ""
    return steps.send_code(caller, Flow.PHONE, Purpose.CHANGE_PHONE, start, not_served=not_served)


def _newest_proof(customer: Customer) -> VerificationToken | None:
    """The code that the customer was sent last, to any number that is to be theirs, as long as it is remembered."""
    return VerificationToken.objects.lately_asked(customer, PROOFS).select_related("attempt").first()


@in_transaction
def _take(caller: Caller, attempt: LoginAttempt, held: list[str], *, is_new: bool) -> None:
    """One transaction from the proof to the new login. Holds first and reads then: another change may have waited."""
    for key in held:
        GuessBudget.objects.hold(key)
    attempt = attempt.reloaded()
    customer = attempt.customer
    if customer is None:  # deleted a moment ago, and with it whom the attempt was about
        raise errors.UnknownAccessToken
    new, old = steps.attempted_identity(attempt), steps.proven_phone(customer)
    if attempt.state != State.REQUESTED or not attempt.move(State.VERIFIED):
        raise errors.UsedCode
    if accounts.find(new) not in {None, customer}:
        raise errors.PhoneTaken
    attempt.move(State.CONSUMED)
    GuessBudget.objects.forgive(identity_key(new))
    customer.identifiers.filter(kind="phone").delete()
    accounts.give(customer, new)
    follow_phone(customer.user, new)
    if is_new:
        steps.let_phone_go(caller, customer, old.identity if old else None, new)
    steps.note(EventName.PHONE_CHANGED if is_new else EventName.PHONE_VERIFIED, attempt, caller.visitor)


@in_transaction
def _remove(caller: Caller, customer: Customer) -> None:
    phone = Identifier.objects.of_customer(customer, "phone")
    if phone is None:
        raise errors.NoPhone
    own = phone.identity if phone.verified_at else None  # who never proved a number is not told of it
    GuessBudget.objects.hold(identity_key(phone.identity))
    has_another = customer.identifiers.exclude(proven_key=None).exclude(kind="phone").exists()
    if not has_another or signs_in_with(customer.user, phone.identity):  # taken off here, it would still open there
        raise errors.OnlyWayIn
    customer.identifiers.filter(kind="phone").delete()
    steps.let_phone_go(caller, customer, own, None)
    steps.note_call(EventName.PHONE_REMOVED, caller, customer_id=customer.pk, identity=identity_key(phone.identity))
