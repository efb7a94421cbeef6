"""An API client: its key, its secrets, where it may send people, which flows it may use."""

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .. import crypto
from ..conf import conf
from .database import Now

API_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
MAX_LIVE_SECRETS = 5
NETLOC = re.compile(r"[a-z0-9.-]*[a-z0-9][a-z0-9.-]*(:[0-9]+)?|\[[0-9a-f:]+\](:[0-9]+)?", re.ASCII)
ORIGIN = re.compile(r"https?://[a-z0-9.:\[\]-]+", re.ASCII)
MAX_RETURN_URL = 500
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class NumberMatch(models.TextChoices):
    """When the person who opens a link must pick the number that the asking device shows."""

    ASKED = "asked", _("When the device asks for it")
    ELSEWHERE = "elsewhere", _("Also when the link is opened in another country or network")
    ALWAYS = "always", _("Always")


class CaptchaWhen(models.TextChoices):
    """When a program must show that it is a person before a message goes out."""

    AS_SITE = "", _("As the setting CAPTCHA_WHEN says")
    ALWAYS = "always", _("Always")
    AFTER = "after", _("After some starts from one address")
    NEVER = "never", _("Never")


class TokenDelivery(models.TextChoices):
    """How the hosted sign-in page hands an access token to the address where it sends people back to."""

    NONE = "none", _("Not at all: people are signed in to this site only")
    FRAGMENT = "fragment", _("In the fragment: #token=…")
    QUERY = "query", _("In the query: ?token=…, which lands in logs and histories")


def new_api_key() -> str:
    """Draw a key. It names the application and is public: every browser that signs in sends it."""
    return str(uuid.uuid4())


def validate_return_urls(urls: Any) -> None:
    """Refuse what is not a list of absolute addresses that a person may be sent to.

    Web addresses are https, or http on this machine while developing. An app's own scheme has a dot in it, in
    reverse-domain form, as RFC 8252 asks.
    """
    for url in _strings(urls):
        parts = _parts(url)
        is_web = parts.scheme == "https" or (parts.scheme == "http" and settings.DEBUG and parts.hostname in LOOPBACK)
        if not (is_web and NETLOC.fullmatch(parts.netloc)) and "." not in parts.scheme:
            raise ValidationError(_("%(url)s is not an https address."), params={"url": url})
        if parts.fragment or len(url) > MAX_RETURN_URL or re.search(r"[^\x21-\x7e]|\\", url):
            raise ValidationError(
                _("%(url)s is too long, or has a fragment, a blank or a backslash."), params={"url": url}
            )


def validate_origins(origins: Any) -> None:
    """Refuse what is not a list of web origins such as https://tv.example.com."""
    for origin in _strings(origins):
        parts = _parts(origin)
        if not ORIGIN.fullmatch(origin) or not parts.hostname or not parts.hostname.strip("."):
            raise ValidationError(
                _("%(origin)s is not an origin such as https://example.com."), params={"origin": origin}
            )


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _port = parts.port  # raises for what is no port
    except ValueError as error:
        raise ValidationError(_("%(url)s is not an address."), params={"url": url}) from error
    return parts


def _strings(values: Any) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValidationError(_("Enter a list of texts."))
    return values


class Application(models.Model):
    """An API client of this site."""

    name = models.CharField(_("name"), max_length=80, help_text=_("Shown to people in messages and on login pages."))
    api_key = models.CharField(
        _("API key"),
        max_length=64,
        unique=True,
        default=new_api_key,
        validators=[RegexValidator(rf"\A{API_KEY.pattern}\Z")],
    )
    is_active = models.BooleanField(_("active"), default=True)
    return_urls = models.JSONField(
        _("return addresses"), default=list, blank=True, validators=[validate_return_urls],
        help_text=_("Where people may be sent after a login. Compared letter by letter."),
    )  # fmt: skip
    origins = models.JSONField(
        _("browser origins"), default=list, blank=True, validators=[validate_origins],
        help_text=_("Web origins whose pages may call the API from a browser."),
    )  # fmt: skip
    one_touch_login = models.BooleanField(_("one-touch login"), default=True)
    smart_login = models.BooleanField(_("smart login"), default=True)
    passwordless_login = models.BooleanField(_("passwordless login"), default=True)
    phone_login = models.BooleanField(
        _("phone login"), default=True, help_text=_("Also needed for codes by SMS or call.")
    )
    password_login = models.BooleanField(
        _("password login"), default=True, help_text=_("With a phone number and a password.")
    )
    registration = models.BooleanField(
        _("registration"), default=True, help_text=_("Unknown people may become customers.")
    )
    number_match = models.CharField(
        _("number match"), max_length=10, choices=NumberMatch.choices, default=NumberMatch.ASKED,
        help_text=_("Whoever opens a link picks the number that the waiting device shows."),
    )  # fmt: skip
    token_delivery = models.CharField(
        _("access token"), max_length=8, choices=TokenDelivery.choices, default=TokenDelivery.NONE,
        help_text=_("What the sign-in page gives to a return address."),
    )  # fmt: skip
    security_notices = models.BooleanField(
        _("security notices"), default=True,
        help_text=_("Customers are told of a sign-in on a device or in a country that is new."),
    )  # fmt: skip
    captcha = models.CharField(
        _("CAPTCHA"), max_length=6, choices=CaptchaWhen.choices, default=CaptchaWhen.AS_SITE, blank=True,
        help_text=_("When somebody has to solve one before a message is sent. A server that sends a secret never has."),
    )  # fmt: skip
    captcha_provider = models.CharField(
        _("CAPTCHA provider"), max_length=40, blank=True,
        help_text=_("A name from the setting CAPTCHA_PROVIDERS; solutions of no other count then."),
    )  # fmt: skip
    logo = models.BinaryField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.captcha_provider and self.captcha_provider not in conf.CAPTCHA_PROVIDERS:
            raise ValidationError({"captcha_provider": _("The setting CAPTCHA_PROVIDERS has no such name.")})
        if self.token_delivery == TokenDelivery.QUERY and not conf.LEGACY_TOKEN_IN_QUERY:
            raise ValidationError({"token_delivery": _("The setting LEGACY_TOKEN_IN_QUERY does not allow this.")})

    def allows_return_to(self, url: str) -> bool:
        """Compare letter by letter: every cleverer comparison has been somebody's open redirect."""
        return url in self.return_urls


class ApplicationSecretManager(models.Manager["ApplicationSecret"]):
    """Makes and checks API secrets."""

    def issue(self, application: Application, secret: str = "") -> str:
        """Add a secret and return it: this is the only time that anybody sees it.

        At most five are live, so that old and new ones overlap while a site rotates; the oldest goes first.
        """
        secret = secret or crypto.new_link()
        live = self.filter(application=application, revoked_at=None).order_by("-pk")
        for row in live[MAX_LIVE_SECRETS - 1 :]:
            row.revoke()
        self.create(application=application, digest=crypto.digest(secret), sealed=crypto.seal(secret))
        return secret

    def texts(self, application: Application) -> Iterator[str]:
        """Yield the live secrets of an application, newest first; one that no key of this site opens is left out."""
        for row in self.filter(application=application, revoked_at=None).order_by("-pk"):
            try:
                yield crypto.unseal(bytes(row.sealed))
            except crypto.InvalidToken:
                continue

    def newest(self, application: Application) -> str:
        """Return the newest live secret; nothing where there is none."""
        return next(self.texts(application), "")

    def verify(self, application: Application, secret: str) -> bool:
        """Tell whether this is a live secret of this application.

        The comparison is a lookup by digest: what it leaks by time is the digest of a guess.
        """
        live = self.filter(application=application, digest=crypto.digest(secret), revoked_at=None)
        # Noted once a minute: all calls of an application would queue for the row otherwise.
        live.filter(Q(last_used_at=None) | Q(last_used_at__lte=Now() - timedelta(minutes=1))).update(last_used_at=Now())
        return live.exists()


class ApplicationSecret(models.Model):
    """One API secret. Sealed, because SOTT and webhook signatures need its text; no page shows it again."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="secrets")
    digest = models.CharField(max_length=64, editable=False)
    sealed = models.BinaryField(editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects = ApplicationSecretManager()

    class Meta:
        verbose_name = _("API secret")
        verbose_name_plural = _("API secrets")
        constraints = [models.UniqueConstraint(fields=["application", "digest"], name="lrp_secret_once")]

    def __str__(self) -> str:
        return f"{self.application} #{self.pk}"

    def revoke(self) -> Self:
        """End this secret now."""
        ApplicationSecret.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=Now())
        return self
