"""Every address of the API, once: its canonical path, its other addresses, its view."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from ..api.base import FlowView, NotFoundView
from ..api.operations import Operation

# By name, as this layer stands below the addresses.
URLS = "loginradius_passwordless.urls"
METHODS = ("get", "post", "put", "delete")
PART = re.compile(r"\(\?P<(\w+)>((?:\[[^\]]*\]|[^)])*)\)")


@dataclass(frozen=True)
class Endpoint:
    """One method at one address. ``parts`` are the patterns of what stands in braces in its path."""

    path: str
    method: str
    view: type[FlowView]
    aliases: tuple[str, ...]
    parts: tuple[tuple[str, str], ...]

    @property
    def operation(self) -> Operation:
        """What the view declares. Raises ``LookupError`` for a method of which it says nothing."""
        try:
            return self.view.operations[self.method]
        except KeyError:
            raise LookupError(f"{self.view.__name__}.operations says nothing of {self.method!r}") from None

    @property
    def tag(self) -> str:
        """The name of its module, which groups what belongs together."""
        return self.view.__module__.rpartition(".")[2]

    @property
    def name(self) -> str:
        """A name that no other operation has, such as ``one_touch_verify_code_put``."""
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", self.view.__name__.removesuffix("View")).lower()
        methods = [method for method in METHODS if hasattr(self.view, method)]
        return "_".join([self.tag, name, *([self.method] if len(methods) > 1 else [])])


def endpoints() -> Iterator[Endpoint]:
    """Return every operation of the API. A view with several addresses has its first for its canonical one."""
    addresses: dict[type[FlowView], list[str]] = {}
    for pattern in import_module(URLS).urlpatterns:
        view = getattr(pattern.callback, "view_class", None)
        if isinstance(view, type) and issubclass(view, FlowView) and view is not NotFoundView:
            addresses.setdefault(view, []).append(str(pattern.pattern))
    for view, patterns in addresses.items():
        path, *aliases = map(path_of, patterns)
        parts = tuple(PART.findall(patterns[0]))
        for method in METHODS:
            if hasattr(view, method):
                yield Endpoint(path, method, view, tuple(aliases), parts)


def by_name() -> dict[str, Endpoint]:
    """Return every operation of the API by its name."""
    return {endpoint.name: endpoint for endpoint in endpoints()}


def path_of(pattern: str) -> str:
    """Return the pattern of an address as OpenAPI writes it: ``^[aA][pP][iI]/(?P<uid>…)/?$`` is ``/api/{uid}``."""
    path = PART.sub(r"{\1}", pattern.removeprefix("^").removesuffix("/?$")).replace("s?", "s")
    return "/" + re.sub(r"\[([a-z])[A-Z]\]", r"\1", path)
