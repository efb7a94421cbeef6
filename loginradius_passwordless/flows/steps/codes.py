"""Redeeming a code: count the guess, compare, and say what a dead code became."""

from dataclasses import dataclass

from django.views.decorators.debug import sensitive_variables

from ... import budgets, errors, signals
from ...conf import conf
from ...identifiers import Identity
from ...models import Customer, Flow, GuessBudget, LoginAttempt, MessageSettings, Purpose, State, VerificationToken
from ...models.customer import identity_key
from ...models.database import committed, in_transaction
from ...models.event import EventName
from ...models.message_settings import CodeType
from ...models.token import VerificationTokenQuerySet
from .evidence import note_call
from .people import Caller
from .sign_in import mailbox_key

DEAD_CODES = 3


def codes_are_numbers() -> bool:
    """Tell whether no code of this site has a letter, so that a page may offer the keys of a telephone."""
    of_kinds = MessageSettings.objects.filter(code_type=CodeType.LETTERS)
    return conf.CODE_ALPHABET.isdigit() and not of_kinds.exists()


@dataclass(frozen=True)
class Answers:
    """What is said of a code: the wire has a set of errors for phones and one for mailboxes."""

    wrong: type[errors.PasswordlessError] = errors.WrongCode
    used: type[errors.PasswordlessError] = errors.UsedCode
    expired: type[errors.PasswordlessError] = errors.ExpiredCode
    spent: type[errors.PasswordlessError] = errors.SpentCode


BY_PHONE = Answers()
BY_EMAIL = Answers(errors.WrongEmailCode, errors.UsedEmailCode, errors.ExpiredEmailCode, errors.SpentEmailCode)


@sensitive_variables("code")
def redeem_code(
    caller: Caller, *, flow: Flow, purpose: Purpose, identity: Identity, code: str, customer: Customer | None = None
) -> LoginAttempt:
    """Find the live attempt whose code this is. Counted before it is looked at, whatever comes of it (law 2).

    With a ``customer``, only what this one asked for while signed in is looked at.

    The guess is spent on the address, on the identity and on each live attempt it is compared with. Only
    somebody who knows a code learns that it was used or has expired; every other guess is just wrong.
    """
    key, answers = identity_key(identity), BY_PHONE if identity.kind == "phone" else BY_EMAIL
    was_right = budgets.spend_failure(caller.visitor.address)
    sent = VerificationToken.objects.codes(
        application_id=caller.application.pk, flow=flow, identity=key, purpose=purpose
    ).select_related("attempt", "attempt__application")
    sent = sent.of_customer(customer) if customer else sent
    guessable = _spend_guess(key, sent)
    for token in guessable or []:
        if token.matches(code):
            was_right()
            return token.attempt
    _note_wrong_code(caller, key, flow)
    if guessable is None:
        raise answers.wrong
    raise _what_became_of(code, sent, answers, was_compared=bool(guessable))


@committed
def _spend_guess(key: str, sent: VerificationTokenQuerySet) -> list[VerificationToken] | None:
    """Count the guess in a transaction of its own, and return the tokens that it may be compared with.

    Where no code was sent there is nothing to guess, and nobody can lock a number that never asked for one. None
    means that the mailbox was guessed at too often under another of its owner's names: the guess then costs what
    every guess costs and is just wrong, as a lock would tell whose mailbox a user name leads to.
    """
    newest = sent.first()
    if newest is None:
        return []
    budgets.spend_guess(key)
    is_open = newest.attempt.channel != "email" or budgets.spend_guess_at_mailbox(mailbox_key(newest.attempt))
    guessable = [token for token in sent.live() if token.attempt.spend_try()]
    return None if guessable and not is_open else guessable


@sensitive_variables("code")
def _what_became_of(
    code: str, sent: VerificationTokenQuerySet, answers: Answers, *, was_compared: bool
) -> errors.PasswordlessError:
    live = list(sent.live())
    for token in sent.exclude(pk__in=[token.pk for token in live])[:DEAD_CODES]:
        if token.matches(code):
            return _dead(token.attempt, answers)
    # Nobody looks at a code whose tries are used up, not even to say that it was right.
    return answers.spent() if live and not was_compared else answers.wrong()


def _dead(attempt: LoginAttempt, answers: Answers) -> errors.PasswordlessError:
    if attempt.state in {State.VERIFIED, State.CONSUMED}:
        return answers.used()
    if attempt.state in {State.SUPERSEDED, State.DENIED}:
        return answers.spent()
    return answers.expired()


@in_transaction
def _note_wrong_code(caller: Caller, key: str, flow: Flow) -> None:
    until = GuessBudget.objects.locked_until(key)
    note_call(EventName.CODE_LOCKED if until else EventName.WRONG_CODE, caller, identity=key, detail=flow)
    if until:
        signals.code_locked.send(sender=GuessBudget, identity=key, until=until)
