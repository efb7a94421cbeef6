"""The example project, with twins in place of providers."""

import os

from example_project.settings import *  # noqa: F403
from example_project.settings import (
    BASE_DIR,
    CACHES,
    DATABASES,
    INSTALLED_APPS,
    LOGINRADIUS_PASSWORDLESS,
    MIDDLEWARE,
    REDIS_URL,
)

DEBUG = False
INSTALLED_APPS += ["anymail", "django_tasks", "knox", "loginradius_passwordless.metrics", "rest_framework.authtoken"]
# Another admin, as sites have it: for the one test that asks for it, in a process of its own.
if os.environ.get("UNFOLD"):
    INSTALLED_APPS.insert(0, "unfold")
ALLOWED_HOSTS = ["*"]
PUBLIC_URL = "http://testserver"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGINRADIUS_PASSWORDLESS |= {
    "PUBLIC_URL": PUBLIC_URL,
    "SENDING": "inline",  # a test reads its mailbox at once
    "SMS_PROVIDERS": {"memory": {"BACKEND": "loginradius_passwordless.backends.sms.locmem.SMSBackend"}},
    "VOICE_PROVIDERS": {"memory": {"BACKEND": "loginradius_passwordless.backends.voice.locmem.VoiceBackend"}},
}

# Each worker of pytest-xdist has a database of its own; a shared Redis is kept apart by prefix.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
DATABASES["default"]["CONN_MAX_AGE"] = 0
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file and not memory: the threads of the race tests each open a connection of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(BASE_DIR / f".test-{os.getpid()}-{WORKER}.sqlite3")}
    # What a test writes need not survive a power cut.
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA synchronous=OFF"
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # Two hundred threads share forty connections, as the threads of a web server share its pool.
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 40, "timeout": 60}
# The stories are told under other user models as well: see test_user_models.
USER_MODEL = os.environ.get("USER_MODEL", "")
if USER_MODEL:
    INSTALLED_APPS += ["tests.user_models"]
    AUTH_USER_MODEL = f"user_models.{USER_MODEL}"
    if not DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        DATABASES["default"]["TEST"] = {"NAME": f"test_stories_{USER_MODEL.lower()}_{os.getpid()}"}
if REDIS_URL:
    CACHES["default"]["KEY_PREFIX"] = f"tests-{os.getpid()}-{WORKER}"
# Every answer of the API is held to its OpenAPI document, whichever test asked.
MIDDLEWARE = [*MIDDLEWARE, "tests.conformance.conformance"]
