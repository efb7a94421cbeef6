"""What staff edit: the texts of messages and the settings of their kinds."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import catalog
from ..catalog import MessageChannel, MessageKind
from ..conf import conf

DEFAULT = "default"
MAX_SUBJECT = 150

AnyTemplate = TypeVar("AnyTemplate", "EmailTemplate", "SMSTemplate")


def check_placeholders(field: str, text: str, known: catalog.Placeholders, *, must: bool = True) -> None:
    """Refuse a text with a placeholder that its kind does not fill, or without one that it needs."""
    used = catalog.names_in(text)
    if unknown := used - known.allowed:
        raise ValidationError({field: _("Unknown here: %(names)s.") % {"names": _listed(unknown)}})
    if not must:
        return
    if missing := known.required - used:
        raise ValidationError({field: _("Needed here and missing: %(names)s.") % {"names": _listed(missing)}})
    if known.one_of and not known.one_of & used:
        raise ValidationError({field: _("One of these is needed here: %(names)s.") % {"names": _listed(known.one_of)}})


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"#{name}#" for name in sorted(names))


class TemplateQuerySet(models.QuerySet[AnyTemplate]):
    """Finds the row whose text is sent."""

    def chosen(self, kind: str, name: str, language: str) -> AnyTemplate | None:
        """Return the enabled row of this name, else of the default name; in this language, else in its base.

        None means that the shipped text is sent.
        """
        languages = list(dict.fromkeys([language, language.partition("-")[0], catalog.FALLBACK_LANGUAGE]))
        names = list(dict.fromkeys([name or DEFAULT, DEFAULT]))
        rows = self.filter(kind=kind, is_enabled=True, name__in=names, language__in=languages)
        # MariaDB compares names without regard to case; a row counts only under its exact name and language.
        exact = [row for row in rows if row.name in names and row.language in languages]
        return min(exact, key=lambda row: (names.index(row.name), languages.index(row.language)), default=None)


class Template(models.Model):
    """What e-mail and SMS templates have in common."""

    name = models.CharField(
        _("name"), max_length=80, default=DEFAULT,
        help_text=_("The template called default replaces the shipped text; others are chosen by name in an API call."),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=32, choices=MessageKind.choices)
    language = models.CharField(_("language"), max_length=16, default=catalog.FALLBACK_LANGUAGE)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    modified_at = models.DateTimeField(_("modified"), auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name} ({self.language})"

    def check_text(self, field: str, channel: str, *, must: bool = True) -> None:
        """Check the placeholders of one field against what its kind fills on a channel."""
        known = catalog.MESSAGES.get((self.kind, channel))
        if known is None:
            raise ValidationError({"kind": _("This kind is never sent this way.")})
        check_placeholders(field, getattr(self, field), known, must=must)


class EmailTemplate(Template):
    """The text of an e-mail."""

    subject = models.CharField(_("subject"), max_length=MAX_SUBJECT)
    html = models.TextField(_("HTML part"), blank=True)
    text = models.TextField(_("text part"))
    from_name = models.CharField(_("sender's name"), max_length=80, blank=True)
    from_email = models.EmailField(_("sender's address"), blank=True)

    objects = TemplateQuerySet["EmailTemplate"].as_manager()

    class Meta:
        verbose_name = _("e-mail template")
        verbose_name_plural = _("e-mail templates")
        constraints = [models.UniqueConstraint(fields=["kind", "name", "language"], name="lrp_one_email_template")]

    def clean(self) -> None:
        self.check_text("subject", MessageChannel.EMAIL, must=False)
        self.check_text("text", MessageChannel.EMAIL)
        if self.html:
            self.check_text("html", MessageChannel.EMAIL)
        if "OTP" in catalog.names_in(self.subject) or "GUID" in catalog.names_in(self.subject):
            raise ValidationError({"subject": _("A subject is shown on lock screens: keep codes and links out of it.")})


class SMSTemplate(Template):
    """The text of an SMS, and of the call that says the same."""

    text = models.TextField(_("SMS text"))
    voice_text = models.TextField(_("text of the call"), blank=True)

    objects = TemplateQuerySet["SMSTemplate"].as_manager()

    class Meta:
        verbose_name = _("SMS template")
        verbose_name_plural = _("SMS templates")
        constraints = [models.UniqueConstraint(fields=["kind", "name", "language"], name="lrp_one_sms_template")]

    def clean(self) -> None:
        self.check_text("text", MessageChannel.SMS)
        if self.voice_text:
            self.check_text("voice_text", MessageChannel.VOICE)


class MessageSettings(models.Model):
    """What staff set for a kind of message, within what is safe."""

    kind = models.CharField(_("kind"), max_length=32, choices=MessageKind.choices, unique=True)
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

    class Meta:
        verbose_name = _("message settings")
        verbose_name_plural = _("message settings")

    def __str__(self) -> str:
        return self.get_kind_display()

    @classmethod
    def of(cls, kind: str) -> "MessageSettings":
        """Return what staff set for a kind, or the defaults."""
        return cls.objects.filter(kind=kind).first() or cls(kind=kind)

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
