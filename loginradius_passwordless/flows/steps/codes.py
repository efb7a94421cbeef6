"""Redeeming a code: count the guess, compare, and say what a dead code became."""

from django.views.decorators.debug import sensitive_variables

from ... import budgets, errors, signals
from ...identifiers import Identity
from ...models import Event, Flow, GuessBudget, LoginAttempt, Purpose, State, VerificationToken
from ...models.customer import identity_key
from ...models.database import committed, in_transaction
from ...models.event import EventName
from ...models.token import VerificationTokenQuerySet
from .people import MAX_AGENT, Caller

DEAD_CODES = 3


@sensitive_variables("code")
def redeem_code(caller: Caller, *, flow: Flow, purpose: Purpose, identity: Identity, code: str) -> LoginAttempt:
    """Find the live attempt whose code this is. Counted before it is looked at, whatever comes of it (law 2).

    The guess is spent on the address, on the identity and on each live attempt it is compared with. Only
    somebody who knows a code learns that it was used or has expired; every other guess is just wrong.
    """
    key = identity_key(identity)
    was_right = budgets.spend_failure(caller.visitor.address)
    sent = VerificationToken.objects.codes(
        application_id=caller.application.pk, flow=flow, identity=key, purpose=purpose
    ).select_related("attempt", "attempt__application")
    guessable = _spend_guess(key, sent)
    for token in guessable:
        if token.matches(code):
            was_right()
            return token.attempt
    _note_wrong_code(caller, key, flow)
    raise _what_became_of(code, sent, was_compared=bool(guessable))


@committed
def _spend_guess(key: str, sent: VerificationTokenQuerySet) -> list[VerificationToken]:
    """Count the guess in a transaction of its own, and return the tokens that it may be compared with.

    Where no code was sent there is nothing to guess, and nobody can lock a number that never asked for one.
    """
    if not sent.exists():
        return []
    budgets.spend_guess(key)
    return [token for token in sent.live() if token.attempt.spend_try()]


@sensitive_variables("code")
def _what_became_of(code: str, sent: VerificationTokenQuerySet, *, was_compared: bool) -> errors.PasswordlessError:
    live = list(sent.live())
    for token in sent.exclude(pk__in=[token.pk for token in live])[:DEAD_CODES]:
        if token.matches(code):
            return _dead(token.attempt)
    # Nobody looks at a code whose tries are used up, not even to say that it was right.
    return errors.SpentCode() if live and not was_compared else errors.WrongCode()


def _dead(attempt: LoginAttempt) -> errors.PasswordlessError:
    if attempt.state in {State.VERIFIED, State.CONSUMED}:
        return errors.UsedCode()
    if attempt.state in {State.SUPERSEDED, State.DENIED}:
        return errors.SpentCode()
    return errors.ExpiredCode()


@in_transaction
def _note_wrong_code(caller: Caller, key: str, flow: Flow) -> None:
    until = GuessBudget.objects.locked_until(key)
    event = Event(application=caller.application, identity=key, address=caller.visitor.address, detail=flow)
    event.name = EventName.CODE_LOCKED if until else EventName.WRONG_CODE
    event.agent = caller.visitor.agent[:MAX_AGENT]
    event.save(force_insert=True)
    if until:
        signals.code_locked.send(sender=GuessBudget, identity=key, until=until)
