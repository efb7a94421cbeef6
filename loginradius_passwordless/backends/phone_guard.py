"""The site's own say before a phone gets a message: a SIM-swap service, a list of numbers that are misused.

def not_swapped_lately(to, kind):
    if sim_swaps.was_swapped(to, within_hours=24):
        raise DeliveryFailed("the SIM card was swapped", permanent=True)

LOGINRADIUS_PASSWORDLESS = {"PHONE_GUARD": "shop.phones.not_swapped_lately"}

It is asked where messages are sent, outside any transaction, so that it may take its time and the answer to whoever
asked for the message tells nothing of it. Whatever else it raises is a message that is not sent yet: it is asked
again, as long as the message is of use.
"""

from collections.abc import Callable

from django.utils.module_loading import import_string

from ..conf import conf


def check_phone(to: str, kind: str) -> None:
    """Ask the site's guard. Raises ``DeliveryFailed`` where it says no, and whatever else it raises.

    Args:
        to: the number in E.164.
        kind: what the message is for, such as ``password_reset``.
    """
    if conf.PHONE_GUARD:
        get_phone_guard()(to, kind)


def get_phone_guard() -> Callable[[str, str], None]:
    """Return the function that the setting ``PHONE_GUARD`` names."""
    guard: Callable[[str, str], None] = import_string(conf.PHONE_GUARD)
    return guard
