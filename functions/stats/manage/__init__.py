"""What owners set: the routes that change something."""
