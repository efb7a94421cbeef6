"""The app's entry in INSTALLED_APPS."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoginRadiusPasswordlessConfig(AppConfig):
    """Registers the system checks, the CORS answer and the end of a signed-out session, and does nothing else."""

    name = "loginradius_passwordless"
    label = "loginradius_passwordless"
    verbose_name = _("Passwordless login")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from corsheaders.signals import check_request_enabled
        from django.contrib.auth.signals import user_logged_out

        from . import checks  # noqa: F401 - registers itself
        from .api.cors import allow_origin
        from .hosted.entering import leave

        check_request_enabled.connect(allow_origin, dispatch_uid="loginradius_passwordless")
        user_logged_out.connect(leave, dispatch_uid="loginradius_passwordless")
