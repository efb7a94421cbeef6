"""Who somebody is, before they have proven anything."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import check_password, make_password
from django.views.decorators.debug import sensitive_variables

from .. import errors
from ..backends.accounts import choose
from ..backends.users import stored_identity, user_named, users_with
from ..identifiers import Identity
from ..models import Application, Customer, Identifier, Registration
from ..models.customer import identity_key

# Where nobody's messages go, which are not sent.
NOBODY = Identity("email", "", "nobody@invalid.invalid")


@dataclass(frozen=True)
class Known:
    """What is known of somebody before they have proven anything: the customer, or the site's user, or nobody.

    ``recipient`` is where to write to: the address that was proven or that the site stored, and never the spelling
    of whoever asks (law 7): on some hosts ``Alice@`` and ``alice@`` are two mailboxes.
    """

    recipient: Identity
    customer: Customer | None
    user: AbstractBaseUser | None


def look_up(identity: Identity) -> Known:
    """Return what is known of an e-mail address, a phone number or a user name.

    All questions are asked whatever the answers are, or the time would tell who has an account (law 12).
    """
    if identity.kind == "user_name":
        return _look_up_user_name(identity)
    proven, owners = Identifier.objects.proven(identity), users_with(identity)
    if proven:
        return Known(proven.identity, proven.customer, proven.customer.user)
    if owners:
        owner = choose(identity, owners) or owners[0]
        return Known(stored_identity(owner, identity.kind), None, owner)
    return Known(identity, None, None)


def find(identity: Identity) -> Customer | None:
    """Return the customer who has proven this identity before, or None."""
    identifier = Identifier.objects.proven(identity)
    return identifier.customer if identifier else None


@dataclass(frozen=True)
class Login:
    """Whose password opens what: a customer's who has proven the number, or of whoever has not, yet or any more."""

    customer: Customer | None = None
    user: Any = None
    registration: Registration | None = None

    @property
    def known(self) -> Customer | None:
        """The customer, whether or not the number is proven."""
        return self.customer or (getattr(self.user, "passwordless_customer", None) if self.user else None)

    @sensitive_variables("password")
    def has_password(self, password: str) -> bool:
        """Compare a password, at the cost of one hash whoever it is; a right one is hashed anew where that is due."""
        if self.user:
            return bool(self.user.check_password(password))
        return check_password(password, self.registration.password if self.registration else make_password(None))


def with_password(phone: Identity, application: Application) -> Login:
    """Return whose password goes with a phone number. All questions are asked whatever the answers are (law 12).

    An idle account is not closed to its password: that is more than the number, and nobody inherits it.
    """
    held, owners = Identifier.objects.held(phone), users_with(phone)
    claim, registration = (
        Identifier.objects.claimed(phone),
        Registration.objects.waiting(identity_key(phone), application).first(),
    )
    if held:
        return Login(customer=held.customer, user=held.customer.user)
    if owners:
        user = choose(phone, owners)
        return Login(user=user)
    if claim:
        return Login(user=claim.customer.user)
    return Login(registration=registration if registration and not registration.is_contested else None)


def _look_up_user_name(user_name: Identity) -> Known:
    """Look for the mailbox of whoever signs in with a name.

    An address that a customer has proven; of a user whom we do not know yet the address in the site's table, if it
    opens this user's account and no other.
    """
    user = user_named(user_name)
    proven = Identifier.objects.of_user(user.pk if user else None)
    stored = _stored_address(user)
    owner, owners = Identifier.objects.proven(stored), users_with(stored)
    if proven:
        return Known(proven.identity, proven.customer, proven.customer.user)
    if user and owner is None and owners == [user]:
        return Known(stored, None, user)
    return Known(NOBODY, None, None)


def _stored_address(user: AbstractBaseUser | None) -> Identity:
    try:
        return stored_identity(user, "email") if user else NOBODY
    except errors.InvalidEmail:
        return NOBODY
