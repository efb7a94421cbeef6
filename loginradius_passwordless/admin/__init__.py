"""The Django admin: applications, customers and templates are edited, evidence is read, and no secret is shown."""

from . import applications, customers, evidence, kinds, limits, registrations, sessions, templates

__all__ = ["applications", "customers", "evidence", "kinds", "limits", "registrations", "sessions", "templates"]
