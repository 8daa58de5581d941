"""Who may ask stats for what, on a real PostgreSQL."""
