"""How the account page shows where its reader is signed in."""

from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..flows import devices
from ..flows.devices import Device
from ..flows.steps import Caller, Holder
from ..moments import in_zone
from ..visitors import device_name


def shown(caller: Caller, holder: Holder) -> list[dict[str, Any]]:
    """Return what the page says of each device, this one first."""
    return [_words(device) for device in devices.listed(caller, holder=holder, everywhere=True)]


def _words(device: Device) -> dict[str, Any]:
    return {
        "id": device.session_id,
        "name": device_name(device.agent) if device.agent else _(device.device),
        "application": device.application_name,
        "place": device.place or device.address,
        "signed_in": _moment(device.signed_in_at, device),
        # Of a browser nothing is known but that it was signed in.
        "used": _moment(device.last_seen_at, device) if device.was_refreshed else "",
        "is_this": device.is_this,
    }


def _moment(moment: datetime, device: Device) -> str:
    at = in_zone(moment, device.time_zone)
    return f"{date_format(at, 'DATETIME_FORMAT')} {at.tzname()}"
