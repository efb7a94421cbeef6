"""What ``manage.py check`` says about the site: its settings, its backends, and what is left on from development."""

from . import access_tokens, backends, captcha, deployment, values

__all__ = ["access_tokens", "backends", "captcha", "deployment", "values"]
