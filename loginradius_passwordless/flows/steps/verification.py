"""The code that verifies a phone: of a registration that waits, or of a customer whose proof was reset."""

from ... import accounts, errors
from ...accounts import Known
from ...catalog import MessageKind
from ...conf import conf
from ...identifiers import Channel, Identity
from ...models import Customer, Flow, Identifier, Message, Purpose, Registration
from ...models.customer import identity_key
from ...models.database import in_transaction
from .people import Caller
from .start import Start, send_code, why_not_served


@in_transaction
def send_verification(
    caller: Caller,
    phone: Identity,
    channel: Channel,
    template: str = "",
    redirect_url: str = "",
    customer: Customer | None = None,
) -> Message:
    """Send the code that verifies a phone; a decoy where nothing waits for one.

    With a ``customer`` it is the code for this one's own number. Without one a registration goes before a number that
    somebody else says is theirs: its code must lead into nobody's account.

    Raises ``SMSQuotaExceeded``; with ``REVEAL_UNKNOWN_ACCOUNTS`` also ``PhoneVerified`` and ``UnknownPhone``.
    """
    known = accounts.look_up(phone)
    registration = Registration.objects.waiting(identity_key(phone), caller.application).first()
    claim = Identifier.objects.claimed(phone, customer)
    if registration and not customer:
        claim = None
    not_served = _why_nothing_waits(known, claim, registration)
    if claim and not not_served:
        known = Known(claim.identity, claim.customer, claim.customer.user)
    not_served = not_served or why_not_served(known, None)
    start = Start(
        identity=phone,
        known=known,
        channel=channel,
        kind=MessageKind.PHONE_VERIFICATION,
        redirect_url=redirect_url,
        template=template,
        registration=None if claim else registration,
    )
    return send_code(caller, Flow.PHONE, Purpose.VERIFY_PHONE, start, not_served=not_served)


def _why_nothing_waits(known: Known, claim: Identifier | None, registration: Registration | None) -> str:
    error: type[errors.PasswordlessError] | None = None
    if known.customer:
        error = errors.PhoneVerified
    elif not (known.user or claim or registration):
        error = errors.UnknownPhone
    if error and conf.REVEAL_UNKNOWN_ACCOUNTS:
        raise error
    return str(error()) if error else ""
