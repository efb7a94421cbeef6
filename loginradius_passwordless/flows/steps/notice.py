"""Notices: of a sign-in on a device or in a country that is new, and of what has become of an account."""

from datetime import timedelta

from django.utils import timezone

from ... import messages
from ...addresses import page_address
from ...backends.places import place_of
from ...backends.providers import can_reach
from ...catalog import MessageKind
from ...identifiers import Identity, can_be_texted
from ...models import Customer, Identifier, LoginAttempt, Purpose, Session, VerificationToken
from ...moments import local_time
from .people import Caller

NOTICE_LIFETIME = timedelta(hours=12)  # for which the message is of use
LINK_LIFETIME = timedelta(days=7)  # for which its link ends the session


def warn(attempt: LoginAttempt, session: Session) -> None:
    """Write to the customer's first mailbox, with a link that ends this session; who has none gets no notice.

    Counted in no budget: whoever could use one up would sign in unnoticed.
    """
    mailbox = Identifier.objects.of_user(session.customer.user_id)
    if mailbox is None:
        return
    customer = session.customer
    language = customer.language or attempt.language  # hers, and not that of whoever signed in
    place = place_of(session.address, language)
    secret = VerificationToken.objects.issue_link(attempt, Purpose.END_SESSION, LINK_LIFETIME)
    draft = messages.Draft(
        kind=MessageKind.SECURITY_NOTICE,
        channel="email",
        to=mailbox.identity,
        application=attempt.application,
        lifetime=NOTICE_LIFETIME,
        language=language,
        attempt=attempt,
        values={
            "Name": customer.full_name,
            "UserAgent": session.device,
            "IpAddress": session.address or "",
            "Place": place.name or session.address or "",
            "Time": local_time(session.created_at, place.time_zone),
            "Url": page_address("notice"),
            "GUID": secret,
        },
    )
    messages.write(draft)


def tell(kind: MessageKind, caller: Caller, customer: Customer, *, phone: Identity | None = None) -> None:
    """Tell a customer what has just become of the account: by mail, or else by SMS.

    Args:
        kind: what to tell.
        caller: in whose application it happened.
        customer: whose account it is.
        phone: a number that is told in any case, beside the mailbox: it no longer belongs to the account.

    Counted in no budget, like every notice.
    """
    mailbox = Identifier.objects.of_user(customer.user_id)
    own_phone = Identifier.objects.of_customer(customer, "phone")
    told = [mailbox.identity] if mailbox else []
    if phone:
        told.append(phone)
    elif not told and own_phone and own_phone.verified_at:
        told.append(own_phone.identity)
    for identity in told:
        if identity.kind == "email" or (can_reach("sms") and can_be_texted(identity)):
            messages.write(_notice(kind, caller, customer, identity))


def _notice(kind: MessageKind, caller: Caller, customer: Customer, identity: Identity) -> messages.Draft:
    visitor = caller.visitor
    language = customer.language or visitor.language
    place = place_of(visitor.address, language)
    return messages.Draft(
        kind=kind,
        channel="email" if identity.kind == "email" else "sms",
        to=identity,
        application=caller.application,
        lifetime=NOTICE_LIFETIME,
        language=language,
        customer=customer,
        values={
            "Name": customer.full_name,
            "UserAgent": visitor.device,
            "IpAddress": visitor.address or "",
            "Place": place.name or visitor.address or "",
            "Time": local_time(timezone.now(), place.time_zone),
        },
    )
