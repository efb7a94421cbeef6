"""The journal: what happened, told to the log and to whoever counts, once it is true. It remembers nothing.

An event has a name that stays and facts of few kinds: keys of rows, names from the settings, numbers. Never an address,
a number, a code, a token, a GUID or a person's name: whoever tells is held to that, as a log is read by many and kept
for long. What is kept for good is in the rows that the events are told from; the log has them as they happen.
"""

import json
import logging
from typing import Any

from django.db import transaction
from django.dispatch import Signal

logger = logging.getLogger("loginradius_passwordless.events")

# Sent with ``event`` and ``facts``; with ``name`` and ``seconds``. For whoever counts, who cannot raise into a flow.
happened = Signal()
measured = Signal()


def tell(event: str, **facts: Any) -> None:
    """Tell what happened when the transaction commits; what is taken back is not told.

    Args:
        event: its name, in snake case.
        facts: what is known of it; ``None`` and ``""`` are left out. Their names are those of the log record's
            attributes, so none may be ``message``, ``name`` or another that ``logging`` has taken.
    """
    if is_heard():
        transaction.on_commit(lambda: tell_now(event, **facts), robust=True)


def tell_now(event: str, **facts: Any) -> None:
    """Tell what no rollback undoes, such as a refusal."""
    known = {name: value for name, value in facts.items() if value is not None and value != ""}
    happened.send_robust(sender=None, event=event, facts=known)
    if logger.isEnabledFor(logging.INFO):
        logger.info("%s", _in_words(event, known), extra={"event": event, **known})


def measure(name: str, seconds: float) -> None:
    """Tell how long something took. For those who count; a log of it would be noise."""
    measured.send_robust(sender=None, name=name, seconds=seconds)


def is_heard() -> bool:
    """Tell whether anybody listens: where nobody does an event costs nothing."""
    return logger.isEnabledFor(logging.INFO) or happened.has_listeners()


def _in_words(event: str, facts: dict[str, Any]) -> str:
    """Write an event on one line, ``signed_in flow=smart attempt=7``, for logs that are no JSON."""
    return " ".join([event, *(f"{name}={_word(value)}" for name, value in facts.items())])


def _word(value: Any) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return text if text.isprintable() and not set(text) & {" ", '"', "="} else json.dumps(text)
