"""What drf-spectacular says of a site's own views that are guarded by our access tokens. It is loaded with the app."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from .security import ACCESS_TOKEN, SCHEMES
from .shapes import Schema


class AccessTokenScheme(OpenApiAuthenticationExtension):
    """Describes ``AccessTokenAuthentication``, and whatever inherits from it."""

    target_class = "loginradius_passwordless.authentication.AccessTokenAuthentication"
    match_subclasses = True
    name = f"Passwordless{ACCESS_TOKEN}"

    def get_security_definition(self, auto_schema: AutoSchema) -> Schema:
        """Return the scheme."""
        return dict(SCHEMES[ACCESS_TOKEN])
