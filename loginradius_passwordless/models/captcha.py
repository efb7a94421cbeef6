"""CAPTCHA solutions that have been used: each is good once."""

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from .. import crypto
from .database import Now


class UsedSolutionManager(models.Manager["UsedSolution"]):
    """Uses solutions up."""

    def use_up(self, identity: str) -> bool:
        """Tell whether nobody has used it before; of two that try, the database lets one win.

        Args:
            identity: what all spellings of one solution have in common, with the provider's path before it.
        """
        try:
            with transaction.atomic():
                self.create(digest=crypto.digest(identity))
        except IntegrityError:
            return False
        return True


class UsedSolution(models.Model):
    """The solution of a CAPTCHA, of which nothing is kept but that it was used."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("used"), db_default=Now())

    objects = UsedSolutionManager()

    class Meta:
        verbose_name = _("used CAPTCHA solution")
        verbose_name_plural = _("used CAPTCHA solutions")
        indexes = [models.Index(fields=["created_at"], name="lrp_used_solution_purge")]

    def __str__(self) -> str:
        return f"#{self.pk}"
