"""The app's entry in INSTALLED_APPS."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class LoginRadiusPasswordlessConfig(AppConfig):
    """Registers the system checks, the CORS answer, what mail providers report, and what ends with something else."""

    name = "loginradius_passwordless"
    label = "loginradius_passwordless"
    verbose_name = _("Passwordless login")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from corsheaders.signals import check_request_enabled
        from django.contrib.auth.signals import user_logged_out
        from django.db.models.signals import pre_delete

        from . import checks  # noqa: F401 - registers itself
        from .api.cors import allow_origin
        from .hosted.entering import leave
        from .sessions import end_with_owner

        if apps.is_installed("anymail"):
            from anymail.signals import tracking

            from .messages.bounces import note_event

            tracking.connect(note_event, dispatch_uid="loginradius_passwordless")
        for name in ("Customer", "Application"):
            owner = self.get_model(name)
            pre_delete.connect(end_with_owner, sender=owner, dispatch_uid=f"loginradius_passwordless.{name}")
        if apps.is_installed("drf_spectacular"):
            from .openapi import authentication  # noqa: F401 - registers itself
        check_request_enabled.connect(allow_origin, dispatch_uid="loginradius_passwordless")
        user_logged_out.connect(leave, dispatch_uid="loginradius_passwordless")
