"""The bodies of the wire. Names are LoginRadius' own; ``docs/reference/endpoints.md`` says where each is used."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

# What somebody told of themselves when they registered, beside the names.
TOLD = ["Prefix", "MiddleName", "Suffix", "NickName", "BirthDate", "Gender", "Company", "Country", "CustomFields"]

if TYPE_CHECKING:
    from ..flows.steps import SignIn
    from ..models import AccessToken, Customer, Identifier, Match, Message
    from ..models.access_token import IssuedTokens


def posted(match: Match | None = None) -> dict[str, Any]:
    """The request was taken; where a number has to be picked, the device shows this one."""
    return {"IsPosted": True, "MatchNumber": match.number} if match else {"IsPosted": True}


def posted_sms(message: Message) -> dict[str, Any]:
    """The request was taken and a message is on its way; its id is ours, not the provider's."""
    return {"IsPosted": True, "Data": {"AccountSid": None, "Sid": message.sid.hex}}


def verified() -> dict[str, Any]:
    """The link was good."""
    return {"IsPosted": True, "IsVerified": True}


def decided(is_decided: bool) -> dict[str, Any]:
    """Whether a ping would tell something final."""
    return {"IsDecided": is_decided}


def exist(is_taken: bool) -> dict[str, Any]:
    """Whether somebody has it."""
    return {"IsExist": is_taken}


def sott(text: str, expires_at: datetime) -> dict[str, Any]:
    """A SOTT, and until when it is good."""
    return {"Sott": text, "ExpiryTime": timestamp(expires_at)}


def server_info(now: datetime, end: datetime, minutes: int) -> dict[str, Any]:
    """The time of this server, and a window for a SOTT, as SDKs copy it."""
    written = "%Y-%m-%d %H:%M:%S"
    window = {"StartTime": f"{now:{written}}", "EndTime": f"{end:{written}}", "TimeDifference": str(minutes)}
    return {"ServerLocation": "", "ServerName": "", "CurrentTime": f"{now:{written}}", "Sott": window}


def deleted() -> dict[str, Any]:
    """It is gone."""
    return {"IsDeleted": True}


def login(sign_in: SignIn) -> dict[str, Any]:
    """The standard login answer."""
    return {"Profile": profile(sign_in.customer), **tokens(sign_in.tokens)}


def tokens(issued: IssuedTokens) -> dict[str, Any]:
    """An access token and its refresh token."""
    return {
        "access_token": issued.access_token,
        "refresh_token": issued.refresh_token,
        "expires_in": timestamp(issued.expires_at),
    }


def token_state(row: AccessToken, access_token: str) -> dict[str, Any]:
    """A live access token, given back to who sent it."""
    return {"access_token": access_token, "refresh_token": None, "expires_in": timestamp(row.expires_at)}


def token_info(access_token: str) -> dict[str, Any]:
    """What kind of token this is."""
    return {"provider": "RAAS", "access_token": access_token, "isrememberme": False}


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
