"""Every setting, typed, with its default; read live from ``settings.LOGINRADIUS_PASSWORDLESS``."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings

NAME = "LOGINRADIUS_PASSWORDLESS"
CORS_MIDDLEWARE = "corsheaders.middleware.CorsMiddleware"


class Settings:
    """The defaults. A site overrides them by name; durations may be timedeltas or seconds.

    Live, so that ``override_settings`` needs no receiver and no cache; ``checks`` refuses unknown
    names, wrong types and unsafe values.
    """

    # Where links in messages lead. Never taken from a request: a forged Host header must not reach a mailbox.
    PUBLIC_URL: str = ""

    # One-time codes
    CODE_LENGTH: int = 6
    CODE_ALPHABET: str = "0123456789"
    CODE_LIFETIME: timedelta = timedelta(seconds=300)

    # Links and waiting devices
    LINK_LIFETIME: timedelta = timedelta(seconds=600)
    PICKUP_LIFETIME: timedelta = timedelta(seconds=120)
    MAX_LIVE_ATTEMPTS: int = 3

    # Guessing
    ATTEMPT_TRIES: int = 5
    IDENTITY_FAILURES: int = 10
    FAILURES_PER_MINUTE_PER_ADDRESS: int = 10

    # Phone numbers and passwords
    REGISTRATION_LIFETIME: timedelta = timedelta(hours=1)
    FRESH_AUTHENTICATION: timedelta = timedelta(minutes=10)
    LOOKUPS_PER_MINUTE_PER_ADDRESS: int = 10
    LOOKUPS_PER_MINUTE_PER_APPLICATION: int = 60
    LOOKUPS_NEED_PROOF: bool = False
    # After so long without a sign-in a number is taken to be somebody else's: a code sent to it opens no old account.
    PHONES_IDLE_AFTER: timedelta = timedelta(days=365)
    # What becomes of a user of the site who deletes the account: "delete" or "deactivate"
    ON_ACCOUNT_DELETION: str = "delete"

    # SOTT: whether the clock of LoginRadius' Python SDK is understood, and whether one is good for one registration
    SOTT_TWELVE_HOUR_CLOCK: bool = True
    SOTT_SINGLE_USE: bool = False

    # Sending
    RESEND_GAP: timedelta = timedelta(seconds=60)
    SENDS_PER_TEN_MINUTES: int = 3
    SENDS_PER_DAY: int = 10
    STARTS_PER_HOUR_PER_ADDRESS: int = 30
    SMS_COUNTRIES: str | tuple[str, ...] | list[str] = "all"

    # Polling, and waiting for an answer: how long, and in how many threads of a WSGI process
    PINGS_PER_MINUTE: int = 60
    MAX_WAIT: timedelta = timedelta(seconds=25)
    WAITING_THREADS: int = 1

    # Hosts that webhooks may call although they are inside: "host", "host:port" or "http://host:port"
    WEBHOOK_PRIVATE_HOSTS: tuple[str, ...] | list[str] = ()

    # Where addresses are: the path of a GeoIP database in MaxMind's format, for the extra [geoip]
    GEOIP_DATABASE: str = ""

    # Tokens
    ACCESS_TOKEN_LIFETIME: timedelta = timedelta(minutes=15)
    REFRESH_TOKEN_LIFETIME: timedelta = timedelta(days=60)
    # Who makes access tokens: see ``backends.access_tokens``.
    ACCESS_TOKEN_BACKEND: str = "loginradius_passwordless.backends.access_tokens.guid.AccessTokenBackend"  # noqa: S105

    # The network in front of us: how many proxies append to X-Forwarded-For. 0 ignores the header.
    TRUSTED_PROXY_COUNT: int = 0

    # Delivery. Messages are sent by a "thread" of the process, "inline" by the request, as a "task" by Django's task
    # engine, or only by the "worker".
    SENDING: str = "thread"
    FROM_EMAIL: str = ""
    # How long nothing is sent to an address from which mail came back for good.
    PAUSE_AFTER_BOUNCE: timedelta = timedelta(days=30)
    # Who sends texts and who makes calls, and whom to ask first in which country: see ``backends.providers``.
    SMS_PROVIDERS: dict[str, Any] = {"console": {"BACKEND": "loginradius_passwordless.backends.sms.console.SMSBackend"}}
    SMS_ROUTES: dict[str, Any] = {}
    VOICE_PROVIDERS: dict[str, Any] = {}
    VOICE_ROUTES: dict[str, Any] = {}
    # The path of a function that is asked before a phone gets a message: see ``backends.phone_guard``.
    PHONE_GUARD: str = ""

    # Telling people from programs before a message goes out: see ``backends.captcha.providers``. "always", "never", or
    # "after" so many starts within an hour from one address; an application may say otherwise.
    CAPTCHA_PROVIDERS: dict[str, Any] = {}
    CAPTCHA_WHEN: str = "always"
    CAPTCHA_AFTER_STARTS: int = 5
    # Whether mails go out, unlike texts and calls, while the provider does not answer.
    CAPTCHA_MAIL_FAILS_OPEN: bool = False

    # Wire switches: what LoginRadius does and a careful site does not
    REVEAL_UNKNOWN_ACCOUNTS: bool = False
    ALLOW_SECRETS_IN_QUERY: bool = False
    LEGACY_TOKEN_IN_QUERY: bool = False

    # Whether ``identity/openapi.json`` and ``identity/docs/`` are shown: "debug", "always" or "never"
    API_DOCS: str = "debug"

    # The API key of the application for which the sign-in page signs people in; the oldest active one where it is empty
    SIGN_IN_APPLICATION: str = ""

    # Whether the site verified the e-mail addresses in its user table. Where it did not, a login that proves an
    # address makes the password of the user who has it unusable, and does not open the accounts of staff.
    SITE_EMAILS_ARE_VERIFIED: bool = False
    # The same of phone numbers, where they are what the site's users sign in with.
    SITE_PHONES_ARE_VERIFIED: bool = False
    # Whose account an address opens, and who may sign in, where the site has rules of its own.
    ACCOUNT_POLICY: str = "loginradius_passwordless.backends.accounts.AccountPolicy"

    # What Prometheus sends as a bearer token to read the metrics. Empty: nobody reads them.
    METRICS_TOKEN: str = ""

    # How long evidence is kept by `manage.py purge_passwordless`
    KEEP_ATTEMPTS: timedelta = timedelta(days=30)
    KEEP_MESSAGES: timedelta = timedelta(days=30)
    KEEP_EVENTS: timedelta = timedelta(days=90)
    KEEP_ADDRESSES: timedelta = timedelta(days=7)

    if not TYPE_CHECKING:  # or mypy would believe that every name exists

        def __getattribute__(self, name: str) -> Any:
            default = super().__getattribute__(name)
            if name.startswith("_"):
                return default
            given = getattr(django_settings, NAME, {})
            value = given.get(name, default) if isinstance(given, dict) else default
            if isinstance(default, timedelta) and isinstance(value, int | float):
                return timedelta(seconds=value)
            return value


conf = Settings()
