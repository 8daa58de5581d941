"""SQL fragments about days."""
