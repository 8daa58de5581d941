"""Figures of a part for Prometheus, at GET /metrics; nothing of it is loaded where METRICS_KEY is unset."""
