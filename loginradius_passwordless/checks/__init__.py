"""What ``manage.py check`` says about the site: its settings, its backends, and what is left on from development."""

from . import backends, deployment, values

__all__ = ["backends", "deployment", "values"]
