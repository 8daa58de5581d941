"""Funnels: what is kept of them over HTTP, and how far visitors got when somebody asks."""
