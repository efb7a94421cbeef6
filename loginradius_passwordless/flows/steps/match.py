"""Number match, and how far apart the two devices are: what a person must show to approve."""

import ipaddress
from enum import Enum

from ...backends.places import place_of
from ...models import Application, LoginAttempt, Match, NumberMatch
from .people import Visitor

# What one household or one office usually shares.
NETWORKS = {4: 24, 6: 48}


class Distance(Enum):
    """Where the approving browser is, as seen from the device that asked."""

    NEAR = "the same network"
    SAME_COUNTRY = "another network of the same country"
    UNKNOWN = "unknown"
    OTHER_NETWORK = "another network"
    OTHER_COUNTRY = "another country"


def draw_match(application: Application, *, is_asked_for: bool, match: Match | None) -> dict[str, object]:
    """Return what an attempt stores of its number: nothing where nobody will need one.

    ``match`` is what the device shows already, for another message to the same person. All of it: two pages with
    different choices would have but the right one in common.
    """
    rule = NumberMatch.ALWAYS if is_asked_for else NumberMatch(application.number_match)
    if rule == NumberMatch.ASKED:
        return {}
    return {"number_match": rule, "sealed_match": (match or Match.draw()).seal()}


def must_match(attempt: LoginAttempt, visitor: Visitor) -> bool:
    """Tell whether this visitor approves only with the number that the device shows."""
    if attempt.number_match == NumberMatch.ELSEWHERE:
        return distance(attempt, visitor) != Distance.NEAR
    return attempt.number_match == NumberMatch.ALWAYS


def distance(attempt: LoginAttempt, visitor: Visitor) -> Distance:
    """Compare countries, where a GeoIP database tells them, and networks.

    A phone on IPv6 and a TV on IPv4 may well stand in one room: that cannot be told, and is not claimed. A phone
    on mobile data is in another network than the TV every day: within one country it is no news.
    """
    asked, here = place_of(attempt.asked_address).country_code, place_of(visitor.address).country_code
    if asked and here and asked != here:
        return Distance.OTHER_COUNTRY
    networks = _compare_networks(attempt.asked_address, visitor.address)
    return Distance.SAME_COUNTRY if networks is not Distance.NEAR and asked and asked == here else networks


def _compare_networks(asked: str | None, here: str | None) -> Distance:
    if not asked or not here:
        return Distance.UNKNOWN
    first, second = _plain(asked), _plain(here)
    if first.version != second.version:
        return Distance.UNKNOWN
    network = ipaddress.ip_network((first, NETWORKS[first.version]), strict=False)
    return Distance.NEAR if second in network else Distance.OTHER_NETWORK


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    ip = ipaddress.ip_address(address)
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return mapped or ip
