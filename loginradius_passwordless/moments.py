"""Moments, as people read them."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone


def in_zone(moment: datetime, time_zone: str) -> datetime:
    """Return a moment in a time zone of this name, or in the site's own where there is no such zone."""
    try:
        zone = ZoneInfo(time_zone) if time_zone else timezone.get_current_timezone()
    except (ValueError, ZoneInfoNotFoundError):  # a database that names zones which this machine does not have
        zone = timezone.get_current_timezone()
    return timezone.localtime(moment, zone)


def local_time(moment: datetime, time_zone: str) -> str:
    """A moment that reads the same in every language, with its time zone: ``2026-01-02 03:04 CET``."""
    return f"{in_zone(moment, time_zone):%Y-%m-%d %H:%M %Z}"
