"""What a person reads when a link cannot be used: what happened, and what to do now. Never whose link it was."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from .. import errors
from ..errors import PasswordlessError

USED = (
    _("This link was used before"),
    _("If your device is signed in, all is done. If it is not, ask for a new link there."),
)
NOT_FROM_HERE = (
    _("This sign-in link is wrong"),
    _("Go back to the site that you came from and try again there. If that does not help, tell that site."),
)
WORDS: dict[type[PasswordlessError], tuple[Any, Any]] = {
    errors.UnknownLink: (
        _("This link is not known"),
        _("Perhaps it was cut off. Open the whole link from the newest message, or ask for a new one on the device."),
    ),
    errors.ExpiredLink: (
        _("This link has expired"),
        _("Ask for a new one on the device. If the message has a code as well, you can type that in instead."),
    ),
    errors.SupersededLink: (
        _("A newer link replaced this one"),
        _("Open the link in the newest message, or ask for a new one on the device."),
    ),
    errors.UsedSmartLink: USED,
    errors.UsedOneTouchLink: USED,
    errors.UsedPasswordlessLink: (
        _("This link was used before"),
        _("A link works once, and so does the code beside it. If you are not signed in, ask for a new message."),
    ),
    errors.LoginDenied: (
        _("This request was refused"),
        _("Nobody was signed in with it. If that was a mistake, ask for a new link on the device."),
    ),
    errors.InvalidCaptcha: (
        _("Show that you are a person"),
        _("Answer the question above the button, if there is one, then try again."),
    ),
    errors.TooManyRequests: (_("Too many tries from here"), _("Wait a few minutes, then try again.")),
    errors.ReturnURLNotAllowed: NOT_FROM_HERE,
    errors.MalformedAPIKey: NOT_FROM_HERE,
    errors.UnknownAPIKey: NOT_FROM_HERE,
    errors.UnknownClientGUID: (
        _("Nothing was asked for here"),
        _("Begin anew, and enter your address, name or number once more."),
    ),
    errors.LinkNotOpened: (
        _("The link was not confirmed yet"),
        _("Open it on the other device and choose the number below there. Or type in the code from the message."),
    ),
    errors.InvalidParameter: (
        _("That does not look right"),
        _("Enter your e-mail address, your user name, or your phone number with its country code, as +14155550123."),
    ),
    errors.MissingPassword: (_("The password is missing"), _("Enter it, and try again.")),
    errors.WrongPassword: (
        _("These do not match"),
        _("The number or the password is not right. If you have forgotten the password, choose a new one with a code."),
    ),
    errors.PhoneVerified: (_("This is your number already"), _("There is nothing to change.")),
    errors.PhoneTaken: (_("This number belongs to another account"), _("Use another one.")),
    errors.SignInTooOld: (
        _("Sign in once more first"),
        _("Your sign-in was a while ago. So that nobody else changes your account, sign in again and then come back."),
    ),
    errors.OnlyWayIn: (
        _("This number is your only way in"),
        _("Without it you could not sign in any more. Change it instead."),
    ),
    errors.PasswordLoginOff: (
        _("There are no passwords here"),
        _("Go back, and sign in with a code."),
    ),
    errors.RegistrationOff: (
        _("Nobody can create an account here"),
        _("Go back, and sign in if you have one."),
    ),
    errors.WrongNumber: (
        _("That was not the number"),
        _("Nobody was signed in. Ask for a new link on the device, and pick the number that it shows."),
    ),
}


def problem(error: PasswordlessError) -> dict[str, Any]:
    """What a page says about an error: words for people, and the code for the support desk."""
    title, text = WORDS.get(type(error), (error.message, error.description))
    if isinstance(error, errors.InvalidProfile):
        title, text = _("This cannot be used"), " ".join(str(words) for _field, words in error.problems)
    again = isinstance(error, errors.UsedPasswordlessLink | errors.PasswordLoginOff | errors.RegistrationOff)
    return {"title": title, "text": text, "code": str(error.code), "can_sign_in_again": again}
