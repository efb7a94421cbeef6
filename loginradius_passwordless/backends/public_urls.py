"""Which addresses a stranger may have this site call, as far as their spelling tells.

Programs disagree on how an odd address is read, and what one allows another then calls somewhere else. So there is one
spelling: what is not plainly a name or an IP address is refused rather than understood.
"""

import ipaddress
import re
from dataclasses import dataclass

import idna

from ..conf import conf
from .exchange import NoAnswer
from .public_addresses import Address, is_public

PORTS = {443, 8443}
DEFAULT_PORTS = {"https": 443, "http": 80}
LONGEST = 2048
LOCAL_NAMES = (".localhost", ".local", ".internal", ".arpa")  # RFC 6761, 6762, 8375, and ICANN's word of 2024

URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?]+)(?P<target>[/?].*)?", re.IGNORECASE | re.ASCII)
# RFC 3986 allows no other characters. A backslash is a slash to browsers and none to Python.
CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", re.ASCII)
AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,4}))?", re.ASCII)
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII)
INSIDE_HOST = re.compile(r"(?:(?P<scheme>https?)://)?(?P<authority>(?:\[.*\]|[^:]*)(?P<port>:[0-9]+)?)", re.ASCII)
# What C's inet_aton takes for a number, and with it many programs: 127.1, 2130706433, 0x7f.1
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)


class NotAllowed(NoAnswer):
    """This site does not call that address.

    Args:
        reason: a sentence for whoever wrote the address. It quotes nothing.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason, may_have_happened=False)


@dataclass(frozen=True)
class Target:
    """What an address says, once understood.

    ``host`` is without brackets, in small letters; ``address`` is there where it is an IP address. ``may_be_inside``
    says that the site's settings name this host and port, so that it need not be public.
    """

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None
    may_be_inside: bool

    @property
    def authority(self) -> str:
        """Return the value of the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def check_url(url: str) -> None:
    """Raise ``NotAllowed`` where an address could never be called: for forms. No name is resolved."""
    target_of(url)


def target_of(url: str) -> Target:
    """Take an address apart. Raises ``NotAllowed``."""
    if len(url) > LONGEST:
        raise NotAllowed(f"The address is longer than {LONGEST} characters.")
    if not CHARACTERS.fullmatch(url):
        raise NotAllowed("The address has a character that must be written in another way, such as %20 for a blank.")
    if "#" in url:
        raise NotAllowed("The address has a part after #, which is never sent.")
    found = URL.fullmatch(url)
    if not found:
        raise NotAllowed("The address does not begin with https:// and a host.")
    scheme = found["scheme"].lower()
    host, port = _host_and_port(found["authority"].lower(), DEFAULT_PORTS[scheme])
    path = found["target"] or "/"
    path = path if path.startswith("/") else f"/{path}"
    may_be_inside = (scheme, host, port) in inside_hosts()
    target = Target(scheme, host, port, path, _literal(host), may_be_inside)
    if not may_be_inside:
        _check_public(target)
    return target


def _host_and_port(authority: str, default_port: int) -> tuple[str, int]:
    if "@" in authority:
        raise NotAllowed("The address has a user name or a password in front of its host.")
    found = AUTHORITY.fullmatch(authority)
    if not found:
        raise NotAllowed(
            "The host or the port is not written as expected: names with letters of another alphabet as xn--."
        )
    port = int(found["port"] or default_port)
    if port > 65535:
        raise NotAllowed("There is no such port.")
    host = found["host"].strip("[]")
    if not (_literal(host) or (":" not in host and _is_name(host))) or ("[" in authority and ":" not in host):
        raise NotAllowed("The host is neither a name nor an IP address in its usual spelling.")
    return host, port


def _literal(host: str) -> Address | None:
    """Return the IP address that the host is; none where it is spelled in another way than Python writes it."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return address if str(address) == host else None


def _is_name(host: str) -> bool:
    labels = host.split(".")
    if len(host) > 253 or NUMBER.fullmatch(labels[-1]) or not all(LABEL.fullmatch(label) for label in labels):
        return False
    try:
        return all(idna.ulabel(label) != label for label in labels if label.startswith("xn--"))
    except idna.IDNAError:
        return False


def _check_public(target: Target) -> None:
    """Refuse what only a host of the settings may be."""
    if target.scheme != "https":
        raise NotAllowed("The address does not begin with https://.")
    if target.port not in PORTS:
        raise NotAllowed(f"The port is none of {', '.join(map(str, sorted(PORTS)))}.")
    if target.address:
        if not is_public(target.address):
            raise NotAllowed("The IP address is not one of the public internet.")
    elif "." not in target.host or target.host.endswith(LOCAL_NAMES):
        raise NotAllowed("The host is a name of a local network.")


def inside_hosts() -> set[tuple[str, str, int]]:
    """Return scheme, host and port of what the site's settings open although it may be inside."""
    return {each for entry in conf.WEBHOOK_PRIVATE_HOSTS for each in read_inside_host(entry)}


def read_inside_host(entry: str) -> set[tuple[str, str, int]]:
    """Read an entry of ``WEBHOOK_PRIVATE_HOSTS``: ``host``, ``host:port`` or ``http://host:port``.

    Returns an empty set where it is none of these.
    """
    found = INSIDE_HOST.fullmatch(entry.lower())
    if not found or (found["scheme"] == "http" and not found["port"]):
        return set()
    try:
        host, port = _host_and_port(found["authority"], 443)
    except NotAllowed:
        return set()
    return {(found["scheme"] or "https", host, each) for each in ({port} if found["port"] else PORTS)}
