"""The error that ends a start."""


class StartFailed(Exception):
    """The system can't be started. The message is for the person at the terminal."""
