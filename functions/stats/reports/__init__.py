"""What a report's reader may do without a login."""
