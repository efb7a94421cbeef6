"""What HTTP tells about the other side: its address behind the trusted proxies, its browser, its language."""

import ipaddress
import re
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.http.request import HttpHeaders
from django.utils import translation
from django.utils.translation import get_language_from_request, gettext, gettext_noop

from .conf import conf
from .flows.steps import MAX_AGENT, Visitor

MAX_SOURCE = 200

IPV4_WITH_PORT = re.compile(r"\A([0-9.]+):[0-9]+\Z", re.ASCII)

# What the secret of a link can look like.
LINK = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)

# What a one-time code can look like.
CODE = re.compile(r"[0-9A-Za-z]{6,10}", re.ASCII)

# For sites without the [ua] extra: the device that is named first in this order. Televisions come first, because
# their browsers call themselves Linux, and phones before desktops, because theirs call themselves everything.
DEVICES = [
    ("SMART-TV|SmartTV|Tizen|Web0S|WebOS|AppleTV|GoogleTV|Android TV|BRAVIA|CrKey|AFT[A-Z]|Roku", gettext_noop("a TV")),
    ("iPhone", gettext_noop("an iPhone")),
    ("iPad", gettext_noop("an iPad")),
    ("Android", gettext_noop("an Android device")),
    ("Windows", gettext_noop("a Windows computer")),
    ("Macintosh|Mac OS X", gettext_noop("a Mac")),
    ("CrOS", gettext_noop("a Chromebook")),
    ("Linux|X11", gettext_noop("a Linux computer")),
]
BROWSERS = {
    "Chrome", "Chrome Mobile", "Chrome Mobile iOS", "Chromium", "Edge", "Edge Mobile", "Firefox", "Firefox iOS",
    "Firefox Mobile", "Mobile Safari", "Opera", "Opera Mobile", "Safari", "Samsung Internet", "Vivaldi",
}  # fmt: skip
SYSTEMS = {"Android", "Chrome OS", "Fedora", "Linux", "Mac OS X", "Ubuntu", "Windows", "iOS"}
UNKNOWN_DEVICE = gettext_noop("an unknown device")


def visitor_of(request: HttpRequest) -> Visitor:
    """Read a visitor off a request."""
    agent = printable(request.headers.get("User-Agent", ""))[:MAX_AGENT]
    return Visitor(
        address=client_address(request),
        agent=agent,
        device=_device_in_english(agent),
        language=get_language_from_request(request),
        asked_language=_asked_language(request),
        source=_source(request.headers.get("Referer", "")),
    )


def plain(name: str) -> str:
    """Return the one spelling of a parameter's name: ``G_Recaptcha_Response`` is ``g-recaptcha-response``."""
    return name.lower().replace("-", "").replace("_", "")


def _asked_language(request: HttpRequest) -> str:
    """The parameter ``language`` of a call, in any case; one that the site does not have counts as none."""
    asked = next((value for name, value in request.GET.items() if name.lower() == "language"), "")
    try:
        return translation.get_supported_language_variant(str(asked).strip().replace("_", "-").lower())
    except LookupError:
        return ""


def is_prefetch(headers: HttpHeaders) -> bool:
    """Tell a page that is fetched or previewed in advance from one that somebody opens."""
    purpose = " ".join(headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"))
    return "prefetch" in purpose or "preview" in purpose or "prerender" in purpose


def is_browser_visit(headers: HttpHeaders) -> bool:
    """Tell a browser that opens, embeds or prefetches an address from a script or an SDK that calls it.

    By Fetch Metadata, which browsers send and pages cannot forge; in browsers older than that by XHTML, which
    only browsers accept (Java's own client says that it accepts HTML). SDKs send neither.
    """
    return (
        headers.get("Sec-Fetch-Mode", "cors") in {"navigate", "no-cors", "nested-navigate", "websocket"}
        or headers.get("Sec-Fetch-Dest", "empty") not in {"empty", ""}
        or "application/xhtml+xml" in headers.get("Accept", "")
        or headers.get("Accept", "").startswith(("image/", "text/css"))
        or is_prefetch(headers)
    )


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address, or None where there is none, as behind a Unix socket.

    ``X-Forwarded-For`` is believed from the right, and only as far as the setting ``TRUSTED_PROXY_COUNT``
    says that proxies of the site wrote it: everything further left is what the client claims.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if conf.TRUSTED_PROXY_COUNT > 0:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        address = hops[max(0, len(hops) - conf.TRUSTED_PROXY_COUNT)] or address
    bare = IPV4_WITH_PORT.sub(r"\1", address).partition("%")[0]  # some proxies add the port, some systems a zone
    try:
        return str(ipaddress.ip_address(bare.partition("]")[0].strip("[]")))
    except ValueError:
        return None


def device_name(agent: str) -> str:
    """Return what to call a device when talking to a person, such as "Firefox on Ubuntu" or "a TV"."""
    try:
        from ua_parser import parse
    except ImportError:
        return gettext(_family(agent))
    found = parse(agent)
    browser, system = found.user_agent and found.user_agent.family, found.os and found.os.family
    # Only names from these lists: a family may be any text that somebody put where a browser puts its name.
    if browser not in BROWSERS or system not in SYSTEMS or re.search(DEVICES[0][0], agent):
        return gettext(_family(agent))
    return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}


def _device_in_english(agent: str) -> str:
    """The name for messages, whose language is that of their template and not that of the request."""
    with translation.override(None):
        return device_name(agent)


def _family(agent: str) -> str:
    return next((name for pattern, name in DEVICES if re.search(pattern, agent)), UNKNOWN_DEVICE)


def printable(text: str) -> str:
    """Drop what could break a log line, a header or a terminal."""
    return "".join(char for char in text if char.isprintable())


def _source(referer: str) -> str:
    try:
        parts = urlsplit(printable(referer))
    except ValueError:
        return "API"
    # Without its query string and user name: other people's pages put secrets there.
    site = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{site}{parts.path}"[:MAX_SOURCE] if site else "API"
