"""The command line: `analytics`."""
