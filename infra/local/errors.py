"""What ends a start."""


class StartFailed(Exception):
    """The system can't be started; the message is one line for the person at the terminal."""
