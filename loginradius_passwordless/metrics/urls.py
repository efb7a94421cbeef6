"""The address of the metrics. A site includes this where it wants it to be."""

from django.urls import path

from .views import metrics

app_name = "loginradius_passwordless_metrics"
urlpatterns = [path("", metrics, name="metrics")]
