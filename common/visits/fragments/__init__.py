"""Parts of statements about events and visits."""
