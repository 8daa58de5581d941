"""GET /v1/export: a site's events."""
