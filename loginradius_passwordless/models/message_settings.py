"""What staff set for a kind of message, within what is safe."""

from datetime import timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from ..catalog import MessageKind
from ..conf import conf

DEFAULT = "default"

# Capital letters without vowels, so that no code is a word, and without those that are taken for figures.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
DIGITS = "0123456789"


class CodeType(models.TextChoices):
    """What codes are made of. Empty: what the site's setting says."""

    DIGITS = "digits", _("Digits")
    LETTERS = "letters", _("Letters")


class MessageSettings(models.Model):
    """The settings of one kind. A kind without a row has the site's."""

    kind = models.CharField(_("kind"), max_length=32, choices=MessageKind.choices, primary_key=True)
    email_default = models.CharField(_("default e-mail template"), max_length=80, default=DEFAULT)
    sms_default = models.CharField(_("default SMS template"), max_length=80, default=DEFAULT)
    request_limit = models.PositiveSmallIntegerField(
        _("request limit"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text=_(
            "So many messages of this kind may one person ask for in a period. Empty: the site's limits alone."
        ),
    )
    disable_period = models.PositiveIntegerField(
        _("period in minutes"), default=1440, validators=[MinValueValidator(1), MaxValueValidator(10080)]
    )
    code_lifetime = models.PositiveIntegerField(
        _("code works for (seconds)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(60), MaxValueValidator(600)],
    )
    link_lifetime = models.PositiveIntegerField(
        _("link works for (seconds)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(60), MaxValueValidator(86400)],
    )
    code_length = models.PositiveSmallIntegerField(
        _("code length"), null=True, blank=True, validators=[MinValueValidator(6), MaxValueValidator(10)]
    )
    code_type = models.CharField(_("code type"), max_length=8, choices=CodeType.choices, blank=True)

    class Meta:
        verbose_name = _("kind of message")
        verbose_name_plural = _("kinds of messages")

    def __str__(self) -> str:
        return self.get_kind_display()

    @classmethod
    def of(cls, kind: str) -> "MessageSettings":
        """Return what staff set for a kind, or the defaults."""
        return cls.objects.filter(kind=kind).first() or cls(kind=kind)

    @staticmethod
    def put(kind: str, **values: Any) -> None:
        """Write these settings of a kind and leave the others as they are.

        One statement for a row that is there and one that is not: look and then write would let two who write first
        meet, and MariaDB ends one of them as a deadlock.
        """
        target = ["kind"] if connection.features.supports_update_conflicts_with_target else None
        MessageSettings.objects.bulk_create(
            [MessageSettings(kind=kind, **values)],
            update_conflicts=True, unique_fields=target, update_fields=list(values),
        )  # fmt: skip

    @property
    def period(self) -> timedelta:
        """The window in which requests are counted."""
        return timedelta(minutes=self.disable_period)

    @property
    def code_life(self) -> timedelta:
        """How long a code works."""
        return timedelta(seconds=self.code_lifetime) if self.code_lifetime else conf.CODE_LIFETIME

    @property
    def link_life(self) -> timedelta:
        """How long a link works."""
        return timedelta(seconds=self.link_lifetime) if self.link_lifetime else conf.LINK_LIFETIME

    @property
    def code_size(self) -> int:
        """How many characters a code has."""
        return self.code_length or conf.CODE_LENGTH

    @property
    def code_alphabet(self) -> str:
        """What a code is drawn from."""
        return {CodeType.DIGITS: DIGITS, CodeType.LETTERS: LETTERS}.get(self.code_type, conf.CODE_ALPHABET)  # type: ignore[call-overload,no-any-return]
