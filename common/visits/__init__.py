"""Visits and the figures of each dimension: how events become visits, and how both are written."""
