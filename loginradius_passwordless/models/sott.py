"""SOTTs of our applications: made and checked with their API secrets, and remembered where one is good only once."""

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import crypto, errors, sott
from ..conf import conf
from .application import Application, ApplicationSecret
from .database import Now

EARLIER = 300  # seconds


class SOTTManager(models.Manager["UsedSOTT"]):
    """Makes and checks SOTTs. Their times are compared with the clock of this host: they come from another one."""

    def make(self, application: Application, lifetime: timedelta) -> tuple[str, datetime]:
        """Return a SOTT that is good from now on, and until when. Raises ``MissingAPISecret`` without a live secret."""
        secret = next(ApplicationSecret.objects.texts(application), None)
        if secret is None:
            raise errors.MissingAPISecret
        now = timezone.now()
        # Begins a little earlier, at random: two that were made in one second would be one, which is good once.
        start = now - timedelta(seconds=secrets.randbelow(EARLIER))
        return sott.make(application.api_key, secret, start=start, end=now + lifetime), now + lifetime

    def check_sott(self, application: Application, text: str, *, is_used_up: bool) -> None:
        """Raise ``InvalidSOTT`` unless it was made with a live secret of this application, for it, and is good now."""
        opened = (sott.read(text, secret) for secret in ApplicationSecret.objects.texts(application))
        plain = next((plain for plain in opened if plain), None)
        if plain is None or plain.api_key.lower() != application.api_key.lower():
            raise errors.InvalidSOTT
        until = sott.good_until(plain, timezone.now(), twelve_hour_clock=conf.SOTT_TWELVE_HOUR_CLOCK)
        if until is None:
            raise errors.InvalidSOTT
        if conf.SOTT_SINGLE_USE and is_used_up and not self._use_up(plain, until):
            raise errors.InvalidSOTT

    def _use_up(self, plain: sott.Plain, until: datetime) -> bool:
        """Tell whether nobody has used it before; of two that try, the database lets one win.

        Known by what it says: its ciphertext can be spelled in many ways.
        """
        digest = crypto.digest(f"{plain.start}#{plain.api_key}#{plain.end}")
        try:
            with transaction.atomic():
                self.create(digest=digest, expires_at=until + sott.LONGEST_WINDOW)
        except IntegrityError:
            return False
        return True


class UsedSOTT(models.Model):
    """A SOTT that has registered somebody, where one is good only once."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("used"), db_default=Now())
    expires_at = models.DateTimeField(_("expires"))

    objects = SOTTManager()

    class Meta:
        verbose_name = _("used SOTT")
        verbose_name_plural = _("used SOTTs")
        indexes = [models.Index(fields=["expires_at"], name="lrp_used_sott_purge")]

    def __str__(self) -> str:
        return f"#{self.pk}"
