"""What each parameter means, in a sentence. A name that is not here is told by the docstring of its kind."""

from ..api.inputs import Parameter
from .shapes import plain

MEANINGS = {
    "email": "An e-mail address: whose login or account it is.",
    "username": "The name that somebody signs in with on the site.",
    "phone": "A number with its country code: whose login or account it is, or the number that shall be.",
    "phoneid": "The number to register with, with its country code.",
    "password": "The password, as it is: nothing is trimmed.",
    "otp": "The code from the message.",
    "verificationtoken": "The token of the link.",
    "clientguid": "The waiting device's handle on this login. Draw it at random: who knows it can collect the token.",
    "name": "What to call the person, where one that reads like a link is left out; or the webhook.",
    "redirecturl": "Where the page sends the person afterwards; on the application's list, letter by letter.",
    "verificationurl": "A page of yours that the link opens; on the application's list, letter by letter.",
    "isvoiceotp": "True: call the number and say the code.",
    "matchnumber": "At a start, true: the device can show a number. With a link: the number that the device shows.",
    "wait": "For how many seconds the answer may wait for the decision.",
    "claim": "False: only say whether there is something to collect, and collect nothing.",
    "options": "`preventverificationsms`: send no code now.",
    "refreshtoken": "The refresh token.",
    "targeturl": "Where to post what happens: https, on the public internet.",
    "timedifference": "For how many minutes.",
}


def meaning_of(name: str, field: Parameter) -> str:
    """Return what a parameter means."""
    return MEANINGS.get(name) or plain((type(field).__doc__ or "").strip().partition("\n\n")[0])
