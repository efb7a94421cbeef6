"""The event log: what happened, to whom, from where. Written always, changed never, free of secrets."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..journal import tell
from .application import Application
from .attempt import LoginAttempt
from .customer import Customer
from .database import Now


class EventName(models.TextChoices):
    """What can happen."""

    LOGIN_STARTED = "login_started", _("Login asked for")
    LINK_APPROVED = "link_approved", _("Link confirmed")
    LOGIN_DENIED = "login_denied", _("Login denied")
    WRONG_NUMBER = "wrong_number", _("Wrong number picked")
    SIGNED_IN = "signed_in", _("Signed in")
    REGISTERED = "registered", _("Registered")
    ADOPTED = "adopted", _("User of the site adopted")
    WRONG_CODE = "wrong_code", _("Wrong code")
    CODE_LOCKED = "code_locked", _("Codes locked")
    SESSION_DISOWNED = "session_disowned", _("Session ended: it was somebody else")
    SIGN_IN_REFUSED = "sign_in_refused", _("Sign-in refused")
    WRONG_PASSWORD = "wrong_password", _("Wrong password")
    PASSWORD_LOCKED = "password_locked", _("Password locked")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    EMAIL_VERIFIED = "email_verified", _("E-mail address verified")
    PHONE_VERIFIED = "phone_verified", _("Phone verified")
    PHONE_CHANGED = "phone_changed", _("Phone changed")
    PHONE_REMOVED = "phone_removed", _("Phone removed")
    PHONE_INVALIDATED = "phone_invalidated", _("Verification of a phone reset")
    PHONE_PASSED_ON = "phone_passed_on", _("Phone of an idle account passed on")
    ACCOUNT_DELETED = "account_deleted", _("Account deleted")
    TOKEN_REFRESHED = "token_refreshed", _("Token refreshed")
    TOKEN_REVOKED = "token_revoked", _("Token revoked")
    REFRESH_REUSED = "refresh_reused", _("Used refresh token shown again")


class Event(models.Model):
    """One thing that happened."""

    name = models.CharField(_("event"), max_length=32, choices=EventName.choices)
    application = models.ForeignKey(Application, models.SET_NULL, null=True, related_name="+")
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, related_name="events")
    attempt = models.ForeignKey(LoginAttempt, models.SET_NULL, null=True, related_name="events")
    identity = models.CharField(max_length=64, blank=True, editable=False)
    address = models.GenericIPAddressField(_("address"), null=True)
    agent = models.CharField(_("browser"), max_length=300, blank=True)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["created_at"], name="lrp_event_purge"),
            models.Index(fields=["identity"], name="lrp_event_of_identity"),
        ]

    def __str__(self) -> str:
        return self.get_name_display()

    def save(self, *args: Any, **options: Any) -> None:
        """Write it, and tell the journal of it when that is committed: the log has what the table has, and no more."""
        is_new = self._state.adding
        super().save(*args, **options)
        if is_new:
            self._tell()

    def _tell(self) -> None:
        attempt = self._state.fields_cache.get("attempt")  # what nobody has loaded is not worth a query
        tell(
            str(self.name),
            application=self.application_id,
            flow=str(attempt.flow) if attempt else None,
            channel=str(attempt.channel) if attempt else None,
            attempt=self.attempt_id,
            customer=self.customer_id,
            detail=self.detail,
        )
