"""Which endpoints take their time, as this process knows them: whoever serves those has no time for others."""

import time

SLOW = 1.0  # seconds for one try
REMEMBERED = 600.0  # seconds

_slow_until: dict[int, float] = {}


def note(endpoint_id: int, seconds: float) -> bool:
    """Remember how long a try took; tell whether that was long."""
    if seconds < SLOW:
        _slow_until.pop(endpoint_id, None)
        return False
    _slow_until[endpoint_id] = time.monotonic() + REMEMBERED
    return True


def is_slow(endpoint_id: int) -> bool:
    """Tell whether the last try of an endpoint took long."""
    return _slow_until.get(endpoint_id, 0.0) > time.monotonic()
