"""CAPTCHA providers, one a file."""
