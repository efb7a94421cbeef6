"""The example project's addresses, and the metrics."""

from django.urls import include, path

from example_project.urls import urlpatterns as others

urlpatterns = [path("metrics", include("loginradius_passwordless.metrics.urls")), *others]
