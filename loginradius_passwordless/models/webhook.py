"""Webhooks: who wants to be told of what. One endpoint is served by one sender at a time (see ``WebhookDelivery``)."""

import uuid
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from .. import crypto
from ..catalog import HookName
from .application import Application
from .database import Now

LEASE = timedelta(seconds=60)
OLD_SECRET_WORKS = timedelta(days=1)
# After so many failures in a row an endpoint is left alone for a while, so that it holds up no sender.
PATIENCE = 3
RESTS = [timedelta(seconds=seconds) for seconds in (15, 30, 60, 120, 300, 600)]
GIVEN_UP_AFTER = timedelta(days=1)
GIVEN_UP_FAILURES = 8
MAX_URL = 2048
BY_STAFF = "Paused by staff."


def validate_events(events: Any) -> None:
    """Refuse what is not a list of names that webhooks tell of."""
    if not isinstance(events, list) or not set(events) <= {str(name) for name in HookName}:
        raise ValidationError(_("Choose among: %(names)s."), params={"names": ", ".join(HookName)})


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Takes endpoints for sending, and counts how they do."""

    def wanting(self, hook: HookName, application_id: int) -> "list[WebhookEndpoint]":
        """Return the endpoints of an application that want to be told of this."""
        rows = self.filter(application_id=application_id).order_by("pk")
        return [row for row in rows if hook in row.events]

    def free(self) -> "WebhookEndpointQuerySet":
        """Keep those that can be called now and that nobody is calling."""
        rested = Q(rests_until=None) | Q(rests_until__lte=Now())
        return self.filter(rested, Q(busy_until=None) | Q(busy_until__lte=Now()), is_paused=False)

    def lease(self, pk: int) -> "WebhookEndpoint | None":
        """Take an endpoint for a minute; None where it is paused, rests, is being called, or was removed just now."""
        taken = self.free().filter(pk=pk).update(busy_until=Now() + LEASE)
        return self.select_related("application").filter(pk=pk).first() if taken else None

    def can_be_called(self, endpoint: "WebhookEndpoint") -> bool:
        """Tell whether an endpoint that somebody has taken is neither paused nor resting, and has the same address."""
        rested = Q(rests_until=None) | Q(rests_until__lte=Now())
        return self._at_its_address(endpoint).filter(rested, is_paused=False).exists()

    def note_success(self, pk: int) -> None:
        """Forget the failures."""
        self.filter(pk=pk).exclude(failures=0).update(failures=0, failing_since=None, rests_until=None)

    def note_failure(self, endpoint: "WebhookEndpoint") -> None:
        """Count a failure of its address, and let the endpoint rest after some in a row.

        Every assignment reads only columns that come later: MariaDB assigns from left to right.
        """
        rests = [
            When(failures__gte=PATIENCE - 1 + step, then=Now() + rest)
            for step, rest in reversed(list(enumerate(RESTS)))
        ]
        self._at_its_address(endpoint).update(
            rests_until=Case(*rests, default=Value(None)),
            failing_since=Case(When(failing_since=None, then=Now()), default=F("failing_since")),
            failures=F("failures") + 1,
        )

    def pause_given_up(self, endpoint: "WebhookEndpoint", *, is_gone: bool, reason: str) -> bool:
        """Pause an endpoint that has failed for a day, or that says it is gone; tell whether it was paused by this.

        Two failures with a day between them are none for a day: what lies between them may have gone with its customer.
        """
        running = self._at_its_address(endpoint).filter(is_paused=False)
        failing = Q(failing_since__lte=Now() - GIVEN_UP_AFTER, failures__gte=GIVEN_UP_FAILURES)
        lost = running if is_gone else running.filter(failing)
        return bool(lost.update(is_paused=True, paused_because=reason))

    def _at_its_address(self, endpoint: "WebhookEndpoint") -> "WebhookEndpointQuerySet":
        """Keep its row, if it still has the address that was called: what the old one answered says nothing of it."""
        return self.filter(pk=endpoint.pk, url=endpoint.url)

    def pause(self) -> int:
        """Call these no more: somebody says so."""
        return self.filter(is_paused=False).update(is_paused=True, paused_because=BY_STAFF)

    def resume(self) -> int:
        """Call these again, as if nothing had been."""
        paused = self.filter(is_paused=True)
        return paused.update(is_paused=False, paused_because="", failures=0, failing_since=None, rests_until=None)


class WebhookEndpoint(models.Model):
    """An address that is told of what happens in an application."""

    hook_id = models.UUIDField(_("webhook id"), unique=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, models.CASCADE, related_name="webhooks")
    name = models.CharField(_("name"), max_length=80, blank=True)
    url = models.CharField(_("address"), max_length=MAX_URL, help_text=_("https, on port 443 or 8443."))
    events = models.JSONField(_("events"), default=list, validators=[validate_events])
    sealed_secret = models.BinaryField(editable=False)
    sealed_old_secret = models.BinaryField(null=True, editable=False)
    old_secret_until = models.DateTimeField(_("old secret works until"), null=True, editable=False)
    is_paused = models.BooleanField(_("paused"), default=False)
    paused_because = models.CharField(_("paused because"), max_length=200, blank=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    rests_until = models.DateTimeField(_("left alone until"), null=True, editable=False)
    busy_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    modified_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name or f"{self.application} #{self.pk}"

    @sensitive_variables()
    def new_secret(self) -> str:
        """Draw a secret and return it, the only time that anybody sees it; the caller saves the row.

        The one before, if there is one, signs as well for a day: the receiver replaces its own meanwhile.
        """
        secret = crypto.new_webhook_secret()
        if self.sealed_secret:
            self.sealed_old_secret, self.old_secret_until = self.sealed_secret, Now() + OLD_SECRET_WORKS
        self.sealed_secret = crypto.seal(secret)
        return secret

    def secrets(self) -> list[str]:
        """Return the secrets to sign with now, the newest first; without those that no key of this site opens."""
        old = WebhookEndpoint.objects.filter(pk=self.pk, old_secret_until__gt=Now())
        sealed = [self.sealed_secret, *old.exclude(sealed_old_secret=None).values_list("sealed_old_secret", flat=True)]
        return [secret for secret in map(_unsealed, sealed) if secret]

    def release(self) -> None:
        """Let others call it."""
        WebhookEndpoint.objects.filter(pk=self.pk).update(busy_until=None)


@sensitive_variables()
def _unsealed(sealed: Any) -> str:
    try:
        return crypto.unseal(bytes(sealed))
    except crypto.InvalidToken:
        return ""
