"""A registration that waits for its code: until then there is no user, no customer, and nothing to sign in with."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import check_password, is_password_usable, make_password
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..conf import conf
from .application import Application
from .budget import GuessBudget
from .database import Now, committed


@dataclass(frozen=True)
class Told:
    """What somebody typed who registers, in clear: compared with what waits, and kept nowhere."""

    password: str = field(repr=False)
    user_name: str = ""
    email: str = ""
    profile: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """The newest registration that waited when somebody came, or 0, and whether it is somebody else's."""

    newest: int = 0
    is_foreign: bool = False


class RegistrationQuerySet(models.QuerySet["Registration"]):
    """Opens registrations, and finds those that wait."""

    def waiting(self, identity: str, application: Application | None = None) -> "RegistrationQuerySet":
        """Keep what waits for a code that was sent to this identity, newest first."""
        waiting = self.filter(identity=identity, expires_at__gt=Now())
        return (waiting.filter(application=application) if application else waiting).order_by("-pk")

    def compare(self, identity: str, told: Told) -> Compared:
        """Compare what somebody typed with what waits: before any lock, as it takes a hash's time, whatever waits."""
        newest = self.waiting(identity).first()
        same = check_password(told.password, newest.password if newest else make_password(None))
        return Compared(newest.pk, not _is_same(newest, told, same)) if newest else Compared()

    @committed
    def open(
        self, application: Application, identity: str, told: Told, compared: Compared, password_hash: str
    ) -> "Registration":
        """Let a registration wait; where somebody else's waits for the same identity, neither keeps what it brings.

        Whoever gets the codes cannot know which of two messages is theirs, and would finish a stranger's registration
        with the stranger's password. So both lose what they brought, and only the proof counts. The same password
        is the same person, who did not get the first message; where there is none, the same words are.

        Committed at once, as the message may yet be refused because one is on its way: a stranger's. What came since
        the comparison is compared here, while nobody else can come.
        """
        GuessBudget.objects.hold(identity)
        waiting = self.waiting(identity)
        since = waiting.filter(pk__gt=compared.newest).first()
        is_foreign = compared.is_foreign or bool(
            since and not _is_same(since, told, check_password(told.password, since.password))
        )
        is_contested = is_foreign or waiting.filter(is_contested=True).exists()
        if is_contested:
            self.contest(identity)
        return self.create(
            application=application,
            identity=identity,
            password=password_hash,
            user_name=told.user_name,
            email=told.email,
            profile=told.profile,
            is_contested=is_contested,
            expires_at=Now() + conf.REGISTRATION_LIFETIME,
        )

    def contest(self, identity: str) -> None:
        """Let nothing count of what waits for an identity but the proof."""
        self.waiting(identity).update(is_contested=True)

    def end(self, identity: str) -> None:
        """Empty all that waits for an identity: somebody has proven it.

        The rows stay for the purge. An attempt may be about to point to one, and must not find it gone.
        """
        self.filter(identity=identity).update(
            expires_at=Now(), password=make_password(None), user_name="", email="", profile={}
        )


def _is_same(waiting: "Registration", told: Told, has_same_password: bool) -> bool:
    if told.password:
        return has_same_password
    words = (waiting.user_name, waiting.email, waiting.profile)
    return words == (told.user_name, told.email, told.profile) and not is_password_usable(waiting.password)


class Registration(models.Model):
    """What somebody typed who wants to register."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="registrations")
    identity = models.CharField(max_length=64, editable=False)
    password = models.CharField(max_length=256, editable=False)
    user_name = models.CharField(_("user name"), max_length=150, blank=True)
    email = models.CharField(_("e-mail address"), max_length=254, blank=True)
    profile = models.JSONField(_("profile"), default=dict)
    is_contested = models.BooleanField(
        _("contested"), default=False, help_text=_("Somebody else asked for the same number; only the proof counts.")
    )
    created_at = models.DateTimeField(_("asked"), db_default=Now())
    expires_at = models.DateTimeField(_("expires"))

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        indexes = [
            models.Index(fields=["identity", "expires_at"], name="lrp_registration_waiting"),
            models.Index(fields=["expires_at"], name="lrp_registration_purge"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
