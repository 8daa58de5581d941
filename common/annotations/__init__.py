"""Notes at a time, kept for each site: what happened then."""
