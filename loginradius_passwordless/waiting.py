"""What a waiting device is told, and how soon.

Whoever decides about an attempt tells it: to the cache, which answers most polls, and to every process in which
the device may be waiting. One thread in each such process watches for all of its devices. It hears what is
published, and it looks into the database as well: every second where nothing can be heard, and every five
seconds where something may have been missed.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import Error, close_old_connections, connections, transaction
from django.utils import timezone

from .backends import cache
from .models import LoginAttempt
from .models.attempt import guid_digest

logger = logging.getLogger(__name__)

REMEMBERED = 15  # seconds for which the cache answers polls
DECIDED = "decided"

LOOK_WITHOUT_HEARING = 1.0  # seconds between two looks into the database
LOOK_WHILE_HEARING = 5.0
LISTEN_AGAIN = 5.0
LINGER = 10.0  # the next device may come soon
HEAR = 0.5
TOGETHER = 500  # attempts in one query


def remember_pending(attempt: LoginAttempt, client_guid: str) -> None:
    """Let the cache answer the next polls of this attempt's device.

    Only a cache that all processes share, for it must forget when another process decides. Added and not set:
    a decision that was told since the attempt was read stays.
    """
    lasts_longer = attempt.expires_at > timezone.now() + timedelta(seconds=REMEMBERED)
    if cache.is_shared() and lasts_longer:
        known_as = f"{attempt.pk}:{attempt.application.api_key}"
        cache.keep_unless_known(_key(guid_digest(client_guid)), known_as, REMEMBERED)


def recall_pending(api_key: str, client_guid: str) -> int | None:
    """Return the id of the attempt that the cache knows to be undecided, or None where it does not know.

    A cache that was away may have missed the decision: until what it remembers has ended it is not believed.
    """
    if not cache.is_shared() or cache.was_down_within(REMEMBERED):
        return None
    attempt_id, _colon, owner = str(cache.recall(_key(guid_digest(client_guid))) or "").partition(":")
    return int(attempt_id) if owner and owner == api_key else None


def tell(attempts: Iterable[LoginAttempt]) -> None:
    """Tell the devices of these attempts that something was decided, as soon as it is committed."""
    for attempt in attempts:  # a function and not a partial, of which Django cannot say the name when it fails
        transaction.on_commit(lambda attempt=attempt: _tell(attempt), robust=True)  # type: ignore[misc]


def _tell(attempt: LoginAttempt) -> None:
    if cache.is_shared() and attempt.client_guid_digest:
        cache.keep(_key(attempt.client_guid_digest), DECIDED, REMEMBERED * 2)
    watch.ring(attempt.pk)
    cache.publish(str(attempt.pk))


def _key(digest: str) -> str:
    return f"wait:{digest}"


@dataclass
class Wait:
    """One device that waits in this process; ``displaced`` when the same device came again, and waits there."""

    wake: Callable[[], object]
    is_displaced: bool = False


class Watch:
    """Wakes the devices that wait in this process. Its thread lives as long as somebody waits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waits: dict[int, Wait] = {}
        self._thread: threading.Thread | None = None
        self._needed_until = 0.0

    @contextmanager
    def device(self, attempt_id: int, wake: Callable[[], object]) -> Iterator[Wait]:
        """Have ``wake`` called, from another thread, when the attempt may have been decided.

        Of the waits of one device in one process the newest counts: an older one may belong to a connection
        that is long dead, and what is handed to it would be lost.
        """
        wait = Wait(wake)
        try:
            older = self._begin(attempt_id, wait)
            if older:
                older.is_displaced = True
                _wake(older)
            yield wait
        finally:
            with self._lock:
                if self._waits.get(attempt_id) is wait:
                    del self._waits[attempt_id]

    def _begin(self, attempt_id: int, wait: Wait) -> Wait | None:
        with self._lock:
            older = self._waits.get(attempt_id)
            self._waits[attempt_id] = wait
            self._needed_until = time.monotonic() + LINGER
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="loginradius_passwordless", daemon=True)
                self._thread.start()
        return older

    def ring(self, attempt_id: int) -> None:
        """Wake the device that waits for this attempt, if it waits here."""
        wait = self._waits.get(attempt_id)
        if wait:
            _wake(wait)

    def _run(self) -> None:
        try:
            while self._is_needed():
                try:
                    with cache.listening() as hear:
                        self._watch(hear)
                except Exception:
                    logger.exception("Watching for waiting devices failed; it begins anew.")
                    time.sleep(LOOK_WITHOUT_HEARING)
        finally:
            connections.close_all()

    def _is_needed(self) -> bool:
        with self._lock:
            if self._has_work():
                return True
            self._thread = None  # under the lock: whoever waits from now on starts another thread
            return False

    def _has_work(self) -> bool:
        return bool(self._waits) or time.monotonic() < self._needed_until

    def _watch(self, hear: Callable[[float], str | None] | None) -> None:
        started, looked = time.monotonic(), float("-inf")
        while self._has_work() and (hear or time.monotonic() - started < LISTEN_AGAIN):
            if time.monotonic() - looked >= (LOOK_WHILE_HEARING if hear else LOOK_WITHOUT_HEARING):
                looked = time.monotonic()
                self._look()
            if hear is None:
                time.sleep(HEAR)
                continue
            try:
                text = hear(HEAR)
            except cache.FAULTS as error:
                logger.warning("Listening to the cache ended (%s).", type(error).__name__)
                hear, started = None, time.monotonic()  # look into the database, and listen again in a while
                continue
            if text and text.isdigit():
                self.ring(int(text))

    def _look(self) -> None:
        waiting = list(self._waits)
        try:
            close_old_connections()
            for first in range(0, len(waiting), TOGETHER):
                some = waiting[first : first + TOGETHER]
                for attempt_id in set(some) - LoginAttempt.objects.undecided(some):
                    self.ring(attempt_id)
        except Error as error:
            logger.warning("The database does not answer (%s): devices wait on.", type(error).__name__)
        finally:
            close_old_connections()


def _wake(wait: Wait) -> None:
    try:
        wait.wake()
    except RuntimeError:  # its event loop has ended, and with it the wait
        logger.debug("A wait ended before it was woken.")


watch = Watch()
os.register_at_fork(after_in_child=watch.__init__)  # type: ignore[misc] # threads stay with the parent
