"""How often an identity may be guessed at and written to. In the database: no cache flush buys a guess (law 3).

Every assignment below reads only columns that come later in the same statement: MariaDB assigns from left to
right and would read the new value otherwise, where all other databases read the old one.
"""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from .. import crypto
from ..conf import conf
from .database import Now

DAY = timedelta(days=1)
LONGEST_LOCK = timedelta(minutes=15)
LONGEST_GAP = timedelta(minutes=15)
DOUBLINGS = 5


class GuessBudgetManager(models.Manager["GuessBudget"]):
    """Spends guesses."""

    def hold(self, identity: str) -> None:
        """Lock the identity's row until the transaction ends, so that what one identity does goes in single file."""
        if not self.filter(identity=identity).update(identity=identity):
            self.bulk_create([GuessBudget(identity=identity)], ignore_conflicts=True)
            self.filter(identity=identity).update(identity=identity)

    def spend(self, identity: str) -> bool:
        """Count a guess before the code is looked at, and tell whether it may be looked at."""
        if self._spend(identity):
            return True
        if not self.filter(identity=identity).exists():
            self.bulk_create([GuessBudget(identity=identity)], ignore_conflicts=True)
        # Once more in any case: somebody else may have made the row between the two statements above.
        return self._spend(identity)

    def spend_at_mailbox(self, mailbox: str) -> bool:
        """Count a guess at a mailbox, whichever of its owner's names was guessed at; tell as ``spend`` does.

        The same statements whether or not the mailbox was guessed at before: that would tell whose it is.
        """
        self.bulk_create([GuessBudget(identity=_mailbox(mailbox))], ignore_conflicts=True)
        return self._spend(_mailbox(mailbox))

    def spend_password(self, identity: str) -> bool:
        """Count a password before it is compared; apart from the codes, so that a lock of one leaves the other."""
        return self.spend(_password(identity))

    def password_locked_until(self, identity: str) -> datetime | None:
        """Return when the password of this identity works again, or None when it works now."""
        return self.locked_until(_password(identity))

    def forgive_password(self, identity: str) -> None:
        """Forget the wrong passwords: the right one was given."""
        self.filter(identity=_password(identity)).update(failures=0, locked_until=None)

    def _spend(self, identity: str) -> bool:
        """One statement: it counts, starts a new day, and locks when the day's failures are used up.

        The lock lasts a minute and doubles with every further failure, up to a quarter of an hour.
        """
        unlocked = self.filter(identity=identity).filter(Q(locked_until=None) | Q(locked_until__lte=Now()))
        new_day = Q(day_started_at__lte=Now() - DAY)
        last_free = conf.IDENTITY_FAILURES - 1
        locks = [
            When(failures__gte=last_free + step, then=Now() + min(timedelta(minutes=2**step), LONGEST_LOCK))
            for step in reversed(range(DOUBLINGS))
        ]
        return bool(
            unlocked.update(
                locked_until=Case(When(new_day, then=Value(None)), *locks, default=Value(None)),
                failures=Case(When(new_day, then=Value(1)), default=F("failures") + 1),
                day_started_at=Case(When(new_day, then=Now()), default=F("day_started_at")),
            )
        )

    def locked_until(self, identity: str) -> datetime | None:
        """Return when codes work again for this identity, or None when they work now."""
        locked = self.filter(identity=identity, locked_until__gt=Now())
        return locked.values_list("locked_until", flat=True).first()

    def forgive(self, identity: str) -> None:
        """Forget the failures: the person proved who they are."""
        of_identity = [identity, _mailbox(identity), _password(identity)]
        self.filter(identity__in=of_identity).update(failures=0, locked_until=None)


def _mailbox(identity: str) -> str:
    """The key of a row that counts a mailbox under all names, beside the row that counts its address."""
    return crypto.digest(f"mailbox:{identity}")


def _password(identity: str) -> str:
    """The key of the row that counts an identity's wrong passwords."""
    return crypto.digest(f"password:{identity}")


class GuessBudget(models.Model):
    """The wrong codes of one identity over a day, across all its attempts, flows and applications."""

    identity = models.CharField(max_length=64, unique=True, editable=False)
    locked_until = models.DateTimeField(_("locked until"), null=True)
    failures = models.PositiveIntegerField(_("failures"), default=0)
    day_started_at = models.DateTimeField(_("counted since"), db_default=Now())

    objects = GuessBudgetManager()

    class Meta:
        verbose_name = _("guess budget")
        verbose_name_plural = _("guess budgets")
        indexes = [models.Index(fields=["day_started_at"], name="lrp_guess_budget_purge")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class SendBudgetManager(models.Manager["SendBudget"]):
    """Spends messages."""

    def spend(
        self, identity: str, window: str, *, limit: int, period: timedelta, gap: timedelta = timedelta(0)
    ) -> bool:
        """Count a message to this identity in a window of time, and tell whether it may be sent.

        With a ``gap``, messages must also lie that far apart, twice as far with every further one in the
        window, up to a quarter of an hour.
        """
        if self._spend(identity, window, limit, period, gap):
            return True
        if not self.filter(identity=identity, window=window).exists():
            self.bulk_create([SendBudget(identity=identity, window=window)], ignore_conflicts=True)
        return self._spend(identity, window, limit, period, gap)

    def _spend(self, identity: str, window: str, limit: int, period: timedelta, gap: timedelta) -> bool:
        over = Q(started_at__lte=Now() - period)
        rested = Q(not_before=None) | Q(not_before__lte=Now())
        free = self.filter(rested, over | Q(count__lt=limit), identity=identity, window=window)
        gaps = [
            When(count__gte=step, then=Now() + min(gap * 2**step, max(gap, LONGEST_GAP)))
            for step in reversed(range(DOUBLINGS))
        ]
        return bool(
            free.update(
                not_before=Case(When(over, then=Now() + gap), *gaps),
                count=Case(When(over, then=Value(1)), default=F("count") + 1),
                started_at=Case(When(over, then=Now()), default=F("started_at")),
            )
        )


class SendBudget(models.Model):
    """The messages sent to one identity in one window: ten minutes or a day over all kinds, or a kind's own."""

    identity = models.CharField(max_length=64, editable=False)
    window = models.CharField(_("window"), max_length=40)
    not_before = models.DateTimeField(_("not before"), null=True)
    count = models.PositiveIntegerField(_("messages"), default=0)
    started_at = models.DateTimeField(_("counted since"), db_default=Now())

    objects = SendBudgetManager()

    class Meta:
        verbose_name = _("send budget")
        verbose_name_plural = _("send budgets")
        constraints = [models.UniqueConstraint(fields=["identity", "window"], name="lrp_one_window")]
        indexes = [models.Index(fields=["started_at"], name="lrp_send_budget_purge")]

    def __str__(self) -> str:
        return f"{self.window} #{self.pk}"
