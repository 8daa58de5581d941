"""Ends a conversation that takes too long in all, however often the other end says a little."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_AGAIN_SECONDS = 1.0


@contextmanager
def limit_time(seconds: float, find_socket: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Cut the connection off after so many seconds: whoever reads from it then gets its end.

    A socket's own timeout begins anew with each byte. `find_socket`: asked from another thread, and again from then on,
    for there may be none yet, or another one after a TLS handshake.
    """
    is_over = threading.Event()

    def watch() -> None:
        wait = seconds
        while not is_over.wait(wait):
            wait = _AGAIN_SECONDS
            found = find_socket()
            if found is not None:
                with suppress(OSError):  # it is closed already
                    # not SSLSocket's own, which forgets the TLS state that the other thread is using
                    socket.socket.shutdown(found, socket.SHUT_RDWR)

    thread = threading.Thread(target=watch, name="time limit", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
