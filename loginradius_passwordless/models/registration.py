"""A registration that waits for its code: until then there is no user, no customer, and nothing to sign in with."""

from typing import Any

from django.contrib.auth.hashers import check_password, is_password_usable, make_password
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from ..conf import conf
from .application import Application
from .database import Now, committed


class RegistrationQuerySet(models.QuerySet["Registration"]):
    """Opens registrations, and finds those that wait."""

    def waiting(self, identity: str, application: Application | None = None) -> "RegistrationQuerySet":
        """Keep what waits for a code that was sent to this identity, newest first."""
        waiting = self.filter(identity=identity, expires_at__gt=Now())
        return (waiting.filter(application=application) if application else waiting).order_by("-pk")

    @sensitive_variables("password")
    def is_contested(self, identity: str, password: str, told: dict[str, Any]) -> bool:
        """Tell whether somebody else asked to register this identity, and remember it of all that wait.

        Whoever gets the codes cannot know which of two messages is theirs, and would finish a stranger's registration
        with the stranger's password. So both lose what they brought, and only the proof counts. The same password
        is the same person, who did not get the first message; where there is none, the same words are. One password
        is compared, whatever there is.
        """
        newest = self.waiting(identity).first()
        same = check_password(password, newest.password if newest else make_password(None))
        if newest and not password:
            brought = {"user_name": newest.user_name, "email": newest.email, "profile": newest.profile}
            same = brought == told and not is_password_usable(newest.password)
        if newest and not same:
            self._contest(identity)
        return bool(newest and (newest.is_contested or not same))

    @committed
    def _contest(self, identity: str) -> None:
        """Committed at once: the second request may yet be refused, as one message is on its way."""
        self.waiting(identity).update(is_contested=True)

    def open(self, **facts: Any) -> "Registration":
        """Let a registration wait."""
        return self.create(expires_at=Now() + conf.REGISTRATION_LIFETIME, **facts)

    def end(self, identity: str) -> None:
        """Forget all that waits for an identity: somebody has proven it."""
        self.filter(identity=identity).delete()


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
