"""The port to whoever tells people from programs. A provider checks an answer: what needs one is decided elsewhere."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.core.checks import CheckMessage, Error


@dataclass(frozen=True)
class Solution:
    """What a person's browser brought.

    Args:
        token: the answer of the widget, as the browser got it. Not in ``repr``: it is good once.
        extra: what a provider has besides it, as ``randstr`` of Tencent's.
        address: the person's network address, None where it is not known.
        action: what it is for, such as ``onetouchlogin``; compared where the provider signs it.
        hosts: the names of the sites on which it may have been solved; compared where the provider tells one.
    """

    token: str = field(repr=False)
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)
    address: str | None = None
    action: str = ""
    hosts: frozenset[str] = frozenset()


class Rejected(Exception):
    """This is no solution: wrong, used before, too old, of another site, for something else, or too low a score.

    Args:
        reason: for staff and the log; without the token.
    """


class Unavailable(Exception):
    """The provider does not answer, or says that our own key is wrong: nobody knows whether this is a person.

    Args:
        reason: for staff and the log; without the token.
    """


@dataclass(frozen=True)
class Widget:
    """What a page needs to ask a person.

    Args:
        script: the address of the provider's script.
        element: the name of the class, or of the custom element, that the script looks for.
        is_custom: whether ``element`` is a custom element; else it is the class of a ``div``.
        attributes: of that element, such as ``{"data-sitekey": "…"}``.
        field: the name of the form's field that the script fills.
        sources: what the page's Content-Security-Policy must allow, by directive, and nothing more.
        on_submit: for a provider that shows nothing and is asked while the form is sent: JavaScript, a function that
            takes the element, once the script is there, and returns a promise of the form's fields with their values.
    """

    script: str
    element: str
    attributes: Mapping[str, str]
    field: str
    sources: Mapping[str, tuple[str, ...]]
    is_custom: bool = False
    on_submit: str = ""


class BaseCaptchaBackend(ABC):
    """Checks solutions. Options from the settings arrive as keyword arguments."""

    # True for twins that let everybody through: a deploy check refuses them in production.
    for_development = False
    # The parameter of the API that has the token, in its plain spelling: lower case, without dashes and underscores.
    parameter = ""
    # Its other plain spellings, where clients have more than one.
    other_parameters: tuple[str, ...] = ()
    # Those of ``Solution.extra``: its name there, and the plain spellings of the parameter.
    extra_parameters: Mapping[str, tuple[str, ...]] = {}

    @abstractmethod
    def verify(self, solution: Solution) -> None:
        """Return when a person solved it here, for this, just now; within two seconds.

        Raises ``Rejected`` and ``Unavailable``. That a solution is used once is held by who calls this.
        """

    def widget(self, action: str, language: str) -> Widget | None:
        """Return what a page needs to ask for a solution for an action; None where pages cannot show one."""
        return None

    def identity(self, solution: Solution) -> str:
        """Return what is used once, of a solution that ``verify`` took.

        The token itself where the provider takes every token once, in one spelling only. Where one solution can be
        written in many ways, this is what all of them have in common.
        """
        return solution.token

    def problems(self) -> Iterable[str]:
        """Say what is wrong with the options, a sentence each, without the secrets."""
        return []

    def check(self) -> Iterable[CheckMessage]:
        """Say what is wrong with the configuration; run by ``manage.py check``."""
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        return [
            Error(
                f"{path}: {problem}",
                hint="docs/howto/captcha.md lists the options.",
                id="loginradius_passwordless.E013",
            )
            for problem in self.problems()
        ]
