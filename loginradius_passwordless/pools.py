"""Pools of threads that survive a fork: a server may import and use this app before it forks its workers."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

_lock = threading.Lock()
_pools: dict[tuple[str, int], ThreadPoolExecutor] = {}


def pool(name: str, threads: int) -> ThreadPoolExecutor:
    """Return this process's pool of a name, made when it is first asked for."""
    key = name, os.getpid()
    with _lock:
        if key not in _pools:
            _pools[key] = ThreadPoolExecutor(threads, thread_name_prefix=f"loginradius_passwordless_{name}")
        return _pools[key]


# A fork in the middle of the lines above would leave the lock taken in the child for ever.
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)
