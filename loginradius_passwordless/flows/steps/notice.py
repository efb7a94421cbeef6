"""The notice about a sign-in on a device or in a country that the customer has not used before."""

from datetime import timedelta

from ... import messages
from ...backends.places import place_of
from ...catalog import MessageKind
from ...models import Identifier, LoginAttempt, Purpose, Session, VerificationToken
from ...moments import local_time
from .links import page_address

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
