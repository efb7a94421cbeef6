"""What messages are for, and how they travel."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageKind(models.TextChoices):
    """What a message is for."""

    ONE_TOUCH_LOGIN = "one_touch_login", _("One-touch login")
    SMART_LOGIN = "smart_login", _("Smart login")
    PASSWORDLESS_LOGIN = "passwordless_login", _("Passwordless login")
    PHONE_VERIFICATION = "phone_verification", _("Phone verification")
    ACCOUNT_EXISTS = "account_exists", _("Account exists")
    PHONE_CHANGE = "phone_change", _("Phone change")
    PASSWORD_RESET = "password_reset", _("Password reset")
    ACCOUNT_DELETE = "account_delete", _("Account deletion")
    WELCOME = "welcome", _("Welcome")
    SECURITY_NOTICE = "security_notice", _("Security notice")
    PASSWORD_CHANGED = "password_changed", _("Notice: password changed")
    PHONE_CHANGED = "phone_changed", _("Notice: phone changed")


class MessageChannel(models.TextChoices):
    """How a message travels."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    VOICE = "voice", _("Voice call")


# What nobody asks for: it counts for no limit, and what it carries lives as long as the notice says.
BY_ITSELF = frozenset(
    {
        MessageKind.WELCOME,
        MessageKind.ACCOUNT_EXISTS,
        MessageKind.SECURITY_NOTICE,
        MessageKind.PASSWORD_CHANGED,
        MessageKind.PHONE_CHANGED,
    }
)

# When a message of a kind is sent, for staff.
SENT_WHEN = {
    MessageKind.ONE_TOUCH_LOGIN: _("Somebody asks to sign in, with or without an account."),
    MessageKind.SMART_LOGIN: _("A customer asks on a TV or another device, and confirms with the link."),
    MessageKind.PASSWORDLESS_LOGIN: _("A customer asks for a link or a code to sign in with."),
    MessageKind.PHONE_VERIFICATION: _("Somebody registers with a phone number, which the code proves."),
    MessageKind.ACCOUNT_EXISTS: _("Somebody registers with a phone number that has an account already."),
    MessageKind.PHONE_CHANGE: _("A customer wants another phone number, which the code proves."),
    MessageKind.PASSWORD_RESET: _("A customer has forgotten the password and asks for a code."),
    MessageKind.ACCOUNT_DELETE: _("A customer wants to delete the account, which the code confirms."),
    MessageKind.WELCOME: _("A customer has signed in for the first time."),
    MessageKind.SECURITY_NOTICE: _("A customer has signed in on a new device or in a new country."),
    MessageKind.PASSWORD_CHANGED: _("A password was changed by code."),
    MessageKind.PHONE_CHANGED: _("A phone number was added, changed or removed."),
}
