"""For web processes whose metrics are read: see test_metrics."""

from example_project.settings import *  # noqa: F403
from example_project.settings import INSTALLED_APPS

INSTALLED_APPS += ["loginradius_passwordless.metrics"]
ROOT_URLCONF = "tests.urls_with_metrics"
