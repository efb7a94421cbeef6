"""Errors of the call itself: its address, who calls, what was sent."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from .base import PasswordlessError

# The address that was called


class NotFound(PasswordlessError):
    code, status = 404, 404
    message = _("There is nothing at this address")
    description = _("Check the path: it names no endpoint of this API.")


class MethodNotAllowed(PasswordlessError):
    code, status = 405, 405
    message = _("This method is not allowed here")
    description = _("The endpoint exists, but not with this HTTP method.")

    def __init__(self, allowed: list[str]) -> None:
        self.allowed = allowed

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self.allowed)}


class TooManyRequests(PasswordlessError):
    code, status = 429, 429
    message = _("Too many requests")
    description = _("Wait for the number of seconds in the Retry-After header, then ask again.")

    def __init__(self, retry_after: int, budget: str = "") -> None:
        self.retry_after = retry_after
        self.budget = budget  # which of our rates it was; for the log, not for the answer

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class ServerError(PasswordlessError):
    code, status = 950, 500
    message = _("Something went wrong on our side")
    description = _("The request could not be completed. It is safe to try again in a moment.")


# Who is calling


class MissingAPIKey(PasswordlessError):
    code, status = 922, 400
    message = _("The API key is missing")
    description = _("Send the application's API key as the query parameter apikey or the header X-LoginRadius-ApiKey.")


class MalformedAPIKey(PasswordlessError):
    code, status = 920, 400
    message = _("The API key is malformed")
    description = _("An API key has 8 to 64 letters, digits, dashes or underscores.")


class UnknownAPIKey(PasswordlessError):
    code = 901
    message = _("The API key is not valid")
    description = _("No active application has this API key.")


class MissingAPISecret(PasswordlessError):
    code, status = 923, 400
    message = _("The API secret is missing")
    description = _("Send the application's API secret in the header X-LoginRadius-ApiSecret.")


class MalformedAPISecret(PasswordlessError):
    code, status = 921, 400
    message = _("The API secret is malformed")
    description = _("An API secret has up to 200 printable characters.")


class WrongAPISecret(PasswordlessError):
    code, status = 902, 401
    message = _("The API secret is not valid")
    description = _("This is not a live secret of the application whose API key was sent.")


class OriginNotAllowed(PasswordlessError):
    code = 909
    message = _("Pages of this origin may not call the API")
    description = _("Add the page's origin to the application's list of browser origins.")


class MissingAccessToken(PasswordlessError):
    code, status = 1060, 400
    message = _("The access token is missing")
    description = _("Send the access token in the header: Authorization: Bearer <token>.")


class UnknownAccessToken(PasswordlessError):
    code = 905
    message = _("The access token is not valid")
    description = _("This access token was never issued, was revoked, or belongs to another application.")


class ExpiredAccessToken(PasswordlessError):
    code = 906
    message = _("The access token has expired")
    description = _("Ask for a new one with the refresh token, or let the customer sign in again.")


class UnknownSession(PasswordlessError):
    code = 1055
    message = _("This session is not known")
    description = _("It has ended, or it is none of this customer's and this application's.")


class UnknownRefreshToken(PasswordlessError):
    code = 1217
    message = _("The refresh token is not valid")
    description = _("This refresh token is unknown, used, revoked or expired. The customer has to sign in again.")


# What was sent


class InvalidPostBody(PasswordlessError):
    code, status = 965, 400
    message = _("The post body is invalid")
    description = _("Please use a valid post body and make sure that it is in a valid JSON format.")


class InvalidPutBody(PasswordlessError):
    code, status = 1079, 400
    message = _("The put body is invalid")
    description = _("Send a JSON object of at most 64 kB as the body of this PUT request.")


class InvalidParameter(PasswordlessError):
    code = 908
    message = _("A parameter is missing or badly formed")

    def __init__(self, name: str) -> None:
        self.name = "".join(char for char in name[:40] if char.isprintable())

    @property
    def description(self) -> str:
        return str(
            _("Check the parameter %(name)s: it is required, badly formed, too long or given more than once.")
        ) % {"name": self.name}


class InvalidCaptcha(PasswordlessError):
    code = 1218
    message = _("CAPTCHA is invalid")
    description = _("CAPTCHA is invalid, please enter the correct CAPTCHA value.")


class MissingEmail(PasswordlessError):
    code = 1032
    message = _("The e-mail address is missing")
    description = _("Send the customer's e-mail address as email.")


class InvalidEmail(PasswordlessError):
    code, status = 1038, 400
    message = _("This is not an e-mail address we can use")
    description = _("Enter one plain address such as alice@example.com.")


class NotOneIdentity(PasswordlessError):
    code, status = 1141, 400
    message = _("Whose login this is was not said, or said twice")
    description = _(
        "Send exactly one of the parameters that name a person: email, username or, where there is one, phone."
    )


class MissingUserName(PasswordlessError):
    code, status = 1075, 400
    message = _("The user name is missing")
    description = _("Send the customer's user name as username.")


class MissingPassword(PasswordlessError):
    code, status = 1089, 400
    message = _("The password is missing")
    description = _("Send the customer's password as password.")


class InvalidProfile(PasswordlessError):
    code = 1134
    message = _("Something in the profile cannot be used")
    description = _("Errors names each field, and says what is wrong with it.")

    def __init__(self, problems: Sequence[tuple[str, Any]]) -> None:
        self.problems = problems  # a field as the wire names it, and words that are translated when they are said

    @property
    def data(self) -> dict[str, Any]:
        return {"Errors": [{"FieldName": field, "ErrorMessage": str(words)} for field, words in self.problems]}


class MissingPhone(PasswordlessError):
    code, status = 1076, 400
    message = _("The phone number is missing")
    description = _("Send the customer's phone number as phone.")


class InvalidPhone(PasswordlessError):
    code, status = 1096, 400
    message = _("This is not a phone number we can use")
    description = _(
        "Enter the number with its country code, such as +14155550123. Premium and service numbers are not accepted."
    )


class MissingSOTT(PasswordlessError):
    code, status = 1048, 400
    message = _("The SOTT is missing")
    description = _(
        "Whoever registers somebody proves to come from the application's server: send a SOTT in the header "
        "X-LoginRadius-Sott, or the API secret."
    )


class InvalidSOTT(PasswordlessError):
    code = 1049
    message = _("The SOTT is not valid")
    description = _(
        "It was made with another secret or for another application, it is not good now, or it was used before."
    )


class ReturnURLNotAllowed(PasswordlessError):
    code = 1249
    message = _("This return address is not allowed")
    description = _("Add the exact address to the application's list of return addresses first.")
