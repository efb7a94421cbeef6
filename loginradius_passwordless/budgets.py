"""What may be asked for how often: guesses and messages by identity, requests by network address.

The budgets of an identity are rows (law 3). The rates by address are counted in the cache and are advisory: a
cache that is down, flushed or slow lets requests through to the rows, and never adds a guess (law 9).
"""

import ipaddress
import time
from collections.abc import Callable
from datetime import timedelta

from . import errors
from .backends import cache
from .catalog import MessageChannel
from .conf import conf
from .models import GuessBudget, MessageSettings, SendBudget

DENIED_START_COSTS = 3

TRIALS_PER_HOUR = 20


def spend_guess(identity: str) -> None:
    """Spend one guess at an identity's codes; raise ``LoginLocked`` when none is left.

    Have it committed before the code is looked at.
    """
    if GuessBudget.objects.spend(identity):
        return
    raise errors.LoginLocked(GuessBudget.objects.locked_until(identity))


def spend_guess_at_mailbox(mailbox: str) -> bool:
    """Spend one guess at a mailbox, whichever of its owner's names was guessed at; tell whether one was left."""
    return GuessBudget.objects.spend_at_mailbox(mailbox)


def spend_password(identity: str) -> None:
    """Spend one guess at an identity's password; raise ``PasswordLocked`` when none is left.

    Have it committed before the password is compared.
    """
    if not GuessBudget.objects.spend_password(identity):
        raise errors.PasswordLocked(GuessBudget.objects.password_locked_until(identity))


def spend_message(identity: str, kind: str, channel: str) -> None:
    """Spend one message to an identity, within the caller's transaction.

    Raises ``EmailQuotaExceeded`` or ``SMSQuotaExceeded``; the transaction then takes back what was counted.
    """
    settings = MessageSettings.of(kind)
    spend = SendBudget.objects.spend
    allowed = spend(identity, "day", limit=conf.SENDS_PER_DAY, period=timedelta(days=1), gap=conf.RESEND_GAP) and spend(
        identity, "ten minutes", limit=conf.SENDS_PER_TEN_MINUTES, period=timedelta(minutes=10)
    )
    if allowed and settings.request_limit:
        allowed = spend(identity, kind, limit=settings.request_limit, period=settings.period)
    if not allowed:
        raise errors.EmailQuotaExceeded if channel == MessageChannel.EMAIL else errors.SMSQuotaExceeded


def spend_new_number(customer_id: int) -> None:
    """Spend one message to a number that a customer says is theirs, within the caller's transaction.

    Counted by customer, besides ``spend_message``, which counts by number: who is signed in solves no CAPTCHA, and one
    account would else have texts sent to as many numbers as there are. Raises ``SMSQuotaExceeded``.
    """
    limit = conf.SENDS_PER_DAY
    if not SendBudget.objects.spend(f"customer {customer_id}", "new number", limit=limit, period=timedelta(days=1)):
        raise errors.SMSQuotaExceeded


def spend_trial(user_id: object) -> None:
    """Spend one of the messages with which a member of staff tries templates. Raises ``EmailQuotaExceeded``.

    Counted by who sends, as whoever edits their own address would else send to many; and apart from all others, as
    who tries a template must still be able to sign in.
    """
    if not SendBudget.objects.spend(f"staff {user_id}", "trial", limit=TRIALS_PER_HOUR, period=timedelta(hours=1)):
        raise errors.EmailQuotaExceeded


def spend_start(address: str | None) -> int | None:
    """Count a started login from an address, and return how many that makes this hour; None where nobody knows.

    Raises ``TooManyRequests`` beyond the hourly rate.
    """
    return _spend_rate("start", address_prefix(address), conf.STARTS_PER_HOUR_PER_ADDRESS, 3600)[1]


def starts_from(address: str | None) -> int | None:
    """Return how many logins an address has started this hour, as far as is known; None where the cache is away."""
    count = cache.recall(_key("start", address_prefix(address), 3600))
    return None if cache.is_left_alone() else count or 0


def spend_lookup(address: str | None, application_id: int) -> None:
    """Count a question whether a number is taken; raise ``TooManyRequests`` beyond the rates.

    By address first: who asks too often must not use up what others may ask.
    """
    _spend_rate("lookup", address_prefix(address), conf.LOOKUPS_PER_MINUTE_PER_ADDRESS, 60)
    _spend_rate("lookups", str(application_id), conf.LOOKUPS_PER_MINUTE_PER_APPLICATION, 60)


def charge_denied_start(address: str | None) -> None:
    """Count a started login that its person denied: whoever asks for other people's logins soon asks no more."""
    _count("start", address_prefix(address), 3600, by=DENIED_START_COSTS)


def spend_ping(client: str) -> None:
    """Count a poll of a device, or of an address that tries GUIDs; raise ``TooManyRequests`` beyond the rate."""
    _spend_rate("ping", client, conf.PINGS_PER_MINUTE, 60)


def spend_failure(address: str | None) -> Callable[[], None]:
    """Count a guess from an address as wrong, before anybody looks at it.

    Returns what to call when it was right: it gives the count back. Raises ``TooManyRequests``.
    """
    key, _failures = _spend_rate("failure", address_prefix(address), conf.FAILURES_PER_MINUTE_PER_ADDRESS, 60)
    return lambda: cache.give_back(key)


def address_prefix(address: str | None) -> str:
    """Return what counts as one client: an IPv4 address, or an IPv6 network of 64 bits, which is one household."""
    if not address:
        return "unknown"
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.IPv6Network((ip, 64), strict=False))
    return str(ip)


def _spend_rate(name: str, client: str, limit: int, seconds: int) -> tuple[str, int | None]:
    """Count in a fixed window whose key carries its number, so that no counter can live without an end."""
    key, count = _count(name, client, seconds)
    if count is not None and count > limit:
        raise errors.TooManyRequests(retry_after=seconds - int(time.time()) % seconds, budget=name)
    return key, count


def _count(name: str, client: str, seconds: int, by: int = 1) -> tuple[str, int | None]:
    key = _key(name, client, seconds)
    return key, cache.count(key, seconds * 2, by)


def _key(name: str, client: str, seconds: int) -> str:
    return f"{name}:{int(time.time()) // seconds}:{client}"
