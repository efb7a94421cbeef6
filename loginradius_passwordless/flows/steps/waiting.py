"""What the two sides of a waiting device share: is its flow still on, and why can an attempt not go on."""

from ... import errors
from ...models import Flow, LoginAttempt, State

WAITING_FLOWS = (Flow.ONE_TOUCH, Flow.SMART)


def check_flow_is_on(attempt: LoginAttempt) -> None:
    """Raise ``OneTouchLoginOff`` or ``SmartLoginOff`` when the application no longer has the attempt's flow."""
    if attempt.flow == Flow.ONE_TOUCH and not attempt.application.one_touch_login:
        raise errors.OneTouchLoginOff
    if attempt.flow == Flow.SMART and not attempt.application.smart_login:
        raise errors.SmartLoginOff


def why_not(attempt: LoginAttempt) -> errors.PasswordlessError:
    """Say why an attempt cannot go on, as the database sees it now: somebody else may just have moved it."""
    attempt.refresh_from_db(fields=["state"])
    if attempt.state == State.DENIED:
        return errors.LoginDenied()
    if attempt.state == State.SUPERSEDED:
        return errors.SupersededLink()
    if attempt.state == State.CONSUMED:
        return _used(attempt)
    if attempt.state == State.VERIFIED and LoginAttempt.objects.live().filter(pk=attempt.pk).exists():
        return _used(attempt)
    return errors.ExpiredLink()


def _used(attempt: LoginAttempt) -> errors.PasswordlessError:
    return errors.UsedSmartLink() if attempt.flow == Flow.SMART else errors.UsedOneTouchLink()
