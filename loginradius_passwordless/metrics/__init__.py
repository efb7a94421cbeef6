"""Metrics for Prometheus: an app of its own, for sites that list it in INSTALLED_APPS; needs the extra [prometheus]."""
