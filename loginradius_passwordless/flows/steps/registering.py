"""What somebody brings who registers: checked, hashed, and kept until the code comes back."""

from django.contrib.auth.hashers import make_password
from django.views.decorators.debug import sensitive_variables

from ... import errors
from ...backends.users import NewUser, draft, has_user_name, problem_with_user_name, takes_user_names
from ...identifiers import Identity
from ...models import Application, Identifier, Registration
from ...models.customer import identity_key
from ...models.registration import Compared, Told
from .passwords import Words, check_password_rules
from .people import Profile


@sensitive_variables("password", "told")
def await_proof(application: Application, identity: Identity, profile: Profile, password: str) -> Registration:
    """Let a registration wait for the proof. Call it outside any transaction: it takes a hash's time, and commits.

    Args:
        application: with which somebody registers.
        identity: the number, or the address, that is to be proven.
        profile: what the person tells of themselves.
        password: by the site's rules; empty for an account without one.

    Raises ``InvalidProfile`` and ``UserNameTaken``.
    """
    user_name = profile.user_name.value if profile.user_name and takes_user_names() else ""
    if password:
        first, last = (str(profile.fields.get(name, "")) for name in ("FirstName", "LastName"))
        check_password_rules(password, draft(NewUser(first, last, user_name)))
    if user_name and profile.user_name:
        _check_user_name(profile.user_name)
    key = identity_key(identity)
    told = Told(password, user_name, profile.email.value if profile.email else "", dict(profile.fields))
    compared = Registration.objects.compare(key, told)
    if identity.kind == "phone" and Identifier.objects.claimed(identity):
        compared = Compared(compared.newest, is_foreign=True)  # its customer gets codes that look the same
    return Registration.objects.open(application, key, told, compared, make_password(password or None))


def _check_user_name(user_name: Identity) -> None:
    """A name that is taken is said to be: whoever chooses one has to know, and has shown a SOTT before."""
    if problem := problem_with_user_name(user_name):
        raise errors.InvalidProfile([("UserName", Words(problem))])
    if has_user_name(user_name):
        raise errors.UserNameTaken
