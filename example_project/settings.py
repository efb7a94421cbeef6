"""The example project, configured by its environment. See README.md for the variables."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
import dj_email_url
import django
from corsheaders.defaults import default_headers
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://127.0.0.1:8000")

DEBUG = os.environ.get("DEBUG", "True").lower() in {"1", "true", "yes"}
SECRET_KEY = os.environ.get("SECRET_KEY", "only-for-the-demo-never-for-a-site" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("Without DEBUG the environment has to bring a SECRET_KEY of its own.")
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "loginradius_passwordless",
    "example_project",
]

MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "example_project.urls"
WSGI_APPLICATION = "example_project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "example_project.pages.demo",
            ]
        },
    }
]

DATABASES = {"default": dj_database_url.config(default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}", conn_max_age=60)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Writers wait for each other instead of failing when a read becomes a write.
    DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20}
    DATABASES["default"]["CONN_MAX_AGE"] = 0
ATOMIC_REQUESTS = os.environ.get("ATOMIC_REQUESTS", "").lower() in {"1", "true", "yes"}
DATABASES["default"]["ATOMIC_REQUESTS"] = ATOMIC_REQUESTS
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL", "")
CACHES: dict[str, dict[str, Any]] = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if REDIS_URL:
    CACHES["default"] = {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 0.25, "SOCKET_TIMEOUT": 0.25},
    }

# Where the demo inbox keeps what was sent: files, so that the database holds no code in clear.
INBOX = Path(os.environ.get("INBOX", BASE_DIR / "inbox"))
EMAIL_URL = os.environ.get("EMAIL_URL", "")
mail: dict[str, Any] = {"BACKEND": "example_project.inbox.EmailBackend"}
if EMAIL_URL:
    server = dj_email_url.parse(EMAIL_URL)
    mail = {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": server["EMAIL_HOST"],
            "port": server["EMAIL_PORT"],
            "username": server["EMAIL_HOST_USER"] or "",
            "password": server["EMAIL_HOST_PASSWORD"] or "",
            "use_tls": server["EMAIL_USE_TLS"],
            "use_ssl": server["EMAIL_USE_SSL"],
            "timeout": 5,
        },
    }
if django.VERSION >= (6, 1):
    MAILERS = {"default": mail}
else:
    options = mail.get("OPTIONS", {})
    EMAIL_BACKEND, EMAIL_TIMEOUT = mail["BACKEND"], 5
    EMAIL_HOST, EMAIL_PORT = options.get("host", "localhost"), options.get("port", 25)
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = options.get("username", ""), options.get("password", "")
    EMAIL_USE_TLS, EMAIL_USE_SSL = options.get("use_tls", False), options.get("use_ssl", False)
DEFAULT_FROM_EMAIL = "login@example.com"

SMS_URL = os.environ.get("SMS_URL", "")
LOGINRADIUS_PASSWORDLESS: dict[str, Any] = {
    "PUBLIC_URL": PUBLIC_URL,
    "SMS_PROVIDERS": {"inbox": {"BACKEND": "example_project.inbox.SMSBackend"}},
    "VOICE_PROVIDERS": {"inbox": {"BACKEND": "example_project.inbox.VoiceBackend"}},
}
if SMS_URL:
    http = "loginradius_passwordless.backends"
    options = {"url": SMS_URL}
    LOGINRADIUS_PASSWORDLESS |= {
        "SMS_PROVIDERS": {"gateway": {"BACKEND": f"{http}.sms.http.SMSBackend", "OPTIONS": options}},
        "VOICE_PROVIDERS": {"gateway": {"BACKEND": f"{http}.voice.http.VoiceBackend", "OPTIONS": options}},
    }
LOGINRADIUS_PASSWORDLESS |= json.loads(os.environ.get("PASSWORDLESS") or "{}")

# The pages of the demo are an application like any other; `manage.py demo` makes it. While DEBUG it also makes a
# staff user and a customer.
DEMO_API_KEY = os.environ.get("DEMO_API_KEY", "demo-application")
DEMO_STAFF_NAME, DEMO_STAFF_PASSWORD, DEMO_STAFF_EMAIL = "staff", "staff-demo-only", "staff@example.com"
DEMO_CUSTOMER = {"name": "alice", "email": "alice@example.com", "phone": "+14155550123", "password": "codes-are-nicer"}
# The inbox page shows everybody's codes: it exists while DEBUG, or where this is switched on by hand.
DEMO = os.environ.get("DEMO", "").lower() in {"1", "true", "yes"}

CORS_ALLOW_HEADERS = (*default_headers, "x-loginradius-apikey", "x-loginradius-sott", "x-preventwebhook")
CORS_EXPOSE_HEADERS = ("retry-after",)

LANGUAGE_CODE = "en"
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static_collected"
LOGIN_URL = "loginradius_passwordless:sign-in"
LOGIN_REDIRECT_URL = "account"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = urlsplit(PUBLIC_URL).scheme == "https"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
