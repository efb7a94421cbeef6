"""How far the sending of webhooks is behind: two queries, each by an index."""

from django.db.models import Count, Max, Min, Q

from ..models import WebhookDelivery
from ..models.backlog import LATE, LATELY, Backlog
from ..models.database import Now
from ..models.webhook_delivery import DeliveryState


def backlogs() -> list[Backlog]:
    """Return the one backlog that webhooks have, by the database's clock.

    Late is what is due for a minute, to an endpoint that can be called, and the lag is for how long the oldest of that
    has been due: whose receiver is down, or paused, waits for hours, and no worker is to blame.
    """
    rested = Q(endpoint__rests_until=None) | Q(endpoint__rests_until__lte=Now())
    can_go = rested & Q(endpoint__is_paused=False)
    waiting = WebhookDelivery.objects.filter(state=DeliveryState.PENDING).aggregate(
        waiting=Count("pk"),
        late=Count("pk", filter=can_go & Q(next_try_at__lte=Now() - LATE)),
        oldest=Min("next_try_at", filter=can_go & Q(next_try_at__lte=Now())),
        now=Max(Now()),
    )
    dead = WebhookDelivery.objects.filter(state=DeliveryState.DEAD, created_at__gt=Now() - LATELY).count()
    oldest = waiting["oldest"]
    lag = max(0.0, (waiting["now"] - oldest).total_seconds()) if oldest else 0.0
    return [
        Backlog(
            outbox="webhooks",
            waiting=waiting["waiting"],
            late=waiting["late"],
            lag=lag,
            lost={str(DeliveryState.DEAD): dead},
        )
    ]
