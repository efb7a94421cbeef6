"""What this app tells the rest of the site. It sends these signals and receives none.

Each is sent after the database has decided, inside the same transaction: a receiver that raises undoes the
step. For work outside the database use ``transaction.on_commit``. Only ``login_denied`` and ``session_disowned``
are sent after the commit, as nothing may take a refusal back. What happens besides is told to the log: ``journal``.

``customer_registered``  customer, attempt        a new user was created, after proof
``customer_signed_in``   customer, attempt        an access token or a session was given out
``login_denied``         attempt                  the person pressed "Not me", or picked a wrong number
``session_disowned``     session                  the customer said that this sign-in was somebody else's; it has ended
``phone_changed``        customer, old, new       the customer's phone is another ``Identity`` now; either may be None
``password_changed``     customer                 a new password was chosen with a code
``account_deleting``     customer                 about to be erased; what the site keeps of the person goes here
``code_locked``          identity, until          too many wrong codes; ``identity`` is the key of the event log
"""

from django.dispatch import Signal

customer_registered = Signal()
customer_signed_in = Signal()
login_denied = Signal()
session_disowned = Signal()
phone_changed = Signal()
password_changed = Signal()
account_deleting = Signal()
code_locked = Signal()
