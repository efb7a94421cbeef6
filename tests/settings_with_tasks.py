"""The example project with a task engine of the database, for a process of its own."""

from example_project.settings import *  # noqa: F403
from example_project.settings import INSTALLED_APPS, LOGINRADIUS_PASSWORDLESS

INSTALLED_APPS += ["django_tasks", "django_tasks_db"]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
LOGINRADIUS_PASSWORDLESS["SENDING"] = "task"
