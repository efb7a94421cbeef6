"""Whose account an identity opens: found, adopted or registered, and always only after proof."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction

from . import errors
from .backends.accounts import choose
from .backends.users import (
    has_another_verified,
    is_staff,
    register,
    stored_identity,
    user_named,
    users_with,
    verified_by_site,
)
from .identifiers import Identity
from .models import Customer, Identifier, LoginAttempt
from .models.customer import new_uid

# Where nobody's messages go, which are not sent.
NOBODY = Identity("email", "", "nobody@invalid.invalid")


@dataclass(frozen=True)
class Proof:
    """Whose account was opened, and whether it was made or adopted just now."""

    customer: Customer
    is_new: bool
    is_adopted: bool = False


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


def prove(identity: Identity, attempt: LoginAttempt, if_unknown: type[errors.PasswordlessError] | None = None) -> Proof:
    """Return the customer of an identity whose owner has just proven it; adopt or register one where there is none.

    ``if_unknown`` is raised instead of registering anybody.

    Call it inside a transaction that holds the identity's budget row. Should two come through all the same,
    the unique ``proven_key`` lets one register and the other finds what that one made.

    Raises ``AccountNotAllowed`` when the site's ``AccountPolicy`` chooses none of the users who have this address, as
    it does where there are several; when it is a staff member's and the site did not say that it verified it; when
    the site's own table refuses a user.
    """
    customer = find(identity)
    if customer:
        return Proof(customer, is_new=False)
    try:
        with transaction.atomic():
            return _make(identity, attempt, if_unknown)
    except IntegrityError:
        customer = find(identity)
        if customer is None:  # the site's own table refuses: a user has this address as theirs, or once had
            raise errors.AccountNotAllowed("the site's user table refuses a new user") from None
        return Proof(customer, is_new=False)


def _make(identity: Identity, attempt: LoginAttempt, if_unknown: type[errors.PasswordlessError] | None) -> Proof:
    owners = users_with(identity)
    if if_unknown and not owners:
        raise if_unknown
    uid = new_uid()
    user: Any = _adopt(_chosen(identity, owners), identity) if owners else register(identity, uid, attempt.name)
    customer, is_new = Customer.objects.get_or_create(
        user=user,
        defaults={
            "uid": uid,
            "full_name": attempt.name,
            "language": attempt.language,
            "registered_by": identity.kind,
            "registration_source": attempt.registration_source,
        },
    )
    Identifier.objects.add_proven(customer, identity)
    return Proof(customer, is_new=is_new and not owners, is_adopted=bool(owners))


def _chosen(identity: Identity, owners: list[AbstractBaseUser]) -> AbstractBaseUser:
    user = choose(identity, owners)
    if user is None:
        raise errors.AccountNotAllowed(
            f"{len(owners)} of the site's users have this {identity.kind}, and none was chosen"
        )
    return user


def _adopt(user: AbstractBaseUser, identity: Identity) -> AbstractBaseUser:
    """Let the owner of a mailbox or number have the site's user who has it.

    Whoever registered that user may have typed somebody else's address and waited. Unless the site says that it
    verified its users' addresses, their password and with it their sessions end here, and staff are not adopted
    at all: mail must not become a way around what protects the admin. Nor is a user of whom the site verified
    something else: that is whoever they are, and would still open the account.
    """
    if verified_by_site(identity):
        return user
    if is_staff(user):
        raise errors.AccountNotAllowed("staff, and the site does not say that it verified this address")
    if has_another_verified(user, identity):
        raise errors.AccountNotAllowed("the site verified another address or number of this user")
    user.set_unusable_password()
    user.save(update_fields=["password"])
    return user
