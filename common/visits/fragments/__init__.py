"""SQL fragments about events and visits."""
