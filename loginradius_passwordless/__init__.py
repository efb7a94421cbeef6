"""Passwordless login for Django, wire-compatible with LoginRadius."""

__version__ = "0.1.0"
