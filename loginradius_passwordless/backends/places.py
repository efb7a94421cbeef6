"""Where a network address is: roughly, from a GeoIP database on this machine, if the site has one."""

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..conf import conf

# No package, no file, no network of this kind, no database of this format.
FAULTS = (ImportError, OSError, ValueError, RuntimeError)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """A place as a GeoIP database knows it; what it does not know is empty."""

    country_code: str = ""
    name: str = ""
    time_zone: str = ""


NOWHERE = Place()


def place_of(address: str | None, language: str = "en") -> Place:
    """Return where an IP address is, named in a language where the database has it and in English elsewhere.

    Needs the extra ``[geoip]`` and the setting ``GEOIP_DATABASE``, the path of a City or Country database in
    MaxMind's format. Without them, and for addresses it does not know, the place is empty.
    """
    if not conf.GEOIP_DATABASE or not address:
        return NOWHERE
    try:
        found = _reader(conf.GEOIP_DATABASE).get(address)
    except FAULTS as error:  # no such file, no such network: nobody is kept out for that
        logger.warning("The GeoIP database cannot be read (%s).", type(error).__name__)
        return NOWHERE
    country = _part(found, "country") or _part(found, "registered_country")
    names = [_name(_part(found, "city"), language), _name(country, language)]
    return Place(
        country_code=str(country.get("iso_code", "")),
        name=", ".join(name for name in names if name),
        time_zone=str(_part(found, "location").get("time_zone", "")),
    )


def geoip_problem() -> str:
    """Say why the GeoIP database cannot be read, or nothing."""
    try:
        if conf.GEOIP_DATABASE:
            _reader(conf.GEOIP_DATABASE)
    except FAULTS as error:
        return f"{type(error).__name__}: {error}"
    return ""


@lru_cache(maxsize=4)
def _reader(path: str) -> Any:
    import maxminddb  # the extra [geoip] brings it

    return maxminddb.open_database(path)


def _part(record: Any, name: str) -> dict[str, Any]:
    """One part of a record, empty where a database has none or another kind of record."""
    part = record.get(name) if isinstance(record, dict) else None
    return part if isinstance(part, dict) else {}


def _name(thing: dict[str, Any], language: str) -> str:
    names = _part(thing, "names")
    tags = [language, language.partition("-")[0], language.replace("-hans", "-CN").replace("-br", "-BR"), "en"]
    return next((str(names[tag]) for tag in tags if tag in names), "")
