"""SQL fragments that recount the figures from the events."""
