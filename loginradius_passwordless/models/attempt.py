"""One started login, and the only code that moves it from state to state."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from .. import crypto, errors
from ..catalog import MessageChannel
from ..conf import conf
from .application import MAX_RETURN_URL, Application, NumberMatch
from .customer import Customer
from .database import Now
from .match import Match
from .registration import Registration


class Flow(models.TextChoices):
    """Which protocol started the attempt."""

    ONE_TOUCH = "one_touch", _("One-touch login")
    SMART = "smart", _("Smart login")
    PASSWORDLESS = "passwordless", _("Passwordless login")
    PHONE = "phone", _("Phone authentication")


class State(models.TextChoices):
    """How far an attempt got. Expired and locked are read from clock and tries, never written."""

    REQUESTED = "requested", _("Requested")
    VERIFIED = "verified", _("Verified")
    CONSUMED = "consumed", _("Signed in")
    DENIED = "denied", _("Denied")
    SUPERSEDED = "superseded", _("Superseded")


MOVES: dict[str, frozenset[str]] = {
    State.REQUESTED: frozenset({State.VERIFIED, State.DENIED, State.SUPERSEDED}),
    State.VERIFIED: frozenset({State.CONSUMED, State.DENIED, State.SUPERSEDED}),
}
DENIAL_REMEMBERED = timedelta(hours=1)
REACHED_AT = {State.VERIFIED: "verified_at", State.CONSUMED: "consumed_at", State.DENIED: "denied_at"}


def guid_digest(client_guid: str) -> str:
    """Return what is stored of a client GUID."""
    return crypto.digest(client_guid)


class LoginAttemptQuerySet(models.QuerySet["LoginAttempt"]):
    """Starts attempts and finds the live ones."""

    def live(self) -> "LoginAttemptQuerySet":
        """Keep the attempts that can still become a login."""
        return self.filter(state__in=list(MOVES), expires_at__gt=Now())

    def with_guid(self, application: Application, client_guid: str) -> "LoginAttemptQuerySet":
        """Keep the attempt that a waiting device of this application started with this GUID."""
        return self.filter(application=application, client_guid_digest=guid_digest(client_guid))

    def undecided(self, attempt_ids: Iterable[int]) -> set[int]:
        """Return those of these attempts that still wait for a person."""
        waiting = self.live().filter(pk__in=attempt_ids, state=State.REQUESTED)
        return set(waiting.values_list("pk", flat=True))

    def void(self, identities: Iterable[str], customer: Customer | None = None) -> "list[LoginAttempt]":
        """End all that is under way for these identities, or for this customer: no code or link of it works any more.

        Returns the attempts that were ended. Their tokens go, so that nobody learns that one was right once.
        """
        theirs = models.Q(identity__in=list(identities))
        under_way = self.live().filter(theirs | models.Q(customer=customer) if customer else theirs)
        ended = [attempt for attempt in under_way.order_by("pk") if attempt.move(State.SUPERSEDED)]
        for attempt in ended:
            attempt.tokens.all().delete()
        return ended

    def make_room(self, flow: str, identity: str) -> "list[LoginAttempt]":
        """Supersede the oldest live attempts of a flow and identity, and return them, so that one more has room.

        Up to ``MAX_LIVE_ATTEMPTS`` live side by side, so that nobody ends another person's login by asking again
        and a late first message still works.
        """
        live = self.live().filter(flow=flow, identity=identity).order_by("-pk")
        return [attempt for attempt in live[conf.MAX_LIVE_ATTEMPTS - 1 :] if attempt.move(State.SUPERSEDED)]

    def open(self, *, client_guid: str | None, lifetime: timedelta, **facts: Any) -> "LoginAttempt":
        """Start an attempt.

        Raises ``ClientGUIDUsed`` when somebody had this GUID before: the unique index decides.
        """
        owned = guid_digest(client_guid) if client_guid else None
        try:
            with transaction.atomic():
                return self.create(client_guid_digest=owned, expires_at=Now() + lifetime, **facts)
        except IntegrityError:
            if client_guid and self.with_guid(facts["application"], client_guid).exists():
                raise errors.ClientGUIDUsed from None
            raise


class LoginAttempt(models.Model):
    """One started login: who asked for it, from where, and what became of it."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="attempts")
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, related_name="attempts")
    registration = models.ForeignKey(Registration, models.SET_NULL, null=True, related_name="attempts")
    flow = models.CharField(_("flow"), max_length=16, choices=Flow.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.REQUESTED)
    # Empty where no message was sent, as for a login with a password.
    channel = models.CharField(_("channel"), max_length=5, choices=MessageChannel.choices, blank=True)
    identity = models.CharField(max_length=64, editable=False)
    recipient = models.CharField(_("recipient"), max_length=254, editable=False)
    client_guid_digest = models.CharField(max_length=64, null=True, editable=False)
    is_decoy = models.BooleanField(
        _("decoy"), default=False, help_text=_("Answered like the others, but nothing that opens an account was sent.")
    )
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    name = models.CharField(_("name"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    redirect_url = models.CharField(_("return address"), max_length=MAX_RETURN_URL, blank=True)
    # Whether and when a number must be picked; "asked" here means that it need not.
    number_match = models.CharField(
        _("number match"), max_length=10, choices=NumberMatch.choices, default=NumberMatch.ASKED
    )
    sealed_match = models.BinaryField(null=True, editable=False)
    welcome_template = models.CharField(max_length=80, blank=True)
    registration_source = models.CharField(max_length=200, blank=True)
    asked_address = models.GenericIPAddressField(_("asked from"), null=True)
    # Of the phone that the message goes to; of the network address that asked, where the message is a mail.
    country = models.CharField(_("country"), max_length=2, blank=True)
    asked_agent = models.CharField(_("asked with"), max_length=300, blank=True)
    approved_address = models.GenericIPAddressField(_("confirmed from"), null=True)
    approved_agent = models.CharField(_("confirmed with"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("asked"), db_default=Now())
    expires_at = models.DateTimeField(_("expires"))
    # Evidence and no state: mail scanners open links as well.
    opened_at = models.DateTimeField(_("link opened"), null=True)
    verified_at = models.DateTimeField(_("confirmed"), null=True)
    consumed_at = models.DateTimeField(_("signed in"), null=True)
    denied_at = models.DateTimeField(_("denied"), null=True)

    objects = LoginAttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("login attempt")
        verbose_name_plural = _("login attempts")
        constraints = [
            models.UniqueConstraint(fields=["application", "client_guid_digest"], name="lrp_guid_owned_once"),
        ]
        indexes = [
            models.Index(fields=["identity", "flow", "state"], name="lrp_attempt_of_identity"),
            models.Index(fields=["recipient", "state"], name="lrp_attempt_of_recipient"),
            models.Index(fields=["created_at"], name="lrp_attempt_purge"),
            # Of the admin's filters what few rows have; the others are found among the newest.
            models.Index(fields=["state", "id"], name="lrp_attempt_of_state"),
            models.Index(fields=["country", "id"], name="lrp_attempt_of_country"),
        ]

    def __str__(self) -> str:
        return f"{self.get_flow_display()} #{self.pk}"

    @property
    def match(self) -> Match | None:
        """The number that the device shows, where one was given out.

        Raises ``ExpiredLink`` when no key of the site opens it any more: its device can show what it likes.
        """
        try:
            return Match.unseal(bytes(self.sealed_match)) if self.sealed_match else None
        except crypto.InvalidToken:
            raise errors.ExpiredLink from None

    def reloaded(self) -> "LoginAttempt":
        """Return this attempt as the database has it now.

        What runs in a repeatable transaction begins with this: the first try may have moved the instance, and
        the database took it back.
        """
        related = LoginAttempt.objects.select_related("application", "customer__user", "registration")
        return related.defer("application__logo").get(pk=self.pk)

    def move(self, state: State, **facts: Any) -> bool:
        """Make a legal move and tell whether this call made it: of two that try, the database lets one win."""
        if state not in MOVES.get(self.state, ()):
            raise ValueError(f"{self.state} -> {state} is not a move")
        if state in REACHED_AT:
            facts[REACHED_AT[state]] = Now()
        moved = LoginAttempt.objects.live().filter(pk=self.pk, state=self.state).update(state=state, **facts)
        if moved:
            self.state = state
        return bool(moved)

    def note_opened(self) -> None:
        """Note when the link was opened first. It changes nothing that a login depends on."""
        LoginAttempt.objects.filter(pk=self.pk, opened_at=None).update(opened_at=Now())

    def was_denied_lately(self) -> bool:
        """Tell whether the person refused this attempt within the last hour."""
        lately = Now() - DENIAL_REMEMBERED
        return LoginAttempt.objects.filter(pk=self.pk, state=State.DENIED, denied_at__gt=lately).exists()

    def spend_try(self) -> bool:
        """Count a guess before anybody looks at it (law 2), and tell whether there was one left."""
        open_tries = LoginAttempt.objects.live().filter(pk=self.pk, tries__lt=conf.ATTEMPT_TRIES)
        return bool(open_tries.update(tries=F("tries") + 1))
