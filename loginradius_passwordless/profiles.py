"""A customer as LoginRadius' clients know one: what the API answers, and what webhooks tell."""

from datetime import UTC, datetime
from typing import Any, overload

from .models import Customer, Identifier

# What somebody told of themselves when they registered, beside the names.
TOLD = ["Prefix", "MiddleName", "Suffix", "NickName", "BirthDate", "Gender", "Company", "Country", "CustomFields"]


@overload
def timestamp(moment: datetime) -> str: ...
@overload
def timestamp(moment: datetime | None) -> str | None: ...
def timestamp(moment: datetime | None) -> str | None:
    """A moment as .NET and Go parse it, or null: an empty string breaks both."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if moment else None


def profile(customer: Customer) -> dict[str, Any]:
    """A customer as the SDKs model it. Secrets have no place in it, hashes included."""
    user = customer.user
    identifiers = list(customer.identifiers.all())
    phone = next((row for row in identifiers if row.kind == "phone"), None)
    emails = [row for row in identifiers if row.kind == "email"]
    told = customer.profile
    first_name = getattr(user, "first_name", "") or told.get("FirstName") or customer.full_name.partition(" ")[0]
    last_name = getattr(user, "last_name", "") or told.get("LastName") or customer.full_name.partition(" ")[2]
    is_locked = customer.is_blocked or not user.is_active
    return {
        "Uid": customer.uid,
        "ID": customer.uid,
        "Provider": "Phone" if customer.registered_by == "phone" else "Email",
        "UserName": _user_name(customer, identifiers),
        "PhoneId": phone.canonical if phone else None,
        "PhoneIdVerified": bool(phone and phone.verified_at),
        "Email": _addresses([row for row in emails if row.verified_at]),
        "UnverifiedEmail": _addresses([row for row in emails if not row.verified_at]),
        "EmailVerified": any(row.verified_at for row in emails),
        "FirstName": first_name or None,
        "LastName": last_name or None,
        "FullName": told.get("FullName") or f"{first_name} {last_name}".strip() or None,
        **{name: told.get(name) for name in TOLD},
        "PhoneNumbers": None,
        "CreatedDate": timestamp(customer.created_at),
        "ModifiedDate": timestamp(customer.modified_at),
        "ProfileModifiedDate": timestamp(customer.modified_at),
        "SignupDate": timestamp(customer.created_at),
        "LastLoginDate": timestamp(customer.last_login_at),
        "LastPasswordChangeDate": timestamp(customer.password_changed_at),
        "PasswordExpirationDate": None,
        "IsActive": user.is_active,
        "IsDeleted": False,
        "IsEmailSubscribed": False,
        "IsLoginLocked": is_locked,
        "LoginLockedType": "Block" if is_locked else "None",
        "FirstLogin": customer.logins <= 1,
        "NoOfLogins": customer.logins,
        "LastLoginLocation": None,
        "RegistrationProvider": "Phone" if customer.registered_by == "phone" else "Email",
        "RegistrationSource": customer.registration_source or "API",
        "Roles": None,
        "Identities": None,
        "Password": None,
    }


def _addresses(rows: list[Identifier]) -> list[dict[str, str]] | None:
    if not rows:
        return None
    return [{"Type": "Secondary" if index else "Primary", "Value": row.value} for index, row in enumerate(rows)]


def _user_name(customer: Customer, identifiers: list[Identifier]) -> str | None:
    """The login name that the person chose: not the one we made up, not an address that stands elsewhere."""
    name = customer.user.get_username()
    made_up = name.startswith(customer.uid)
    return None if made_up or any(name in {row.value, row.canonical} for row in identifiers) else name
