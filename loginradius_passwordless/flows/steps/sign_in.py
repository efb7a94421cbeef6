"""Signing in: the gate, the account behind a proof, the session and its token, the welcome and the notice."""

from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser

from ... import access_tokens, accounts, errors, messages, sessions, signals, waiting
from ...backends.accounts import may_sign_in
from ...backends.providers import can_reach
from ...backends.users import is_staff
from ...catalog import MessageChannel, MessageKind
from ...conf import conf
from ...identifiers import Identity, can_be_texted, parse_email, parse_phone
from ...models import Customer, Flow, GuessBudget, LoginAttempt, State
from ...models.customer import identity_key
from ...models.database import in_transaction
from ...models.event import EventName
from .evidence import note, refusals_noted
from .notice import warn
from .people import MAX_AGENT, SignIn, Visitor

REGISTERING_FLOWS = (Flow.ONE_TOUCH,)
WELCOME_LIFETIME = timedelta(hours=12)


def gate(customer: Customer) -> None:
    """The one gate that every sign-in passes (law 11): on proof, and again when the token is handed out."""
    if customer.is_blocked:
        raise errors.AccountBlocked
    gate_user(customer.user)
    if customer.is_login_disabled:
        raise errors.LoginDisabled
    if not may_sign_in(customer):
        raise errors.AccountNotAllowed("the site's policy says no")


def gate_user(user: AbstractBaseUser) -> None:
    """The part of the gate that a user of the site passes who is no customer yet.

    Staff pass where the site says that it verified its users' addresses: elsewhere mail would be a way around what
    protects the admin, also for a customer who became staff later.
    """
    if not user.is_active:
        raise errors.AccountBlocked
    if is_staff(user) and not conf.SITE_EMAILS_ARE_VERIFIED:
        raise errors.AccountNotAllowed("staff, and the site does not say that it verified their addresses")


def finish(
    attempt: LoginAttempt, visitor: Visitor, *, if_used: type[errors.PasswordlessError], welcome_template: str = ""
) -> SignIn:
    """Sign in on the device that brought the proof: one transaction from there to the token.

    Raises ``if_used`` when somebody else has just used the proof, and what ``gate`` and ``accept_proof`` raise.
    """
    with refusals_noted(attempt, visitor):
        return _finish(attempt, visitor, if_used, welcome_template)


@in_transaction
def _finish(
    attempt: LoginAttempt, visitor: Visitor, if_used: type[errors.PasswordlessError], welcome_template: str
) -> SignIn:
    hold_identity(attempt)
    attempt = attempt.reloaded()
    if attempt.state != State.REQUESTED or not attempt.move(State.VERIFIED):
        raise if_used
    attempt.welcome_template = welcome_template or attempt.welcome_template
    customer = accept_proof(attempt, visitor)
    attempt.move(State.CONSUMED)
    waiting.tell([attempt])
    return sign_in(attempt, customer, visitor)


def hold_identity(attempt: LoginAttempt) -> None:
    """Lock the identity that an attempt is about until the transaction ends: what one does goes in single file."""
    GuessBudget.objects.hold(identity_key(attempted_identity(attempt)))


def accept_proof(attempt: LoginAttempt, visitor: Visitor) -> Customer:
    """Find, adopt or register the customer whose identity was just proven, and forgive the wrong guesses.

    Call it inside a transaction that holds the identity.
    """
    identity = attempted_identity(attempt)
    if attempt.registration and attempt.registration.is_contested:
        attempt.name = ""  # whoever typed it may be somebody else
    proof = accounts.prove(identity, attempt, _why_nobody_registers(attempt))
    gate(proof.customer)
    GuessBudget.objects.forgive(identity_key(identity))
    GuessBudget.objects.forgive(attempt.identity)
    attempt.customer = proof.customer
    attempt.save(update_fields=["customer", "name", "welcome_template"])
    if proof.is_adopted:
        note(EventName.ADOPTED, attempt, visitor)
    if proof.is_new:
        note(EventName.REGISTERED, attempt, visitor)
        signals.customer_registered.send(sender=Customer, customer=proof.customer, attempt=attempt)
    if proof.is_first:
        note(EventName.EMAIL_VERIFIED if identity.kind == "email" else EventName.PHONE_VERIFIED, attempt, visitor)
    return proof.customer


def _why_nobody_registers(attempt: LoginAttempt) -> type[errors.PasswordlessError] | None:
    if attempt.flow not in REGISTERING_FLOWS and not attempt.registration:  # the account was deleted since it was asked
        return errors.UnknownAccount
    if not attempt.application.registration:  # switched off since it was asked
        return errors.RegistrationOff
    return None


def sign_in(attempt: LoginAttempt, customer: Customer, visitor: Visitor) -> SignIn:
    """Begin the session of an attempt that was just consumed, and hand out its token, once.

    To count it locks the customer, and the gate comes after that: a block that was under way is committed then, and one
    that comes later finds the session.
    """
    was_ever_here = customer.user.last_login is not None
    is_first = customer.count_login(visitor.address)
    gate(customer)
    session, is_new_device = sessions.begin(
        attempt, customer, device=visitor.device, agent=visitor.agent[:MAX_AGENT], address=visitor.address
    )
    tokens = access_tokens.issue(session, customer.user)
    note(EventName.SIGNED_IN, attempt, visitor)
    if is_first and not was_ever_here:
        _welcome(attempt)
    elif is_new_device and not is_first and attempt.application.security_notices:
        warn(attempt, session)
    signals.customer_signed_in.send(sender=Customer, customer=customer, attempt=attempt)
    return SignIn(customer, tokens, session.pk, attempt.application, attempt.redirect_url)


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
    return MessageChannel.SMS if can_reach("sms") and can_be_texted(identity) else None


def attempted_identity(attempt: LoginAttempt) -> Identity:
    """Return the identity that an attempt is about, parsed anew from its row."""
    if attempt.channel == "email":
        return parse_email(attempt.recipient)
    return parse_phone(attempt.recipient)


def mailbox_key(attempt: LoginAttempt) -> str:
    """Return the key of the mailbox that an attempt's message went to; a decoy's went nowhere."""
    return attempt.identity if attempt.is_decoy else identity_key(attempted_identity(attempt))
