"""A site's events as a file that can be imported again."""
