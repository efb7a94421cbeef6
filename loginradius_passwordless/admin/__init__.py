"""The Django admin: applications, customers and templates are edited, evidence is read, and no secret is shown."""

from . import applications, attempts, customers, kinds, limits, registrations, sent, sessions, templates, webhooks

__all__ = [
    "applications",
    "attempts",
    "customers",
    "kinds",
    "limits",
    "registrations",
    "sent",
    "sessions",
    "templates",
    "webhooks",
]
