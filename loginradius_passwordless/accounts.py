"""Whose account an identity opens: found, adopted or registered, and always only after proof."""

from dataclasses import dataclass
from typing import Any

import idna
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from . import errors
from .conf import conf
from .identifiers import Identity, parse_email
from .models import Customer, Identifier, LoginAttempt
from .models.customer import identity_key, new_uid
from .models.database import Now

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
    """What is known of somebody before they have proven anything.

    ``recipient`` is where to write to: the address that was proven or that the site stored, and never the spelling
    of whoever asks (law 7): on some hosts ``Alice@`` and ``alice@`` are two mailboxes.
    """

    recipient: Identity
    customer: Customer | None
    has_account: bool


def look_up(identity: Identity) -> Known:
    """Return what is known of an e-mail address, a phone number or a user name.

    All questions are asked whatever the answers are, or the time would tell who has an account (law 12).
    """
    if identity.kind == "user_name":
        return _look_up_user_name(identity)
    proven, owners = Identifier.objects.proven(identity), _users_with(identity)
    if proven:
        return Known(proven.identity, proven.customer, has_account=True)
    if owners:
        return Known(parse_email(_address_of(owners[0])), None, has_account=True)
    return Known(identity, None, has_account=False)


def find(identity: Identity) -> Customer | None:
    """Return the customer who has proven this identity before, or None."""
    identifier = Identifier.objects.proven(identity)
    return identifier.customer if identifier else None


def _look_up_user_name(user_name: Identity) -> Known:
    """Look for the mailbox of whoever signs in with a name.

    An address that a customer has proven; of a user whom we do not know yet the address in the site's table, if it
    opens this user's account and no other.
    """
    user = _user_named(user_name)
    proven = Identifier.objects.of_user(user.pk if user else None)
    stored = _stored_address(user)
    owner, owners = Identifier.objects.proven(stored), _users_with(stored)
    if proven:
        return Known(proven.identity, proven.customer, has_account=True)
    if user and owner is None and owners == [user]:
        return Known(stored, None, has_account=True)
    return Known(NOBODY, None, has_account=False)


def _stored_address(user: AbstractBaseUser | None) -> Identity:
    try:
        return parse_email(_address_of(user)) if user else NOBODY
    except (errors.InvalidEmail, AttributeError):
        return NOBODY


def _user_named(user_name: Identity) -> AbstractBaseUser | None:
    """The site's user of exactly this name: not every database tells two spellings apart."""
    user_model: Any = get_user_model()
    try:
        user: AbstractBaseUser = user_model._default_manager.get_by_natural_key(user_name.value)
    except (user_model.DoesNotExist, user_model.MultipleObjectsReturned):
        return None
    return user if user.get_username() == user_name.value else None


def prove(identity: Identity, attempt: LoginAttempt) -> Proof:
    """Return the customer of an identity whose owner has just proven it; adopt or register one where there is none.

    Call it inside a transaction that holds the identity's budget row. Should two come through all the same,
    the unique ``proven_key`` lets one register and the other finds what that one made.

    Raises ``AccountNotAllowed`` when several of the site's users have this address, as nobody is guessed at; when
    it is a staff member's and the site did not say that it verified it; when the site's own table refuses a user.
    """
    customer = find(identity)
    if customer:
        return Proof(customer, is_new=False)
    try:
        with transaction.atomic():
            return _make(identity, attempt)
    except IntegrityError:
        customer = find(identity)
        if customer is None:  # the site's own table refuses: a user has this address as theirs, or once had
            raise errors.AccountNotAllowed from None
        return Proof(customer, is_new=False)


def _make(identity: Identity, attempt: LoginAttempt) -> Proof:
    owners = _users_with(identity)
    if len(owners) > 1:
        raise errors.AccountNotAllowed
    uid = new_uid()
    user: Any = _adopt(owners[0]) if owners else _register(identity, uid, attempt.name)
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
    Identifier.objects.create(
        customer=customer,
        kind=identity.kind,
        value=identity.value,
        canonical=identity.canonical,
        proven_key=identity_key(identity),
        verified_at=Now(),
    )
    return Proof(customer, is_new=is_new and not owners, is_adopted=bool(owners))


def _adopt(user: AbstractBaseUser) -> AbstractBaseUser:
    """Let the owner of a mailbox have the site's user of that address.

    Whoever registered that user may have typed somebody else's address and waited. Unless the site says that it
    verified its users' addresses, their password and with it their sessions end here, and staff are not adopted
    at all: mail must not become a way around what protects the admin.
    """
    if conf.SITE_EMAILS_ARE_VERIFIED:
        return user
    if getattr(user, "is_staff", False) or getattr(user, "is_superuser", False):
        raise errors.AccountNotAllowed
    user.set_unusable_password()
    user.save(update_fields=["password"])
    return user


def _users_with(identity: Identity) -> list[AbstractBaseUser]:
    """The site's users who have this e-mail address and whom we do not know yet; the active ones, if there are any.

    The database compares loosely, so every hit is parsed and compared again. A user we already know has
    identifiers of their own, which were proven; what their user row says was not.
    """
    user_model = get_user_model()
    field = user_model.get_email_field_name()
    if identity.kind != "email" or not _has_field(user_model, field):
        return []
    spellings = Q(**{f"{field}__iexact": identity.canonical})
    if _in_unicode(identity) != identity.canonical:
        spellings |= Q(**{f"{field}__iexact": _in_unicode(identity)})
    found = user_model._default_manager.filter(spellings, passwordless_customer=None)
    owners: list[AbstractBaseUser] = [user for user in found if _same_address(_address_of(user), identity)]
    return [user for user in owners if user.is_active] or owners


def _address_of(user: AbstractBaseUser) -> str:
    return str(getattr(user, type(user).get_email_field_name()))


def _in_unicode(identity: Identity) -> str:
    local, _at, domain = identity.canonical.partition("@")
    return f"{local}@{idna.decode(domain)}"


def _same_address(address: str, identity: Identity) -> bool:
    try:
        return parse_email(address).canonical == identity.canonical
    except errors.InvalidEmail:
        return False


def _register(identity: Identity, uid: str, name: str) -> AbstractBaseUser:
    """Create a user of the site's own model, without a usable password."""
    user_model: Any = get_user_model()
    user: AbstractBaseUser = user_model()
    email_field = user_model.get_email_field_name()
    if identity.kind == "email" and _has_field(user_model, email_field):
        setattr(user, email_field, identity.canonical)
    if email_field != user_model.USERNAME_FIELD or identity.kind != "email":
        setattr(user, user_model.USERNAME_FIELD, _username(user_model, identity, uid))
    first, _blank, last = name.partition(" ")
    _set_text(user, "first_name", first)
    _set_text(user, "last_name", last)
    user.set_unusable_password()
    user.save(force_insert=True)
    return user


def _username(user_model: Any, identity: Identity, uid: str) -> str:
    """A login name for a model that needs one: nobody types it, so it says nothing about the person."""
    field = user_model._meta.get_field(user_model.USERNAME_FIELD)
    if isinstance(field, models.EmailField):
        return f"{uid}@phone.invalid"
    if "phone" in field.name and identity.kind == "phone":
        return identity.canonical
    return uid


def _set_text(user: AbstractBaseUser, name: str, value: str) -> None:
    if _has_field(type(user), name):
        limit: Any = getattr(user._meta.get_field(name), "max_length", None)
        setattr(user, name, value[:limit])


def _has_field(model: type[models.Model], name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True
