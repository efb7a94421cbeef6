"""Whose account an address opens, and who may sign in: where a site has rules of its own, it says so here.

class Policy(AccountPolicy):
    def may_sign_in(self, customer):
        return not customer.user.groups.filter(name="former members").exists()

LOGINRADIUS_PASSWORDLESS = {"ACCOUNT_POLICY": "shop.accounts.Policy"}
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

from ..conf import conf

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

    from ..identifiers import Identity
    from ..models import Customer


logger = logging.getLogger(__name__)


class AccountPolicy:
    """The rules of this package. A subclass changes what it wants to change."""

    def choose(self, identity: Identity, users: Sequence[AbstractBaseUser]) -> AbstractBaseUser | None:
        """Return the user whose account this identity opens, or None for nobody's.

        Asked for an address or number that no customer has proven before and that users of the site have in their
        rows: before the message, which goes to the address in the row of who is chosen, or else of the first, and on
        proof. Nobody is guessed at: of several users none is taken.

        Args:
            identity: the e-mail address or phone number.
            users: who has it in the site's own table; the active ones, if there are any. At least one.
        """
        return users[0] if len(users) == 1 else None

    def may_sign_in(self, customer: Customer) -> bool:
        """Tell whether this customer may sign in. Asked before a message is sent, on proof and on every use of a token.

        Blocked customers and inactive users are refused without this being asked.
        """
        return True


def choose(identity: Identity, users: Sequence[AbstractBaseUser]) -> AbstractBaseUser | None:
    """Ask the site's policy whose account this is. One that fails chooses nobody."""
    try:
        return get_account_policy().choose(identity, users)
    except Exception:
        logger.exception("The site's ACCOUNT_POLICY failed: nobody's account is opened.")
        return None


def may_sign_in(customer: Customer) -> bool:
    """Ask the site's policy. One that fails lets nobody in, and its failure is not what tells who has an account."""
    try:
        return get_account_policy().may_sign_in(customer)
    except Exception:
        logger.exception("The site's ACCOUNT_POLICY failed: a customer is kept out.")
        return False


def get_account_policy() -> AccountPolicy:
    """Return the policy of the setting ``ACCOUNT_POLICY``."""
    policy: AccountPolicy = import_string(conf.ACCOUNT_POLICY)()
    return policy
