"""The shapes of the wire's answers. ``responses`` builds them, and the OpenAPI document is made of them.

Every key is always there, also where it is null.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypedDict


@dataclass(frozen=True)
class Facets:
    """What JSON Schema can say of a value besides its type."""

    format: str | None = None
    pattern: str | None = None
    minimum: int | None = None
    maximum: int | None = None


GUID = Annotated[str, Facets(format="uuid")]
Hex = Annotated[str, Facets(pattern="^[0-9a-f]{32}$")]
# A dashed GUID, unless the site has another issuer of tokens.
Visible = Annotated[str, Facets(pattern="^[!-~]+$")]
Moment = Annotated[str, Facets(format="date-time")]
PlainMoment = Annotated[str, Facets(pattern=r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$")]
Yes = Literal[True]


class Posted(TypedDict):
    """The request was taken."""

    IsPosted: Yes


class PostedMatch(Posted):
    """The request was taken; the device shows this number, and the person picks it."""

    MatchNumber: Annotated[int, Facets(minimum=10, maximum=99)]


class MessageId(TypedDict):
    """Which message it is: ours, not the provider's."""

    AccountSid: None
    Sid: Hex


class PostedMessage(Posted):
    """The request was taken, and a message is on its way."""

    Data: MessageId


class Verified(Posted):
    """The link was good."""

    IsVerified: Yes


class Decided(TypedDict):
    """Whether a ping would tell something final."""

    IsDecided: bool


class Exists(TypedDict):
    """Whether somebody has it."""

    IsExist: bool


class Deleted(TypedDict):
    """It is gone."""

    IsDeleted: Yes


class Device(TypedDict):
    """One sign-in of a customer."""

    Id: GUID
    Device: str
    Country: str | None
    IpAddress: str | None
    SignedInDate: Moment
    LastSeenDate: Moment
    IsCurrent: bool


class Sessions(TypedDict):
    """Where a customer is signed in."""

    Data: list[Device]


class SOTT(TypedDict):
    """A SOTT, and until when it is good."""

    Sott: str
    ExpiryTime: Moment


class SOTTWindow(TypedDict):
    """From when to when a SOTT may be good, in UTC."""

    StartTime: PlainMoment
    EndTime: PlainMoment
    TimeDifference: Annotated[str, Facets(pattern="^[0-9]+$")]


class ServerInfo(TypedDict):
    """The time of this server, in UTC."""

    ServerLocation: str
    ServerName: str
    CurrentTime: PlainMoment
    Sott: SOTTWindow


class Address(TypedDict):
    """An e-mail address of a customer."""

    Type: Literal["Primary", "Secondary"]
    Value: Annotated[str, Facets(format="email")]


class Told(TypedDict):
    """What somebody told of themselves when they registered, beside the names."""

    Prefix: str | None
    MiddleName: str | None
    Suffix: str | None
    NickName: str | None
    BirthDate: str | None
    Gender: str | None
    Company: str | None
    Country: str | None
    CustomFields: dict[str, str] | None


class Profile(Told):
    """A customer as the SDKs model it. Moments are in UTC; ``Password`` is always null."""

    Uid: Hex
    ID: Hex
    Provider: Literal["Email", "Phone"]
    UserName: str | None
    PhoneId: Annotated[str, Facets(pattern=r"^\+[0-9]+$")] | None
    PhoneIdVerified: bool
    Email: list[Address] | None
    UnverifiedEmail: list[Address] | None
    EmailVerified: bool
    FirstName: str | None
    LastName: str | None
    FullName: str | None
    PhoneNumbers: None
    CreatedDate: Moment
    ModifiedDate: Moment
    ProfileModifiedDate: Moment
    SignupDate: Moment
    LastLoginDate: Moment | None
    LastPasswordChangeDate: Moment | None
    PasswordExpirationDate: None
    IsActive: bool
    IsDeleted: Literal[False]
    IsEmailSubscribed: Literal[False]
    IsLoginLocked: bool
    LoginLockedType: Literal["Block", "None"]
    FirstLogin: bool
    NoOfLogins: Annotated[int, Facets(minimum=0)]
    LastLoginLocation: None
    RegistrationProvider: Literal["Email", "Phone"]
    RegistrationSource: str
    Roles: None
    Identities: None
    Password: None


class Tokens(TypedDict):
    """An access token and its refresh token; ``expires_in`` is a moment in UTC, not a number of seconds."""

    access_token: Visible
    refresh_token: GUID
    expires_in: Moment


class Login(Tokens):
    """The standard login answer."""

    Profile: Profile


class PostedLogin(Login):
    """A login that is the answer of a start as well."""

    IsPosted: Yes


class TokenState(TypedDict):
    """A live access token, and until when it works."""

    access_token: str
    refresh_token: None
    expires_in: Moment


class TokenInfo(TypedDict):
    """What kind of token this is."""

    provider: Literal["RAAS"]
    access_token: str
    isrememberme: Literal[False]


class Error(TypedDict):
    """What every error says. Decide by ``ErrorCode``: the sentences may change."""

    Description: str
    ErrorCode: int
    Message: str
    IsProviderError: Literal[False]
    ProviderErrorResponse: None


class FieldError(TypedDict):
    """A field of a profile, and what is wrong with it."""

    FieldName: str
    ErrorMessage: str


class ProfileError(Error):
    """An error that names fields."""

    Errors: list[FieldError]


class LockedUntil(TypedDict):
    """Until when, in UTC."""

    LoginLockedTimeout: Moment | None


class LockedError(Error):
    """An error that says until when."""

    Data: LockedUntil
