"""The public addresses of this site, as messages and providers need them."""

from django.urls import get_script_prefix, reverse

from .conf import conf


def page_address(name: str, /, **parts: str) -> str:
    """Return the address of one of the pages in ``urls``.

    Below ``PUBLIC_URL``, which says where the site is mounted; the prefix that a request claims is left out.
    """
    path = reverse(f"loginradius_passwordless:{name}", kwargs=parts).removeprefix(get_script_prefix())
    return f"{conf.PUBLIC_URL.rstrip('/')}/{path.lstrip('/')}"
