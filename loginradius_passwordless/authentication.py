"""For a site's own API: REST framework's authentication by the access tokens that are given out here.

class OrdersView(APIView):
    authentication_classes = [AccessTokenAuthentication]
    permission_classes = [IsAuthenticated]
"""

from collections.abc import Collection
from typing import Any, ClassVar

from django.views.decorators.debug import sensitive_variables
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from .errors import PasswordlessError
from .flows import account
from .flows.account import Grant as Grant

SCHEME = b"bearer"


class AccessTokenAuthentication(BaseAuthentication):
    """Lets in whoever sends ``Authorization: Bearer`` with an access token that works, whoever issued it.

    ``request.user`` is the site's user, ``request.auth`` a ``Grant``. A request without such a header is left to the
    view's other classes and permissions. Whatever is wrong with a token, the answer is the same 401 (RFC 6750).
    """

    realm: ClassVar[str] = "api"
    # The API keys of the applications whose tokens are good here; None: of every active application.
    applications: ClassVar[Collection[str] | None] = None

    @sensitive_variables("token")
    def authenticate(self, request: Request) -> tuple[Any, Grant] | None:
        """Return the user and the grant, or None without a Bearer token. Raises ``AuthenticationFailed``."""
        token = _bearer_token(request)
        if token is None:
            return None
        try:
            grant = account.authenticate(access_token=token, api_keys=self.applications)
        except PasswordlessError:
            # Not chained: why it is refused is not the client's to know, nor the browsable API's to show.
            raise AuthenticationFailed("The access token is not valid.") from None
        return grant.customer.user, grant

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge; without an error for who has sent no token (RFC 6750, section 3.1)."""
        challenge = f'Bearer realm="{self.realm}"'
        return challenge if _bearer_token(request) is None else f'{challenge}, error="invalid_token"'


def _bearer_token(request: Request) -> str | None:
    """Return what stands behind the scheme, also where that is no token; None where another scheme stands there."""
    scheme, _blank, token = get_authorization_header(request).strip().partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == SCHEME else None
