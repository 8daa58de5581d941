"""How a process that runs until it is stopped learns that it is to stop."""

import signal
import threading


def catch_stop() -> threading.Event:
    """An event that is set when SIGTERM or SIGINT comes. Only the main thread may ask for it."""
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    return stop
