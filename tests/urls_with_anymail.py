"""The example project's addresses, with those at which django-anymail hears from mail providers."""

from django.urls import include, path

from example_project.urls import urlpatterns as of_the_project

urlpatterns = [*of_the_project, path("anymail/", include("anymail.urls"))]
