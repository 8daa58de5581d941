"""GET /stats and /v1/stats: what only the stats function runs."""
