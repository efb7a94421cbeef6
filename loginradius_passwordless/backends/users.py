"""The site's own users, whatever their model: who has an address or a number there, and how a new one is made."""

from dataclasses import dataclass, field
from typing import Any

import idna
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q

from .. import errors
from ..conf import conf
from ..identifiers import Identity, parse_email, parse_phone
from ..models import Identifier
from ..models.database import Now

# What the name of a field says that people sign in with their phone.
PHONE_WORDS = ("phone", "mobile")


def verified_by_site(identity: Identity) -> bool:
    """Tell whether the site says that it verified the addresses, or numbers, in its user table."""
    return conf.SITE_EMAILS_ARE_VERIFIED if identity.kind == "email" else conf.SITE_PHONES_ARE_VERIFIED


def is_staff(user: AbstractBaseUser) -> bool:
    """Tell whether this user may use the admin, or everything."""
    return bool(getattr(user, "is_staff", False) or getattr(user, "is_superuser", False))


def has_another_verified(user: AbstractBaseUser, identity: Identity) -> bool:
    """Tell whether a user's row has an identifier of the other kind that the site says it verified."""
    try:
        other = stored_identity(user, "phone" if identity.kind == "email" else "email")
    except (errors.InvalidEmail, errors.InvalidPhone):
        return False
    return verified_by_site(other)


def users_with(identity: Identity) -> list[AbstractBaseUser]:
    """Return the site's users who have this address or number; the active ones, if there are any.

    The database compares loosely, so every hit is parsed and compared again. A user we already know has identifiers
    of their own, which were proven; what their user row says was not, unless the site says that it was.
    """
    user_model = get_user_model()
    field = _field_for(identity.kind)
    if not field:
        return []
    spellings = Q(**{f"{field}__iexact": identity.canonical})
    if identity.kind == "email" and _in_unicode(identity) != identity.canonical:
        spellings |= Q(**{f"{field}__iexact": _in_unicode(identity)})
    has_proven = Identifier.objects.filter(customer__user=OuterRef("pk"), kind=identity.kind)
    unknown = ~Exists(has_proven) if verified_by_site(identity) else Q(passwordless_customer=None)
    found = user_model._default_manager.filter(spellings, unknown).select_related("passwordless_customer")
    if identity.kind == "phone":
        found = found.exclude(_idle())
    owners: list[AbstractBaseUser] = [user for user in found if _has(user, identity)]
    return [user for user in owners if user.is_active] or owners


def _idle() -> Q:
    """Users who were not seen for so long that their number may be somebody else's: see ``idle_phones``."""
    long_ago = Now() - conf.PHONES_IDLE_AFTER
    seen = "passwordless_customer__last_seen_at"
    return Q(last_login__lte=long_ago) & (Q(**{f"{seen}__isnull": True}) | Q(**{f"{seen}__lte": long_ago}))


def user_named(user_name: Identity) -> AbstractBaseUser | None:
    """Return the user of exactly this name: not every database tells two spellings apart."""
    user_model: Any = get_user_model()
    try:
        user: AbstractBaseUser = user_model._default_manager.get_by_natural_key(user_name.value)
    except (user_model.DoesNotExist, user_model.MultipleObjectsReturned):
        return None
    return user if user.get_username() == user_name.value else None


def stored_identity(user: AbstractBaseUser, kind: str) -> Identity:
    """Return the address or number in a user's row, parsed. Raises ``InvalidEmail`` or ``InvalidPhone``."""
    field = _field_for(kind)
    text = str(getattr(user, field) or "") if field else ""
    return parse_email(text) if kind == "email" else parse_phone(text)


@dataclass(frozen=True)
class NewUser:
    """What somebody brought who registered; nothing of it where only an address or number was proven."""

    first_name: str = ""
    last_name: str = ""
    user_name: str = ""
    password_hash: str = field(default="", repr=False)


def register(identity: Identity, uid: str, new: NewUser) -> AbstractBaseUser:
    """Create a user of the site's own model; without a usable password unless one was chosen."""
    user_model: Any = get_user_model()
    user: AbstractBaseUser = user_model()
    email_field = user_model.get_email_field_name()
    if identity.kind == "email" and has_field(user_model, email_field):
        setattr(user, email_field, identity.canonical)
    if email_field != user_model.USERNAME_FIELD or identity.kind != "email":
        chosen = new.user_name if takes_user_names() else ""
        setattr(user, user_model.USERNAME_FIELD, chosen or _username(user_model, identity, uid))
    _set_text(user, "first_name", new.first_name)
    _set_text(user, "last_name", new.last_name)
    user.password = new.password_hash or make_password(None)
    user.save(force_insert=True)
    return user


def draft(new: NewUser) -> AbstractBaseUser:
    """Return a user that is not saved: what a new password is compared with."""
    user: AbstractBaseUser = get_user_model()()
    if new.user_name:
        _set_text(user, get_user_model().USERNAME_FIELD, new.user_name)
    _set_text(user, "first_name", new.first_name)
    _set_text(user, "last_name", new.last_name)
    return user


def problem_with_user_name(user_name: Identity) -> ValidationError | None:
    """Say what the site's own validators have against a user name."""
    user_model = get_user_model()
    field: Any = user_model._meta.get_field(user_model.USERNAME_FIELD)
    try:
        field.run_validators(user_name.value)
    except ValidationError as error:
        return ValidationError(error.error_list[0])
    return None


def takes_user_names() -> bool:
    """Tell whether people choose a name to sign in with here: not where that is their address or their number."""
    user_model = get_user_model()
    name = user_model.USERNAME_FIELD
    return name not in {_field_for("email"), _field_for("phone")} and not isinstance(
        user_model._meta.get_field(name), models.EmailField
    )


def has_user_name(user_name: Identity) -> bool:
    """Tell whether somebody has this user name, in any case: two people must not look alike."""
    user_model = get_user_model()
    return user_model._default_manager.filter(**{f"{user_model.USERNAME_FIELD}__iexact": user_name.value}).exists()


def signs_in_with(user: AbstractBaseUser, phone: Identity) -> bool:
    """Tell whether a number is a user's login name on a site that says that it verified it: it opens the account."""
    return verified_by_site(phone) and _has(user, phone)


def follow_phone(user: AbstractBaseUser, phone: Identity) -> None:
    """Write a number that was just proven into the user's row, where people sign in to the site with it.

    Raises ``IntegrityError`` when another user of the site has it.
    """
    name = _field_for("phone")
    if name and not _has(user, phone):
        setattr(user, name, phone.canonical)
        user.save(update_fields=[name])


def delete(user: AbstractBaseUser) -> None:
    """Delete a user of the site, with all that the site's own tables have of them."""
    user.delete()


def deactivate(user: AbstractBaseUser, uid: str) -> None:
    """Keep a user's row for what the site's own tables say of it, and nothing in it that is about a person."""
    user_model: Any = get_user_model()
    for name in ("first_name", "last_name", "full_name", "name"):
        _set_text(user, name, "")
    for name in {user_model.get_email_field_name(), user_model.USERNAME_FIELD}:
        if not has_field(user_model, name):
            continue
        column: Any = user_model._meta.get_field(name)
        unique = f"{uid}@deleted.invalid" if isinstance(column, models.EmailField) else f"deleted-{uid}"
        _set_text(user, name, unique if column.unique else "")
    user.is_active = False
    user.set_unusable_password()
    user.save()


def _username(user_model: Any, identity: Identity, uid: str) -> str:
    """A login name for a model that needs one: nobody types it, so it says nothing about the person."""
    field = user_model._meta.get_field(user_model.USERNAME_FIELD)
    if isinstance(field, models.EmailField):
        return f"{uid}@phone.invalid"
    if identity.kind == "phone" and _field_for("phone"):
        return identity.canonical
    return uid[: field.max_length]


def _set_text(user: AbstractBaseUser, name: str, value: str) -> None:
    if has_field(type(user), name):
        limit: Any = getattr(user._meta.get_field(name), "max_length", None)
        setattr(user, name, value[:limit])


def _field_for(kind: str) -> str:
    """Name the field that holds an e-mail address or a phone number, if there is one.

    Of a phone number only where people sign in with it: nothing else says which field is theirs to sign in with.
    """
    user_model = get_user_model()
    field = user_model.get_email_field_name() if kind == "email" else user_model.USERNAME_FIELD
    is_right = kind == "email" or any(word in field for word in PHONE_WORDS)
    return field if is_right and has_field(user_model, field) else ""


def _has(user: AbstractBaseUser, identity: Identity) -> bool:
    try:
        return stored_identity(user, identity.kind).canonical == identity.canonical
    except (errors.InvalidEmail, errors.InvalidPhone):
        return False


def _in_unicode(identity: Identity) -> str:
    local, _at, domain = identity.canonical.partition("@")
    return f"{local}@{idna.decode(domain)}"


def has_field(model: type[models.Model], name: str) -> bool:
    """Tell whether a model has a field of this name."""
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True
