"""A customer's phone, and what a number leaves behind that is theirs no more."""

from ... import signals, waiting
from ...catalog import MessageKind
from ...identifiers import Identity
from ...models import Customer, Identifier, LoginAttempt
from ...models.customer import identity_key
from .notice import tell
from .people import Caller


def proven_phone(customer: Customer) -> Identifier | None:
    """Return the number that a customer has proven, or None."""
    phone = Identifier.objects.of_customer(customer, "phone")
    return phone if phone and phone.verified_at else None


def let_phone_go(caller: Caller, customer: Customer, old: Identity | None, new: Identity | None) -> None:
    """End what a number could still do, and tell the customer.

    Call it inside the transaction that takes the old number off the account.
    """
    if old:
        waiting.tell(LoginAttempt.objects.void([identity_key(old)]))
    tell(MessageKind.PHONE_CHANGED, caller, customer, phone=old)
    signals.phone_changed.send(sender=Customer, customer=customer, old=old, new=new)
