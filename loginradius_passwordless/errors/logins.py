"""Errors of a login under way: how often, the waiting device, links and codes."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from .base import PasswordlessError

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


class UsedPasswordlessLink(PasswordlessError):
    code = 1062
    message = _("This sign-in link was used before")
    description = _("A link works once, and so does the code that came with it. Ask for a new message.")


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


class WrongEmailCode(PasswordlessError):
    message, description = WrongCode.message, WrongCode.description
    code = 1185


class UsedEmailCode(PasswordlessError):
    message, description = UsedCode.message, UsedCode.description
    code = 1186


class ExpiredEmailCode(PasswordlessError):
    message, description = ExpiredCode.message, ExpiredCode.description
    code = 1187


class SpentEmailCode(PasswordlessError):
    message, description = SpentCode.message, SpentCode.description
    code = 1188


class WrongPassword(PasswordlessError):
    code, status = 966, 401
    message = _("The phone number or the password is not right")
    description = _("Check both and try again, or ask for a code to choose a new password.")


class PhoneNotVerified(PasswordlessError):
    code = 1066
    message = _("This phone number is not verified yet")
    description = _("Enter the code that was sent to it, or ask for a new one.")


class PhoneVerified(PasswordlessError):
    code = 1073
    message = _("This phone number is verified already")
    description = _("No code is needed: sign in with it.")


class PhoneTaken(PasswordlessError):
    code = 1058
    message = _("This phone number belongs to another account")
    description = _("Sign in with it, or use another number.")


class UserNameTaken(PasswordlessError):
    code = 1017
    message = _("This user name is taken")
    description = _("Choose another one.")


class LoginLocked(PasswordlessError):
    code = 1198
    message = _("Signing in with a code is locked for a while")
    description = _("Too many wrong codes were entered. Wait a few minutes, or use a link sent by e-mail.")

    def __init__(self, until: datetime | None) -> None:
        self.until = until

    @property
    def data(self) -> dict[str, Any]:
        return {"Data": {"LoginLockedTimeout": self.until and self.until.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}}


class PasswordLocked(LoginLocked):
    message = _("Signing in with the password is locked for a while")
    description = _("Too many wrong passwords were entered. Wait a few minutes, or sign in with a code.")


# A customer's own account


class SignInTooOld(PasswordlessError):
    code = 1120
    message = _("This sign-in is too old for that")
    description = _("Sign in again, then repeat the request with the new access token.")


class OnlyWayIn(PasswordlessError):
    code = 1043
    message = _("This phone number is the only way into the account")
    description = _("Add an e-mail address first, or change the number.")


class NoPhone(PasswordlessError):
    code = 1292
    message = _("This account has no phone number")
    description = _("There is nothing to send a code to, and nothing to remove.")
