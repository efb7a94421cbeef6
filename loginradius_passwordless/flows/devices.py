"""Where a customer is signed in, and signing out there.

GET    auth/sessions          listed       every sign-in that can still do something
DELETE auth/sessions/{session_id}     end_one      one of them ends
DELETE auth/sessions          end_others   all of them end but the one that asks
    the account page          the same, for all applications of the site

An application sees and ends what it has signed in itself: with whom else a customer has an account is not its business.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q

from .. import errors, sessions
from ..backends.places import place_of
from ..models import AccessToken, Customer, Session
from ..models.access_token import AccessTokenQuerySet
from ..models.database import in_transaction
from ..models.event import EventName
from ..models.session import SessionQuerySet
from . import steps
from .steps import Caller, Holder

MOST = 100
A_MOMENT = timedelta(minutes=1)  # a session and its first token are not made in one instant


@dataclass(frozen=True)
class Device:
    """One sign-in of the customer who reads this.

    Args:
        device: what to call it, in English, and ``agent``, what it calls itself; that and ``address`` are empty when
            they were forgotten.
        place: where the address is, in the reader's language.
        is_this: whether it is the one that asks.
    """

    session_id: UUID
    application_name: str
    device: str
    agent: str
    address: str
    country: str
    place: str
    signed_in_at: datetime
    last_seen_at: datetime
    time_zone: str
    is_this: bool

    @property
    def was_refreshed(self) -> bool:
        """Whether it was seen after it had signed in."""
        return self.last_seen_at - self.signed_in_at > A_MOMENT


def listed(caller: Caller, *, holder: Holder, everywhere: bool = False) -> list[Device]:
    """Return where whoever is signed in is signed in, this device first, then the one that was seen last.

    Args:
        caller: the application that asks.
        holder: how the customer shows to be signed in. A browser that has signed in several times is listed once.
        everywhere: whether sign-ins to other applications of the site are told, too.

    Raises what ``steps.signed_in`` raises.
    """
    here = steps.session_of(caller, holder)
    rows = _of(caller, here.customer, everywhere=everywhere).exclude(pk__in=_older_here(here, holder))
    rows = rows.filter(Q(pk=here.pk) | Exists(_tokens()) | ~Q(sealed_browser_key=None)).select_related("application")
    rows = rows.defer("application__logo").annotate(seen_at=Max("access_tokens__created_at"))
    devices = [_device(caller, row, is_this=row.pk == here.pk) for row in rows.order_by("-created_at")[:MOST]]
    return sorted(devices, key=lambda device: (device.is_this, device.last_seen_at), reverse=True)


def end_one(caller: Caller, *, holder: Holder, session_id: str, everywhere: bool = False) -> None:
    """Sign the customer out on one device, also on this one.

    Raises ``UnknownSession`` for what is not the customer's, or not of this application, as for what has ended or never
    was; and what ``steps.signed_in`` raises.
    """
    here = steps.session_of(caller, holder)
    try:
        key = UUID(session_id)
    except ValueError:
        raise errors.UnknownSession from None
    if not _end(caller, here.customer, _of(caller, here.customer, everywhere=everywhere).filter(pk=key)):
        raise errors.UnknownSession


def end_others(caller: Caller, *, holder: Holder, everywhere: bool = False) -> int:
    """Sign the customer out on every device but this one; return how many sign-ins have ended.

    Raises what ``steps.signed_in`` raises.
    """
    here = steps.session_of(caller, holder)
    kept = [here.pk, *_older_here(here, holder)]
    return _end(caller, here.customer, _of(caller, here.customer, everywhere=everywhere).exclude(pk__in=kept))


@in_transaction
def _end(caller: Caller, customer: Customer, rows: SessionQuerySet) -> int:
    ended = sessions.end(rows)
    if ended:
        detail = f"{ended} ended in the list of devices"
        steps.note_call(EventName.TOKEN_REVOKED, caller, customer_id=customer.pk, detail=detail)
    return ended


def _of(caller: Caller, customer: Customer, *, everywhere: bool) -> SessionQuerySet:
    own = Session.objects.live().filter(customer=customer)
    return own if everywhere else own.filter(application=caller.application)


def _older_here(here: Session, holder: Holder) -> list[UUID]:
    """The other sign-ins of a browser: it ends with each of them."""
    known = {UUID(session_id) for session_id in holder.session_ids}
    return list(known - {here.pk})


def _tokens() -> AccessTokenQuerySet:
    return AccessToken.objects.filter(session=OuterRef("pk")).usable()


def _device(caller: Caller, row: Any, *, is_this: bool) -> Device:
    return Device(
        session_id=row.pk,
        application_name=row.application.name,
        device=row.device,
        agent=row.agent,
        address=row.address or "",
        country=row.country,
        place=place_of(row.address, caller.visitor.language).name,
        signed_in_at=row.created_at,
        last_seen_at=row.seen_at or row.created_at,
        time_zone=place_of(caller.visitor.address).time_zone,
        is_this=is_this,
    )
