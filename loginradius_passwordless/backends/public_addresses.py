"""Which IP addresses belong to the public internet, and which of them a name has.

An address that a stranger may choose must not lead inward: to this machine, its network, or the service from which
machines in a cloud get their credentials. Python's own ``is_global`` says most of it, in other words with each release,
and takes for global what leads inward by another road. So it is asked, and is not the only one asked.
"""

import ipaddress
import queue
import socket
import threading
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from .deadlines import Deadline

Address = IPv4Address | IPv6Address

NEVER_IPV4 = [
    IPv4Network("100.64.0.0/10"),  # shared by a provider's customers, RFC 6598; Alibaba's metadata is there
    IPv4Network("168.63.129.16/32"),  # Azure's own services, seen from inside alone
    IPv4Network("192.0.0.0/24"),  # protocol assignments, RFC 6890; Oracle's metadata is there
    IPv4Network("192.88.99.0/24"),  # relays of 6to4, RFC 7526
]
# The addresses that are given out begin with 001. What else is global by name carries IPv4 or is not routed.
GIVEN_OUT_IPV6 = IPv6Network("2000::/3")
NEVER_IPV6 = [
    IPv6Network("2001::/23"),  # protocol assignments, RFC 2928: Teredo, which carries IPv4, and others
    IPv6Network("2001:db8::/32"),  # documentation, RFC 3849
    IPv6Network("2002::/16"),  # 6to4, which carries IPv4, RFC 3056
    IPv6Network("3fff::/20"),  # documentation, RFC 9637
]
# How a network without IPv4 reaches it, RFC 6052. The only form that carries IPv4 and is in use: the rest is refused
# without a look at what it carries.
NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet's, and one machine's."""
    if isinstance(address, IPv6Address):
        return _is_public_ipv6(address)
    return _is_plain(address) and not any(address in network for network in NEVER_IPV4)


def _is_public_ipv6(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    if address in NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if address not in GIVEN_OUT_IPV6:
        return False
    return _is_plain(address) and not any(address in network for network in NEVER_IPV6)


def _is_plain(address: Address) -> bool:
    """Whether Python knows nothing special of it: multicast counts as global there."""
    special = (
        address.is_private, address.is_loopback, address.is_link_local, address.is_multicast, address.is_reserved,
        address.is_unspecified,
    )  # fmt: skip
    return address.is_global and not any(special)


def addresses_of(host: str, deadline: Deadline) -> list[Address]:
    """Ask once for the addresses of a name, in the order in which to try them; an empty list where it has none.

    In a thread of its own, as nothing can bound the wait of ``getaddrinfo``: it ends by the resolver's own limit, long
    after it was given up here. A pool of threads would let a few names whose servers never answer hold up all others.

    Raises ``TimeoutError``.
    """
    answers: queue.SimpleQueue[list[Address]] = queue.SimpleQueue()
    threading.Thread(target=_ask, args=(host, answers), daemon=True).start()
    try:
        return answers.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None


def _ask(host: str, answers: queue.SimpleQueue[list[Address]]) -> None:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        found = []
    answers.put(list(dict.fromkeys(ipaddress.ip_address(entry[4][0]) for entry in found)))
