"""Errors of what is not allowed: to the application, and to the account."""

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


class PasswordlessLoginOff(PasswordlessError):
    code = 1059
    message = _("Passwordless login is switched off")
    description = _("Passwordless login is not enabled for this application.")


class PhoneLoginOff(PasswordlessError):
    code = 1074
    message = _("Phone login is switched off")
    description = _("Phone login is not enabled for this application.")


class RegistrationOff(PasswordlessError):
    code = 1190
    message = _("Registration is switched off")
    description = _("Nobody can register with this application; only existing customers can sign in.")


class PasswordLoginOff(PasswordlessError):
    code = 1286
    message = _("Password login is switched off")
    description = _("Nobody signs in to this application with a password.")


class OnlyPhoneLogin(PasswordlessError):
    code = 1077
    message = _("Passwords go with phone numbers here")
    description = _("Send the customer's phone number as phone, not an e-mail address or a user name.")


class NoSMSProvider(PasswordlessError):
    code = 1071
    message = _("SMS is not available")
    description = _("No SMS provider is configured for this site.")


class NoVoiceProvider(PasswordlessError):
    code = 1281
    message = _("Voice calls are not available")
    description = _("A code by voice call was asked for, but no voice provider is configured for this site.")


# The account


class UnknownAccount(PasswordlessError):
    code = 938
    message = _("No account was found")
    description = _("Nobody has an account with this e-mail address, user name or phone number.")


class UnknownUID(PasswordlessError):
    code = 937
    message = _("This UID is not known")
    description = _("No customer has it.")


class NoPhoneToInvalidate(PasswordlessError):
    code = 1147
    message = _("This account has no phone number")
    description = _("There is no verification to reset.")


class PhoneNotVerifiedBefore(PasswordlessError):
    code = 1161
    message = _("This phone number is not verified")
    description = _("There is no verification to reset.")


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
    description = _("Contact the site: its staff can see why.")

    def __init__(self, reason: str) -> None:
        self.reason = reason  # for the event log; it is not said

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}"
