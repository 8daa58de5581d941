"""Who may ask stats for what."""
