"""What somebody brings who registers: checked, hashed, and kept until the code comes back."""

from typing import Any

from django.contrib.auth.hashers import make_password
from django.views.decorators.debug import sensitive_variables

from ... import errors
from ...backends.users import has_user_name, takes_user_names
from ...identifiers import Identity
from ...models import Application, Registration
from ...models.customer import identity_key
from .passwords import check_password_rules
from .people import Profile


@sensitive_variables("password")
def newcomer(identity: Identity, profile: Profile, password: str) -> dict[str, Any]:
    """Return what is to be kept of somebody who registers. Call it outside any transaction: it takes a hash's time.

    Args:
        identity: the number, or the address, that is to be proven.
        profile: what the person tells of themselves.
        password: by the site's rules; empty for an account without one.

    Raises ``InvalidProfile`` and ``UserNameTaken``.
    """
    if password:
        check_password_rules(password)
    _check_user_name(profile)
    told = {
        "user_name": profile.user_name.value if profile.user_name else "",
        "email": profile.email.value if profile.email else "",
        "profile": dict(profile.fields),
    }
    is_contested = Registration.objects.is_contested(identity_key(identity), password, told)
    return {**told, "is_contested": is_contested, "password": make_password(password or None)}


def await_proof(application: Application, identity: Identity, facts: dict[str, Any]) -> Registration:
    """Let a registration wait, within the transaction that sends its code."""
    return Registration.objects.open(application=application, identity=identity_key(identity), **facts)


def _check_user_name(profile: Profile) -> None:
    """A name that is taken is said to be: whoever chooses one has to know, and has shown a SOTT before."""
    if profile.user_name and takes_user_names() and has_user_name(profile.user_name):
        raise errors.UserNameTaken
