"""What the poller does about sites: publishes their settings, and sees to removals and erasures."""
