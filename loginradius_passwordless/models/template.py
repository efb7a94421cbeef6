"""What staff write: the templates of messages, their versions, and which of these is sent.

A template's own columns hold what is sent. What staff type becomes a version; publishing one copies it into the
columns. What only a version has, nobody receives.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Self, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models import F, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from .. import catalog
from ..catalog import MessageKind, linting
from .application import Application
from .database import Now, in_transaction
from .message_settings import DEFAULT, MessageSettings
from .version import Version

LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8})*", re.ASCII)

AnyTemplate = TypeVar("AnyTemplate", bound="Template")


class Overtaken(Exception):
    """Somebody else has saved or published meanwhile; nothing was written."""


class TemplateQuerySet(models.QuerySet[AnyTemplate]):
    """Finds the row whose text is sent, and puts rows in from code."""

    def chosen(self, kind: str, name: str, language: str) -> AnyTemplate | None:
        """Return the enabled row of this name, else of the default name, in the first of the languages that there is.

        None means that the shipped text is sent.
        """
        languages = catalog.fallbacks(language)
        settings_of = MessageSettings.objects.filter(pk=kind).values(f"{self.model.channel}_default")
        rows = self.filter(kind=kind, is_enabled=True, published__isnull=False, language__in=languages)
        named = rows.annotate(default_name=Coalesce(Subquery(settings_of), Value(DEFAULT)))
        candidates: Any = named.filter(Q(name=name) | Q(name=F("default_name")))
        # MariaDB compares names without regard to case; a row counts only under its exact name and language.
        exact = [row for row in candidates if row.name in {name, row.default_name} and row.language in languages]
        return min(exact, key=lambda row: (row.name != name, languages.index(row.language)), default=None)

    @in_transaction
    def put(
        self, kind: str, name: str = DEFAULT, language: str = catalog.FALLBACK_LANGUAGE, *,
        note: str = "", author: Any = None, publish: bool = True, **fields: Any,
    ) -> AnyTemplate:  # fmt: skip
        """Write a version of a template from code, with a row for it if there is none, and publish it.

        Raises ``ValidationError`` for what cannot be sent, ``Overtaken`` when somebody saves at the same moment.
        """
        language = spelled(language)
        template = self.filter(kind=kind, name=name, language=language).first()
        if template is not None and template.name != name:  # MariaDB, as above
            raise ValidationError(_("For this database “%s” is the same name.") % template.name)
        template = template or self.model(kind=kind, name=name, language=language)
        for field, value in fields.items():
            setattr(template, field, value)
        template.full_clean(validate_unique=False, validate_constraints=False)
        content = template.content
        if template.pk is None:
            template.add()
        version = template.write(content, author=author, note=note, after=template.latest)
        if publish:
            template.publish(version, author=author, instead_of=template.published)
        return template


class Template(models.Model):
    """What e-mail and SMS templates have in common."""

    channel: ClassVar[str]
    # What a version holds; of these the texts that are linted.
    parts: ClassVar[tuple[str, ...]]
    texts: ClassVar[tuple[str, ...]]

    kind = models.CharField(_("kind"), max_length=32, choices=MessageKind.choices)
    name = models.CharField(
        _("name"), max_length=80, default=DEFAULT,
        help_text=_("API calls choose a template by its name; the default is sent where they name none."),
    )  # fmt: skip
    language = models.CharField(_("language"), max_length=16, default=catalog.FALLBACK_LANGUAGE)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    latest = models.PositiveIntegerField(_("newest version"), default=0, editable=False)
    published = models.PositiveIntegerField(_("published version"), null=True, editable=False)
    modified_at = models.DateTimeField(_("modified"), db_default=Now(), editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name} ({self.language})"

    @property
    def content(self) -> dict[str, Any]:
        """What a version holds."""
        return {name: getattr(self, name) for name in self.parts}

    @classmethod
    def nothing(cls) -> dict[str, Any]:
        """What a version of a template holds in which nobody has written anything."""
        return cls().content

    @property
    def is_default(self) -> bool:
        """Whether it is sent where no name, or an unknown one, is asked for."""
        default: str = getattr(MessageSettings.of(self.kind), f"{self.channel}_default")
        return self.name == default

    def clean(self) -> None:
        """Refuse what linting calls an error, and a language that no call could ask for."""
        self.language = spelled(self.language)
        if not LANGUAGE.fullmatch(self.language):
            raise ValidationError({"language": _("A language is a code such as de or pt-br.")})
        for name in self.texts:  # browsers send the line ends of 1981
            setattr(self, name, getattr(self, name).replace("\r\n", "\n").replace("\r", "\n"))
        found: dict[str, list[str]] = {}
        for finding in linting.errors(self.kind, self.channel, self.lintable, listed_pages()):
            field = NON_FIELD_ERRORS if finding.field == "kind" else finding.field
            found.setdefault(field, []).append(finding.text)
        if found:
            raise ValidationError(found)

    @property
    def lintable(self) -> dict[str, str]:
        """The texts, by field."""
        return {name: getattr(self, name) for name in self.texts}

    def is_broken(self, pages: Collection[str]) -> bool:
        """Tell whether what the row holds does not pass the rules, so that the shipped text is sent.

        ``pages`` are those that applications list.
        """
        sent: dict[str, str] = getattr(self, "_sent", self.lintable)
        found = linting.errors(self.kind, self.channel, sent, pages)
        return bool(found) and self.published is not None

    def add(self) -> None:
        """Make the row, with nothing in it that could be sent."""
        row = type(self)(kind=self.kind, name=self.name, language=self.language, is_enabled=self.is_enabled)
        row.save(force_insert=True)
        self.pk = row.pk
        self._state.adding, self._state.db = False, row._state.db

    @in_transaction
    def write(self, content: Mapping[str, Any], *, author: Any, note: str, after: int) -> Version:
        """Keep what somebody typed as the next version.

        Args:
            content: by the names of ``parts``.
            author: who typed it, None for a program.
            note: why, in their words.
            after: the number of the version that they began with. Raises ``Overtaken`` when it is not the newest.
        """
        rows = type(self)._default_manager.filter(pk=self.pk, latest=after)
        if not rows.update(latest=F("latest") + 1, modified_at=Now()):
            raise Overtaken
        self.latest = after + 1
        name = str(author.get_username() or "")[:150] if author else ""
        return self.versions.create(  # type: ignore[attr-defined,no-any-return]  # the relation of each subclass
            number=self.latest, content={name: content[name] for name in self.parts},
            author=author, author_name=name, note=note,
        )  # fmt: skip

    @in_transaction
    def publish(self, version: Version, *, author: Any, instead_of: int | None) -> None:
        """Send this version from now on, in place of the one that was published when somebody decided it.

        Raises ``Overtaken`` when another was published meanwhile, ``ValidationError`` for what cannot be sent: rules
        and lists of pages change.
        """
        row = type(self)(kind=self.kind, name=self.name, language=self.language).load(version)
        row.full_clean(validate_unique=False, validate_constraints=False)
        rows = type(self)._default_manager.filter(pk=self.pk, published=instead_of)
        if not rows.update(published=version.number, modified_at=Now(), **row.content):
            raise Overtaken
        self.published = version.number
        name = str(author.get_username() or "")[:150] if author else ""
        type(version)._default_manager.filter(pk=version.pk).update(published_at=Now(), published_by=name)

    @in_transaction
    def reset(self, *, author: Any, after: int, instead_of: int | None) -> None:
        """Send the shipped text again; what was sent stays among the versions. Arguments and errors as above."""
        shipped = self.shipped()
        self.write(shipped, author=author, note=str(_("Reset to the shipped text")), after=after)
        empty = self.nothing()
        rows = type(self)._default_manager.filter(pk=self.pk, published=instead_of)
        if not rows.update(published=None, modified_at=Now(), **empty):
            raise Overtaken
        self.published = None

    def shipped(self) -> dict[str, Any]:
        """Return the shipped text of this kind and language, as a version would hold it."""
        raise NotImplementedError

    def version(self, number: int | None) -> Version | None:
        """Return one version."""
        return self.versions.filter(number=number).first()  # type: ignore[attr-defined,no-any-return]

    def load(self, version: Version) -> Self:
        """Take over what a version holds, to be shown or sent on trial; nothing is saved."""
        self._sent = self.lintable
        for name, value in version.parts(self.nothing()).items():
            setattr(self, name, value)
        return self


def spelled(language: str) -> str:
    """Return a language code as Django spells those of requests: ``pt-br`` for ``pt_BR``."""
    return language.strip().lower().replace("_", "-")


def listed_pages() -> set[str]:
    """Return the pages that some active application lists: a link with a token may lead there."""
    lists = Application.objects.filter(is_active=True).values_list("return_urls", flat=True)
    return {str(url) for urls in lists for url in urls}
