"""The secret that proves an attempt: a link or a code, of which only a digest is stored."""

import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from .. import crypto
from .attempt import Flow, LoginAttempt, State
from .customer import Customer
from .database import Now
from .message_settings import MessageSettings

# How long somebody who enters a dead code is told what became of it.
REMEMBERED = timedelta(hours=1)


class Purpose(models.TextChoices):
    """What a token is good for, and for nothing else: it is inside the code's MAC and in every lookup."""

    LOGIN = "login", _("Sign in")
    VERIFY_PHONE = "verify_phone", _("Verify a phone")
    CHANGE_PHONE = "change_phone", _("Change a phone")
    RESET_PASSWORD = "reset_password", _("Choose a new password")
    DELETE_ACCOUNT = "delete_account", _("Delete an account")
    END_SESSION = "end_session", _("End a session")


class TokenKind(models.TextChoices):
    """Links are looked up by digest; codes are compared, one by one, after a guess was spent."""

    LINK = "link", _("Link")
    CODE = "code", _("Code")


class VerificationTokenQuerySet(models.QuerySet["VerificationToken"]):
    """Issues and finds tokens."""

    def issue_link(self, attempt: LoginAttempt, purpose: Purpose, lifetime: timedelta) -> str:
        """Draw a link secret for an attempt and return it."""
        secret = crypto.new_link()
        self.create(
            attempt=attempt, kind=TokenKind.LINK, purpose=purpose, digest=crypto.digest(secret),
            expires_at=Now() + lifetime,
        )  # fmt: skip
        return secret

    def issue_code(self, attempt: LoginAttempt, purpose: Purpose, settings: MessageSettings) -> str:
        """Draw a code for an attempt, as the settings of its kind want it, and return it."""
        code = crypto.new_code(settings.code_size, settings.code_alphabet)
        expires_at = Now() + settings.code_life
        token = VerificationToken(attempt=attempt, kind=TokenKind.CODE, purpose=purpose, expires_at=expires_at)
        # A decoy spends tries like any other attempt, and no guess is ever right: its digest is of something else.
        token.digest = (
            crypto.digest(crypto.new_link()) if attempt.is_decoy else crypto.code_digest(code, *token.context)
        )
        token.save(force_insert=True)
        return code

    def with_link(self, secret: str, purpose: Purpose) -> "VerificationTokenQuerySet":
        """Keep the token whose link secret this is, made for this purpose, whatever has become of it."""
        return self.filter(kind=TokenKind.LINK, purpose=purpose, digest=crypto.digest(secret))

    def codes(self, *, application_id: int, flow: Flow, identity: str, purpose: Purpose) -> "VerificationTokenQuerySet":
        """Keep the codes that were lately sent to this identity for this very purpose, newest first."""
        return self.filter(
            created_at__gt=Now() - REMEMBERED,
            kind=TokenKind.CODE,
            purpose=purpose,
            attempt__application_id=application_id,
            attempt__flow=flow,
            attempt__identity=identity,
        ).order_by("-attempt_id")

    def of_customer(self, customer: Customer) -> "VerificationTokenQuerySet":
        """Keep the tokens that this customer asked for while signed in."""
        return self.filter(attempt__customer=customer)

    def lately_asked(self, customer: Customer, purposes: Iterable[Purpose]) -> "VerificationTokenQuerySet":
        """Keep the tokens that this customer lately asked for, for one of these purposes, newest first."""
        lately = self.filter(created_at__gt=Now() - REMEMBERED, purpose__in=list(purposes))
        return lately.of_customer(customer).order_by("-attempt_id")

    def unexpired(self) -> "VerificationTokenQuerySet":
        """Keep the tokens whose time is not over, whatever has become of their attempt."""
        return self.filter(expires_at__gt=Now())

    def live(self) -> "VerificationTokenQuerySet":
        """Keep the tokens that nobody has used and that have not expired."""
        return self.unexpired().filter(attempt__in=LoginAttempt.objects.live().filter(state=State.REQUESTED))


class VerificationToken(models.Model):
    """One link or code. Spent when its attempt moves on: one attempt may have both, and using one spends both."""

    # Drawn here and not by the database, because it is inside the MAC of the row it names.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attempt = models.ForeignKey(LoginAttempt, models.CASCADE, related_name="tokens")
    kind = models.CharField(_("kind"), max_length=4, choices=TokenKind.choices)
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose.choices)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now())
    # Its own, as a link lives longer than the code beside it. The attempt lives as long as the last of its tokens.
    expires_at = models.DateTimeField(_("expires"))

    objects = VerificationTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("verification token")
        verbose_name_plural = _("verification tokens")

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def context(self) -> tuple[str, ...]:
        """Everything a code is bound to (law 4)."""
        attempt = self.attempt
        return (self.purpose, attempt.flow, str(attempt.application_id), attempt.identity, str(self.pk))

    @sensitive_variables("code")
    def matches(self, code: str) -> bool:
        """Compare a guess in constant time. Spend the guess first."""
        return crypto.code_matches(self.digest, code, *self.context)
