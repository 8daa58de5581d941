"""Turns web servers' access logs into page-view events and sends them to ingest."""
