"""The entry in INSTALLED_APPS that switches the metrics on."""

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _


class MetricsConfig(AppConfig):
    """Begins to count, and registers what is counted where prometheus-client and django-prometheus look for it.

    An entry of its own and no setting: without it nothing of this is imported, also where prometheus-client is there
    for something else.
    """

    name = "loginradius_passwordless.metrics"
    label = "loginradius_passwordless_metrics"
    verbose_name = _("Passwordless login: metrics")

    def ready(self) -> None:
        try:
            from . import instruments, outbox_collector
        except ImportError as error:
            raise ImproperlyConfigured(
                "loginradius_passwordless.metrics needs the extra: pip install loginradius-passwordless[prometheus]"
            ) from error
        instruments.begin()
        outbox_collector.register()
