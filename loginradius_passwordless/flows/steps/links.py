"""What all links have in common: where they lead, which attempt they are about, and why it cannot go on."""

from collections.abc import Collection

from django.views.decorators.debug import sensitive_variables

from ... import errors
from ...models import Application, Flow, LoginAttempt, Purpose, State, VerificationToken

# A device waits for the link to be opened, and this is all that the API's own verify call does for these.
WAITING_FLOWS = (Flow.ONE_TOUCH, Flow.SMART)
LINK_FLOWS = (*WAITING_FLOWS, Flow.PASSWORDLESS)

SWITCHES: dict[str, tuple[str, type[errors.PasswordlessError]]] = {
    Flow.ONE_TOUCH: ("one_touch_login", errors.OneTouchLoginOff),
    Flow.SMART: ("smart_login", errors.SmartLoginOff),
    Flow.PASSWORDLESS: ("passwordless_login", errors.PasswordlessLoginOff),
}
USED: dict[str, type[errors.PasswordlessError]] = {
    Flow.ONE_TOUCH: errors.UsedOneTouchLink,
    Flow.SMART: errors.UsedSmartLink,
    Flow.PASSWORDLESS: errors.UsedPasswordlessLink,
}


def check_flow_is_on(application: Application, flow: str) -> None:
    """Raise the error of a flow when the application does not have it, or no longer has it."""
    switch, error = SWITCHES[flow]
    if not getattr(application, switch):
        raise error


@sensitive_variables("secret")
def open_attempt_of(
    secret: str, *, flows: Collection[Flow] = LINK_FLOWS, application: Application | None = None
) -> LoginAttempt:
    """Return the attempt of a link that nobody has decided about yet, or say what became of it.

    Raises ``UnknownLink``, also for a link of another flow or of another application than the one that asks;
    ``ExpiredLink``, ``SupersededLink``, ``LoginDenied``; ``UsedOneTouchLink``, ``UsedSmartLink`` or
    ``UsedPasswordlessLink``.
    """
    token = _token_of(secret, flows)
    if application and token.attempt.application_id != application.pk:
        raise errors.UnknownLink
    if not VerificationToken.objects.live().filter(pk=token.pk).exists():
        raise why_not(token.attempt)
    return token.attempt


@sensitive_variables("secret")
def attempt_of(secret: str) -> LoginAttempt:
    """Return the attempt of a link, whatever became of it. Raises ``UnknownLink``."""
    return _token_of(secret, LINK_FLOWS).attempt


def why_not(attempt: LoginAttempt) -> errors.PasswordlessError:
    """Say why an attempt cannot go on, as the database sees it now: somebody else may just have moved it."""
    attempt.refresh_from_db(fields=["state"])
    if attempt.state == State.DENIED:
        return errors.LoginDenied()
    if attempt.state == State.SUPERSEDED:
        return errors.SupersededLink()
    if attempt.state == State.CONSUMED:
        return USED[attempt.flow]()
    if attempt.state == State.VERIFIED and LoginAttempt.objects.live().filter(pk=attempt.pk).exists():
        return USED[attempt.flow]()
    return errors.ExpiredLink()


@sensitive_variables("secret")
def _token_of(secret: str, flows: Collection[Flow]) -> VerificationToken:
    found = VerificationToken.objects.with_link(secret, Purpose.LOGIN)
    token = found.select_related("attempt__application").first()
    if token is None or token.attempt.flow not in flows or not token.attempt.application.is_active:
        raise errors.UnknownLink
    return token
