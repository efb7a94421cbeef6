"""Signing in: the gate, the account behind a proof, the token, the welcome."""

from datetime import timedelta

from ... import accounts, errors, messages, signals
from ...backends import get_sms_backend
from ...catalog import MessageChannel, MessageKind
from ...identifiers import Identity, can_be_texted, parse_email, parse_phone
from ...models import AccessToken, Customer, Flow, GuessBudget, LoginAttempt
from ...models.customer import identity_key
from ...models.event import EventName
from .evidence import note
from .people import SignIn, Visitor

REGISTERING_FLOWS = (Flow.ONE_TOUCH,)
WELCOME_LIFETIME = timedelta(hours=12)


def gate(customer: Customer) -> None:
    """The one gate that every sign-in passes (law 11): on proof, and again when the token is handed out."""
    if customer.is_blocked or not customer.user.is_active:
        raise errors.AccountBlocked
    if customer.is_login_disabled:
        raise errors.LoginDisabled


def hold_identity(attempt: LoginAttempt) -> None:
    """Lock the identity that an attempt is about until the transaction ends: what one does goes in single file."""
    GuessBudget.objects.hold(identity_key(attempted_identity(attempt)))


def accept_proof(attempt: LoginAttempt, visitor: Visitor) -> Customer:
    """Find, adopt or register the customer whose identity was just proven, and forgive the wrong guesses.

    Call it inside a transaction that holds the identity.
    """
    identity = attempted_identity(attempt)
    proof = accounts.prove(identity, attempt)
    if proof.is_new:
        _check_may_register(attempt)
    gate(proof.customer)
    GuessBudget.objects.forgive(identity_key(identity))
    attempt.customer = proof.customer
    attempt.save(update_fields=["customer"])
    if proof.is_adopted:
        note(EventName.ADOPTED, attempt, visitor)
    if proof.is_new:
        note(EventName.REGISTERED, attempt, visitor)
        signals.customer_registered.send(sender=Customer, customer=proof.customer, attempt=attempt)
    return proof.customer


def _check_may_register(attempt: LoginAttempt) -> None:
    """Refuse a new account, which the transaction then takes back."""
    if attempt.flow not in REGISTERING_FLOWS:  # the account was deleted since it was asked
        raise errors.UnknownAccount
    if not attempt.application.registration:  # switched off since it was asked
        raise errors.RegistrationOff


def sign_in(attempt: LoginAttempt, customer: Customer, visitor: Visitor) -> SignIn:
    """Hand out the token of an attempt that was just consumed, once; welcome who signs in for the first time."""
    gate(customer)
    first = customer.count_login(visitor.address)
    tokens = AccessToken.objects.issue(customer, attempt.application)
    note(EventName.SIGNED_IN, attempt, visitor)
    if first:
        _welcome(attempt)
    signals.customer_signed_in.send(sender=Customer, customer=customer, attempt=attempt)
    return SignIn(customer, tokens)


def _welcome(attempt: LoginAttempt) -> None:
    identity = attempted_identity(attempt)
    channel = _welcome_channel(identity)
    if channel is None:
        return
    draft = messages.Draft(
        kind=MessageKind.WELCOME,
        channel=channel,
        to=identity,
        application=attempt.application,
        lifetime=WELCOME_LIFETIME,
        template=attempt.welcome_template,
        language=attempt.language,
        attempt=attempt,
        values={"Name": attempt.name},
    )
    messages.write(draft)


def _welcome_channel(identity: Identity) -> MessageChannel | None:
    """How to welcome somebody: never by call, and by text only where texts are sent and the phone takes them."""
    if identity.kind == "email":
        return MessageChannel.EMAIL
    return MessageChannel.SMS if get_sms_backend() and can_be_texted(identity) else None


def attempted_identity(attempt: LoginAttempt) -> Identity:
    """Return the identity that an attempt is about, parsed anew from its row."""
    if attempt.channel == "email":
        return parse_email(attempt.recipient)
    return parse_phone(attempt.recipient)
