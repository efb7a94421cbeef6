"""A device that waits: what one-touch login by e-mail and smart login share once the link was mailed.

device B   opens the link         look       who asked, from where, when; nothing changes
device B   presses "It's me"      approve    the mailbox is proven, the account found or made
device B   presses "Not me"       deny       the attempt is over
device A   polls                  ping       pending, over, or an access token, once
"""

from dataclasses import dataclass
from datetime import datetime

from .. import budgets, errors, signals
from ..conf import conf
from ..identifiers import mask_email
from ..models import Application, Flow, GuessBudget, LoginAttempt, State, VerificationToken
from ..models.database import Now, in_transaction
from ..models.event import EventName
from . import steps
from .steps import Caller, SignIn, Visitor

WAITING_FLOWS = (Flow.ONE_TOUCH, Flow.SMART)


@dataclass(frozen=True)
class Question:
    """What the landing page asks the person about."""

    application_name: str
    account: str
    asked_at: datetime
    asked_address: str
    asked_agent: str
    redirect_url: str


def look(secret: str) -> Question:
    """Return what a link is about; changes nothing.

    Raises ``UnknownLink``, ``ExpiredLink``, ``LoginDenied``, ``UsedOneTouchLink`` or ``UsedSmartLink``.
    """
    attempt = _open_attempt_of(secret)
    return Question(
        application_name=attempt.application.name,
        account=mask_email(attempt.recipient),
        asked_at=attempt.created_at,
        asked_address=attempt.asked_address or "",
        asked_agent=attempt.asked_agent,
        redirect_url=attempt.redirect_url,
    )


def approve(visitor: Visitor, secret: str, application: Application | None = None, welcome_template: str = "") -> str:
    """Let the waiting device in, and return where to send the person now, or an empty string.

    Args:
        visitor: who holds the link.
        secret: the verification token.
        application: the application that calls the API; the landing page has none.
        welcome_template: the name of a welcome template, instead of the one named at the start.

    Raises what ``look`` raises, and ``AccountBlocked``, ``LoginDisabled``, ``AccountNotAllowed``,
    ``RegistrationOff``, ``OneTouchLoginOff``, ``SmartLoginOff``.
    """
    attempt = _open_attempt_of(secret, application)
    _check_flow_is_on(attempt)
    with steps.refusals_noted(attempt, visitor):
        _approve(visitor, attempt, welcome_template)
    return attempt.redirect_url


@in_transaction
def _approve(visitor: Visitor, attempt: LoginAttempt, welcome_template: str) -> None:
    GuessBudget.objects.hold(attempt.identity)
    attempt = attempt.reloaded()
    if attempt.state != State.REQUESTED:
        raise _why_not(attempt)
    # The device has two minutes to pick its token up, however late in its life the link was opened.
    facts = {"approved_address": visitor.address, "approved_agent": visitor.agent[: steps.MAX_AGENT]}
    if welcome_template:
        facts["welcome_template"] = welcome_template
    if not attempt.move(State.VERIFIED, expires_at=Now() + conf.PICKUP_LIFETIME, **facts):
        raise _why_not(attempt)
    steps.accept_proof(attempt, visitor)
    steps.note(EventName.LINK_APPROVED, attempt, visitor)


@in_transaction
def deny(visitor: Visitor, secret: str) -> None:
    """End an attempt: its device is told, its link is dead. Raises what ``look`` raises."""
    attempt = _open_attempt_of(secret)
    if not attempt.move(State.DENIED):
        raise _why_not(attempt)
    steps.note(EventName.LOGIN_DENIED, attempt, visitor)
    signals.login_denied.send(sender=LoginAttempt, attempt=attempt)


def ping(caller: Caller, *, client_guid: str) -> SignIn:
    """Hand a verified attempt's access token to the device that waits for it, once.

    Raises:
        LinkNotOpened while the person has not decided; UnknownClientGUID; ExpiredLink; LoginDenied;
        UsedOneTouchLink or UsedSmartLink after the token was given; OneTouchLoginOff or SmartLoginOff;
        AccountBlocked, LoginDisabled; TooManyRequests for polls faster than the limit.
    """
    waiting = LoginAttempt.objects.with_guid(caller.application, client_guid).filter(flow__in=WAITING_FLOWS)
    attempt = waiting.select_related("application", "customer__user").first()
    if attempt is None:
        budgets.spend_ping(budgets.address_prefix(caller.visitor.address))  # somebody may be trying GUIDs
        raise errors.UnknownClientGUID
    budgets.spend_ping(f"attempt-{attempt.pk}")
    _check_flow_is_on(attempt)
    if not waiting.live().exists():
        raise _why_not(attempt)
    if attempt.state == State.REQUESTED:
        raise errors.LinkNotOpened
    with steps.refusals_noted(attempt, caller.visitor):
        return _claim(caller, attempt)


@in_transaction
def _claim(caller: Caller, attempt: LoginAttempt) -> SignIn:
    attempt = attempt.reloaded()
    if attempt.customer is None:  # deleted since it was approved
        raise errors.AccountBlocked
    steps.gate(attempt.customer)
    if attempt.state != State.VERIFIED or not attempt.move(State.CONSUMED):
        raise _why_not(attempt)
    return steps.sign_in(attempt, attempt.customer, caller.visitor)


def _open_attempt_of(secret: str, application: Application | None = None) -> LoginAttempt:
    """Return the attempt of a link that nobody has decided about yet, or say what became of it."""
    token = VerificationToken.objects.with_link(secret).select_related("attempt__application").first()
    if token is None or token.attempt.flow not in WAITING_FLOWS:
        raise errors.UnknownLink
    attempt = token.attempt
    if not attempt.application.is_active or (application and attempt.application_id != application.pk):
        raise errors.UnknownLink
    if attempt.state != State.REQUESTED or not LoginAttempt.objects.live().filter(pk=attempt.pk).exists():
        raise _why_not(attempt)
    return attempt


def _why_not(attempt: LoginAttempt) -> errors.PasswordlessError:
    """Say why an attempt cannot go on, as the database sees it now: somebody else may just have moved it."""
    attempt.refresh_from_db(fields=["state"])
    if attempt.state == State.DENIED:
        return errors.LoginDenied()
    if attempt.state == State.CONSUMED:
        return _used(attempt)
    if attempt.state == State.VERIFIED and LoginAttempt.objects.live().filter(pk=attempt.pk).exists():
        return _used(attempt)
    return errors.ExpiredLink()


def _used(attempt: LoginAttempt) -> errors.PasswordlessError:
    return errors.UsedSmartLink() if attempt.flow == Flow.SMART else errors.UsedOneTouchLink()


def _check_flow_is_on(attempt: LoginAttempt) -> None:
    if attempt.flow == Flow.ONE_TOUCH and not attempt.application.one_touch_login:
        raise errors.OneTouchLoginOff
    if attempt.flow == Flow.SMART and not attempt.application.smart_login:
        raise errors.SmartLoginOff
