"""What is counted in this process, from the journal. No label has more values than the code and the settings have."""

from typing import Any

from prometheus_client import Counter, Histogram

from .. import journal
from ..models.event import EventName

PREFIX = "loginradius_passwordless"

EVENTS = Counter(f"{PREFIX}_events", "What the event log has, by its name.", ["event"])
STARTS = Counter(f"{PREFIX}_starts", "Logins asked for.", ["flow", "channel"])
SIGN_INS = Counter(f"{PREFIX}_sign_ins", "Logins that succeeded.", ["flow", "channel"])
REFUSALS = Counter(f"{PREFIX}_refusals", "Answers that were an error, by its code.", ["code"])
MESSAGES = Counter(
    f"{PREFIX}_messages", "Steps of messages: queued, sent, delayed, failed, …", ["channel", "provider", "outcome"]
)
SENDING = Histogram(
    f"{PREFIX}_message_sending_seconds",
    "From the moment a message was written to the moment a provider took it.",
    ["channel"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600),
)
PROVIDER_FAILURES = Counter(
    f"{PREFIX}_provider_failures", "Times that a provider did not take a message.", ["channel", "provider"]
)
PROVIDERS_LEFT_ALONE = Counter(
    f"{PREFIX}_provider_left_alone", "Times that a provider was put last for a while.", ["channel", "provider"]
)
WAITS = Histogram(
    f"{PREFIX}_ping_wait_seconds",
    "For how long answers to waiting devices were held.",
    buckets=(0.1, 0.5, 1, 2.5, 5, 10, 15, 20, 25, 30, 60, 300),
)

OF_THE_EVENT_LOG = frozenset(EventName.values)
BY_FLOW = {"login_started": STARTS, "signed_in": SIGN_INS}
BY_PROVIDER = {"provider_failed": PROVIDER_FAILURES, "provider_left_alone": PROVIDERS_LEFT_ALONE}


def begin() -> None:
    """Listen to the journal."""
    journal.happened.connect(count, dispatch_uid=PREFIX)
    journal.measured.connect(observe, dispatch_uid=PREFIX)


def count(sender: Any, event: str, facts: dict[str, Any], **signal: Any) -> None:
    """Count one event of the journal."""
    if event in OF_THE_EVENT_LOG:
        EVENTS.labels(event).inc()
    if event in BY_FLOW:
        BY_FLOW[event].labels(facts.get("flow", ""), facts.get("channel", "")).inc()
    elif event in BY_PROVIDER:
        BY_PROVIDER[event].labels(facts["channel"], facts["provider"]).inc()
    elif event == "refused":
        REFUSALS.labels(facts["error"]).inc()
    elif event.startswith("message_"):
        _count_message(event.removeprefix("message_"), facts)


def observe(sender: Any, name: str, seconds: float, **signal: Any) -> None:
    """Take one measurement of the journal."""
    if name == "wait":
        WAITS.observe(seconds)


def _count_message(outcome: str, facts: dict[str, Any]) -> None:
    channel = facts.get("channel", "")
    MESSAGES.labels(channel, facts.get("provider", ""), outcome).inc(facts.get("count", 1))
    if outcome == "sent":
        SENDING.labels(channel).observe(facts["seconds"])
