"""A customer: our row beside the site's own user, and the identifiers that are theirs."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import crypto, errors
from ..conf import conf
from ..identifiers import Identity
from .database import Now


def new_uid() -> str:
    """Draw a stable public account id: 32 lowercase hex digits, as the wire wants it."""
    return uuid.uuid4().hex


def identity_key(identity: Identity) -> str:
    """Return the key under which an identity is counted and looked up.

    A digest, because databases compare text in ways of their own: MariaDB's default collation takes "ß" for
    "s", and that is another person's mailbox.
    """
    return crypto.digest(f"{identity.kind}:{identity.canonical}")


class Customer(models.Model):
    """Who signs in. Made after proof (law 13); the site's user holds everything that is the site's."""

    uid = models.CharField(_("UID"), max_length=32, unique=True, default=new_uid, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="passwordless_customer")
    full_name = models.CharField(_("name"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    profile = models.JSONField(_("profile"), default=dict, blank=True)
    is_blocked = models.BooleanField(
        _("blocked"), default=False, help_text=_("Refused everywhere; tokens stop working at once.")
    )
    is_login_disabled = models.BooleanField(_("login disabled"), default=False)
    registered_by = models.CharField(_("registered by"), max_length=8, editable=False)
    registration_source = models.CharField(_("registered from"), max_length=200, blank=True, editable=False)
    logins = models.PositiveIntegerField(_("logins"), default=0, editable=False)
    last_login_at = models.DateTimeField(_("last login"), null=True, editable=False)
    # A sign-in or a refreshed token: whoever uses an app every day signs in once a year.
    last_seen_at = models.DateTimeField(_("last seen"), null=True, editable=False)
    password_changed_at = models.DateTimeField(_("password changed"), null=True, editable=False)
    last_login_address = models.GenericIPAddressField(_("last login from"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    modified_at = models.DateTimeField(_("modified"), auto_now=True)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")

    def __str__(self) -> str:
        return self.uid

    def count_login(self, address: str | None) -> bool:
        """Note a sign-in and tell whether it was the first; then hold the row, and know what staff say of it now.

        Raises ``UnknownAccount`` where the customer is gone.
        """
        this = Customer.objects.filter(pk=self.pk)
        seen = {"last_login_at": Now(), "last_seen_at": Now(), "last_login_address": address}
        first = bool(this.filter(logins=0).update(logins=1, **seen))
        if not first and not this.update(logins=models.F("logins") + 1, **seen):
            raise errors.UnknownAccount  # deleted a moment ago
        said_by_staff = ["is_blocked", "is_login_disabled"]
        self.refresh_from_db(fields=["logins", "last_login_at", "last_login_address", *said_by_staff])
        return first


class IdentifierQuerySet(models.QuerySet["Identifier"]):
    """Finds whose an e-mail address or a phone number is."""

    def proven(self, identity: Identity) -> "Identifier | None":
        """Return the identifier that somebody has proven to own, or None; None as well for one of ``idle_phones``."""
        return self._first(self.exclude(pk__in=self.idle_phones().values("pk")), identity)

    def held(self, identity: Identity) -> "Identifier | None":
        """Return the identifier that somebody has proven to own, idle or not, or None."""
        return self._first(self, identity)

    def claimed(self, identity: Identity, customer: Customer | None = None) -> "Identifier | None":
        """Return the oldest claim of an identity that nobody has proven, or the one of this customer, or None.

        Whoever proves an identity takes it from all who only claim it.
        """
        claims = self.filter(kind=identity.kind, canonical=identity.canonical, proven_key=None)
        claims = claims.filter(customer=customer) if customer else claims
        rows = claims.select_related("customer__user").order_by("pk")
        return next((row for row in rows if row.is_of(identity)), None)

    def idle_phones(self) -> "IdentifierQuerySet":
        """Keep the phones whose customers were not seen for so long that the numbers may be somebody else's by now.

        Providers give numbers away again: the next owner of one gets its codes, and must not get its account.
        """
        long_ago = Now() - conf.PHONES_IDLE_AFTER
        unseen = [
            models.Q(**{f"{moment}__isnull": True}) | models.Q(**{f"{moment}__lte": long_ago})
            for moment in ("customer__last_seen_at", "customer__user__last_login")
        ]
        return self.filter(*unseen, kind="phone", verified_at__lte=long_ago)

    def _first(self, rows: "IdentifierQuerySet", identity: Identity) -> "Identifier | None":
        """The canonical form is compared once more: no collation has the last word."""
        found = rows.filter(proven_key=identity_key(identity)).select_related("customer__user").first()
        return found if found and found.is_of(identity) else None

    def claim(self, customer: Customer, identity: Identity) -> "Identifier":
        """Note that a customer says that an address or number is theirs."""
        return self.create(customer=customer, kind=identity.kind, value=identity.value, canonical=identity.canonical)

    def drop_claims(self, identity: Identity) -> None:
        """Forget who only claimed an identity: its owner has proven it."""
        claims = self.filter(kind=identity.kind, canonical=identity.canonical, proven_key=None)
        self.filter(pk__in=[row.pk for row in claims if row.is_of(identity)]).delete()

    def keys_of(self, customer: Customer) -> list[str]:
        """Return the keys of what a customer has proven: what they only claim may be somebody else's."""
        proven = self.filter(customer=customer).exclude(proven_key=None).order_by("pk")
        return [str(key) for key in proven.values_list("proven_key", flat=True)]

    def of_customer(self, customer: Customer, kind: str) -> "Identifier | None":
        """Return the address or number of a customer, a proven one if there is one."""
        rows = self.filter(customer=customer, kind=kind)
        return rows.order_by(models.F("verified_at").asc(nulls_last=True), "pk").first()

    def add_proven(self, customer: Customer, identity: Identity) -> "Identifier":
        """Give a customer an address or number that they have proven; the database refuses one that somebody has."""
        return self.create(
            customer=customer,
            kind=identity.kind,
            value=identity.value,
            canonical=identity.canonical,
            proven_key=identity_key(identity),
            verified_at=Now(),
        )

    def of_user(self, user_id: Any) -> "Identifier | None":
        """Return the first e-mail address that one of the site's users has proven to own, or None."""
        proven = self.filter(customer__user_id=user_id or 0, kind="email").exclude(proven_key=None)
        return proven.select_related("customer__user").order_by("pk").first()


class Identifier(models.Model):
    """An e-mail address or a phone number of a customer.

    Many may claim one; only one may have proven it. ``proven_key`` is unique and NULL until then: MariaDB has
    no partial unique index, but all databases let NULL repeat.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="identifiers")
    kind = models.CharField(_("kind"), max_length=5, choices=[("email", _("E-mail")), ("phone", _("Phone"))])
    value = models.CharField(_("value"), max_length=254)
    canonical = models.CharField(max_length=254, editable=False)
    proven_key = models.CharField(max_length=64, unique=True, null=True, editable=False)
    verified_at = models.DateTimeField(_("verified"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = IdentifierQuerySet.as_manager()

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        indexes = [models.Index(fields=["canonical"], name="lrp_identifier_claims")]

    def __str__(self) -> str:
        return self.identity.masked

    def is_of(self, identity: Identity) -> bool:
        """Tell whether this row is about an identity: databases compare more loosely."""
        return self.kind == identity.kind and self.canonical == identity.canonical

    def disprove(self) -> None:
        """Take the proof back; a claim remains."""
        Identifier.objects.filter(pk=self.pk).update(proven_key=None, verified_at=None)

    @property
    def identity(self) -> Identity:
        """The parsed form of this row."""
        return Identity("email" if self.kind == "email" else "phone", self.value, self.canonical)
