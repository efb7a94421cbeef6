"""Whose account a proof opens: found, adopted or registered."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction

from .. import access_tokens, errors
from ..backends.accounts import choose
from ..backends.users import (
    NewUser,
    follow_phone,
    has_another_verified,
    has_user_name,
    is_staff,
    register,
    users_with,
    verified_by_site,
)
from ..identifiers import Identity, parse_email, parse_user_name
from ..models import Customer, Event, Identifier, LoginAttempt, Registration
from ..models.customer import identity_key, new_uid
from ..models.event import EventName
from .lookup import find


@dataclass(frozen=True)
class Proof:
    """Whose account was opened; whether it was made or adopted, and the identity first proven, just now."""

    customer: Customer
    is_new: bool
    is_adopted: bool = False
    is_first: bool = False


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
    claim = Identifier.objects.claimed(identity, attempt.customer) if attempt.customer else None
    if claim:
        give(claim.customer, identity)
        if identity.kind == "phone":
            follow_phone(claim.customer.user, identity)
        return Proof(claim.customer, is_new=False, is_first=True)
    owners = users_with(identity)
    if if_unknown and not owners:
        raise if_unknown
    uid = new_uid()
    brought = _brought(attempt.registration)
    user: Any = _adopt(_chosen(identity, owners), identity) if owners else register(identity, uid, _new(attempt))
    customer, is_new = Customer.objects.get_or_create(
        user=user,
        defaults={
            "uid": uid,
            "full_name": attempt.name,
            "profile": brought.profile if brought and not owners else {},
            "language": attempt.language,
            "registered_by": identity.kind,
            "registration_source": attempt.registration_source,
        },
    )
    give(customer, identity)
    if brought and brought.email and not owners:
        _claim(customer, parse_email(brought.email), identity)
    return Proof(customer, is_new=is_new and not owners, is_adopted=bool(owners), is_first=True)


def _claim(customer: Customer, told: Identity, proven: Identity) -> None:
    """Note an address that somebody told of and has not proven: nobody signs in with it, and anybody may prove it."""
    if told.canonical != proven.canonical:
        Identifier.objects.claim(customer, told)


def give(customer: Customer, identity: Identity) -> Identifier:
    """Let a customer have an identity that they have just proven, and nobody else any part of it.

    Whoever only claimed it, registered with it, or has left it idle for so long that it was given away, loses it.
    Raises ``IntegrityError`` when somebody else has proven it.
    """
    before = Identifier.objects.held(identity)
    if before and find(identity) is None:
        before.disprove()
        Event.objects.create(name=EventName.PHONE_PASSED_ON, customer=before.customer, identity=identity_key(identity))
    Identifier.objects.drop_claims(identity)
    Registration.objects.end(identity_key(identity))
    return Identifier.objects.add_proven(customer, identity)


def _brought(registration: Registration | None) -> Registration | None:
    """What counts of a registration: nothing, where it has ended or somebody else asked for the same number meanwhile.

    A code that was sent in its last minute outlives it, and who came since was not compared with it.
    """
    if registration is None or registration.is_contested:
        return None
    return Registration.objects.waiting(registration.identity).filter(pk=registration.pk).first()


def _new(attempt: LoginAttempt) -> NewUser:
    first, _blank, last = attempt.name.partition(" ")
    brought = _brought(attempt.registration)
    if brought is None:
        return NewUser(first, last)
    # The name may have been given away since. Somebody without it is better off than somebody who cannot get in.
    is_free = brought.user_name and not has_user_name(parse_user_name(brought.user_name))
    return NewUser(
        first_name=brought.profile.get("FirstName", first),
        last_name=brought.profile.get("LastName", last),
        user_name=brought.user_name if is_free else "",
        password_hash=brought.password,
    )


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
    verified its users' addresses, their password, their sessions and their tokens end here, and staff are not adopted
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
    access_tokens.end_all(user)
    return user
