"""One clock and one way to run a transaction: again when it lost a conflict, never when it failed."""

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from loginradius_passwordless.models import Application, GuessBudget
from loginradius_passwordless.models.database import TRANSACTION_TRIES, Now, committed, in_transaction, lost_a_conflict

pytestmark = pytest.mark.django_db(transaction=True)


class Conflict(Exception):
    """What psycopg raises, as far as we look at it."""

    sqlstate = "40P01"


def losing(times, error):
    """A function that fails so many times and then does its work."""
    calls = []

    def work():
        calls.append(len(calls))
        Application.objects.create(name=f"try {len(calls)}", api_key=f"try-number-{len(calls)}")
        if len(calls) <= times:
            raise error
        return len(calls)

    work.calls = calls
    return work


def postgresql():
    error = OperationalError("deadlock detected")
    error.__cause__ = Conflict()
    return error


CONFLICTS = [postgresql(), OperationalError(1213, "Deadlock found"), OperationalError("database is locked")]


@pytest.mark.parametrize("error", CONFLICTS, ids=["PostgreSQL", "MariaDB", "SQLite"])
@pytest.mark.parametrize("decorate", [in_transaction, committed])
def test_the_loser_of_a_conflict_is_repeated_and_leaves_nothing_behind(error, decorate):
    work = losing(2, error)
    assert decorate(work)() == 3
    assert list(Application.objects.values_list("name", flat=True)) == ["try 3"]


def test_a_conflict_without_end_is_raised():
    work = losing(99, CONFLICTS[1])
    with pytest.raises(OperationalError):
        in_transaction(work)()
    assert len(work.calls) == TRANSACTION_TRIES
    assert not Application.objects.exists()


@pytest.mark.parametrize(
    "error", [OperationalError("disk I/O error"), OperationalError(), IntegrityError("duplicate"), ValueError("no")]
)
def test_a_failure_that_is_no_conflict_is_not_repeated(error):
    work = losing(99, error)
    with pytest.raises(type(error)):
        in_transaction(work)()
    assert len(work.calls) == 1


def test_inside_a_transaction_of_the_callers_nothing_is_repeated():
    work = losing(1, CONFLICTS[0])
    with pytest.raises(OperationalError), transaction.atomic():
        in_transaction(work)()
    assert len(work.calls) == 1


def test_what_must_be_committed_refuses_to_run_where_it_could_be_taken_back():
    with pytest.raises(RuntimeError), transaction.atomic():
        committed(lambda: None)()


def test_a_guess_inside_a_transaction_of_the_callers_is_refused_rather_than_lost(api, sms_outbox):
    from loginradius_passwordless.flows import one_touch
    from loginradius_passwordless.flows.callers import identify
    from loginradius_passwordless.flows.steps import Visitor
    from loginradius_passwordless.identifiers import parse_phone

    caller = identify(Visitor(), api_key=api.api_key)
    with pytest.raises(RuntimeError), transaction.atomic():
        one_touch.verify_code(caller, phone=parse_phone("+14155550123"), code="123456")


def test_the_databases_clock_is_utc_whatever_the_sessions_time_zone(shop):
    from django.utils import timezone

    if connection.vendor == "mysql":  # on PostgreSQL Django sets the session's time zone, and reads by it
        with connection.cursor() as cursor:
            cursor.execute("SET time_zone = '+09:00'")
    now = Application.objects.annotate(now=Now()).get().now
    connection.close()
    assert abs((timezone.now() - now).total_seconds()) < 60


def test_a_lock_names_when_it_ends(api):
    GuessBudget.objects.create(identity="x", failures=9)
    assert GuessBudget.objects.spend("x")
    assert GuessBudget.objects.locked_until("x")
    assert not GuessBudget.objects.spend("x")
    assert not lost_a_conflict(OperationalError())


@pytest.mark.parametrize("step", ["code", "link", "ping"])
def test_a_login_that_lost_a_conflict_half_way_succeeds_on_the_second_try(api, mailbox, sms_outbox, monkeypatch, step):
    from loginradius_passwordless.models import Customer, Event

    from .conftest import code_from, ping, start_email, start_phone, token_from

    guid = start_email(api)
    if step == "ping":
        api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))
    start_phone(api)
    create, conflicts = Event.objects.create, [CONFLICTS[1]]

    def conflicting(**facts):
        if conflicts and facts["name"] != "wrong_code":
            raise conflicts.pop()
        return create(**facts)

    monkeypatch.setattr(Event.objects, "create", conflicting)
    if step == "code":
        answer = api.put("auth/onetouchlogin/phone/verify", {"phone": "+14155550123"}, otp=code_from(sms_outbox[0]))
    elif step == "link":
        answer = api.get("auth/email/onetouchlogin", verificationtoken=token_from(mailbox[0]))
    else:
        answer = ping(api, guid)
    assert answer.status_code == 200
    assert not conflicts
    assert Customer.objects.count() == 1
