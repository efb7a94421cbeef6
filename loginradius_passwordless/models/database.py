"""What every table shares: one clock, and one way to run a transaction."""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import functions
from django.db.models.sql.compiler import SQLCompiler

P = ParamSpec("P")
R = TypeVar("R")

TRANSACTION_TRIES = 5

# What the databases say when two transactions met and one was chosen to lose: PostgreSQL's SQLSTATEs
# (serialisation failure, deadlock), MariaDB's numbers (deadlock, lock wait), SQLite's words.
POSTGRESQL_CONFLICTS = {"40001", "40P01"}
MYSQL_CONFLICTS = {1020, 1205, 1213}
SQLITE_CONFLICT = "database is locked"


class Now(functions.Now):
    """The database's clock, in UTC.

    Every expiry is written and compared with this and never with a web host's clock, of which there are
    many. Django's own ``Now`` answers in the session's time zone on MySQL and MariaDB.
    """

    def as_mysql(self, compiler: SQLCompiler, connection: Any, **extra_context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="UTC_TIMESTAMP(6)", **extra_context)


def in_transaction(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function in one transaction, and again when the database made it the loser of a conflict.

    Inside a transaction of the caller's there is nothing to repeat: it runs as a savepoint.
    """
    return _repeatable(function, durable=False)


def committed(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function as ``in_transaction`` does, and have it committed when it returns.

    Inside a transaction of the caller's, which could take it back, it raises ``RuntimeError``.
    """
    return _repeatable(function, durable=True)


def _repeatable(function: Callable[P, R], *, durable: bool) -> Callable[P, R]:
    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        tries = 1 if connection.in_atomic_block else TRANSACTION_TRIES
        for _try in range(tries - 1):
            try:
                with transaction.atomic(durable=durable):
                    return function(*args, **kwargs)
            except OperationalError as error:
                if not lost_a_conflict(error):
                    raise
        with transaction.atomic(durable=durable):
            return function(*args, **kwargs)

    return run


def lost_a_conflict(error: DatabaseError) -> bool:
    """Tell whether repeating the transaction is what the database asks for."""
    cause = error.__cause__
    sqlstate = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)  # psycopg 3, psycopg2
    if sqlstate in POSTGRESQL_CONFLICTS:
        return True
    return error.args[:1] != () and (error.args[0] in MYSQL_CONFLICTS or SQLITE_CONFLICT in str(error.args[0]))
