"""Errors of a login: what the application may do, how often, links, codes, the account."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from .base import PasswordlessError

# What the application may do


class OneTouchLoginOff(PasswordlessError):
    code = 1146
    message = _("One-touch login is switched off")
    description = _("One-touch login is not enabled for this application.")


class SmartLoginOff(PasswordlessError):
    code = 1135
    message = _("Smart login is switched off")
    description = _("Smart login is not enabled for this application.")


class PhoneLoginOff(PasswordlessError):
    code = 1074
    message = _("Phone login is switched off")
    description = _("Phone login is not enabled for this application.")


class RegistrationOff(PasswordlessError):
    code = 1190
    message = _("Registration is switched off")
    description = _("Nobody can register with this application; only existing customers can sign in.")


class NoSMSProvider(PasswordlessError):
    code = 1071
    message = _("SMS is not available")
    description = _("No SMS provider is configured for this site.")


class NoVoiceProvider(PasswordlessError):
    code = 1281
    message = _("Voice calls are not available")
    description = _("A code by voice call was asked for, but no voice provider is configured for this site.")


# How often


class EmailQuotaExceeded(PasswordlessError):
    code = 1122
    message = _("Too many e-mails were asked for")
    description = _("An e-mail is already on its way to this address. Look into the mailbox, or ask again in a while.")


class SMSQuotaExceeded(PasswordlessError):
    code = 1123
    message = _("Too many codes were asked for")
    description = _("A code is already on its way to this number. Wait for it, or ask again in a while.")


# The waiting device


class ClientGUIDUsed(PasswordlessError):
    code = 1136
    message = _("This client GUID was used before")
    description = _("Make a new GUID for every login attempt.")


class LinkNotOpened(PasswordlessError):
    code = 1139
    message = _("The link was not opened yet")
    description = _("The person has not confirmed the login yet. Ask again in five seconds.")

    def __init__(self, attempt_id: int) -> None:
        self.attempt_id = attempt_id  # for whoever waits; it is not said


class UnknownClientGUID(PasswordlessError):
    code = 1140
    message = _("This client GUID is not known")
    description = _("No login was started with this GUID by this application.")


class LoginDenied(PasswordlessError):
    code = 1143
    message = _("The login was refused")
    description = _("The person who opened the link said that this login was not theirs.")


# Links and codes


class UnknownLink(PasswordlessError):
    code = 1063
    message = _("This link is not known")
    description = _("The verification token is wrong or was made for something else. Ask for a new link.")


class ExpiredLink(PasswordlessError):
    code = 975
    message = _("This link has expired")
    description = _("Ask for a new link and open it within a few minutes.")


class SupersededLink(PasswordlessError):
    code = 975
    message = _("A newer link replaced this one")
    description = _("Open the link in the newest message, or ask for a new one.")


class MissingNumber(PasswordlessError):
    code = 908
    message = _("The number is missing")
    description = _("Send the number that the waiting device shows as matchnumber.")


class WrongNumber(PasswordlessError):
    code = 1143
    message = _("That was not the number")
    description = _(
        "The number is not the one that the waiting device shows. Nobody was signed in; ask for a new link."
    )


class UsedSmartLink(PasswordlessError):
    code = 1137
    message = _("This smart login link was used before")
    description = _("A smart login link works once. Ask for a new one.")


class UsedOneTouchLink(PasswordlessError):
    code = 1145
    message = _("This one-touch login link was used before")
    description = _("A one-touch login link works once. Ask for a new one.")


class WrongCode(PasswordlessError):
    code = 1067
    message = _("This code is not right")
    description = _("Check the code in the newest message and enter it again.")


class UsedCode(PasswordlessError):
    code = 1068
    message = _("This code was used before")
    description = _("A code works once. Ask for a new one.")


class ExpiredCode(PasswordlessError):
    code = 1069
    message = _("This code has expired")
    description = _("Ask for a new code and enter it within a few minutes.")


class SpentCode(PasswordlessError):
    code = 1070
    message = _("This code can no longer be used")
    description = _("It was tried too often, or a newer code replaced it. Ask for a new one.")


class LoginLocked(PasswordlessError):
    code = 1198
    message = _("Signing in with a code is locked for a while")
    description = _("Too many wrong codes were entered. Wait a few minutes, or use a link sent by e-mail.")

    def __init__(self, until: datetime | None) -> None:
        self.until = until

    @property
    def data(self) -> dict[str, Any]:
        return {"Data": {"LoginLockedTimeout": self.until and self.until.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}}


# The account


class UnknownAccount(PasswordlessError):
    code = 938
    message = _("No account was found")
    description = _("Nobody has an account with this e-mail address, user name or phone number.")


class UnknownUserName(PasswordlessError):
    code = 1022
    message = _("This user name is not known")
    description = _("Nobody signs in with this user name, or there is no mailbox to write to.")


class UnknownEmail(PasswordlessError):
    code = 1023
    message = _("This e-mail address is not known")
    description = _("Nobody has an account with this e-mail address.")


class UnknownPhone(PasswordlessError):
    code = 1043
    message = _("This phone number is not known")
    description = _("Nobody has an account with this phone number.")


class AccountBlocked(PasswordlessError):
    code = 991
    message = _("This account is blocked")
    description = _("An administrator blocked this account. Contact the site.")


class LoginDisabled(PasswordlessError):
    code = 1130
    message = _("Signing in is disabled for this account")
    description = _("Contact the site to have it enabled again.")


class AccountNotAllowed(PasswordlessError):
    code = 1220
    message = _("This account may not sign in")
    description = _("The account could not be told apart from another one. Contact the site.")
