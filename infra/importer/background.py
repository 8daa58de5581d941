"""Runs a call beside the caller: the next lines are read while ingest and the database answer."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

Result = TypeVar("Result")

_LONGEST_DEAF_SECONDS = 0.5
"""On Windows, Ctrl-C does not end a wait for a lock: it is heard between two of them."""


def begin(call: Callable[[], Result]) -> "Future[Result]":
    """Begin the call on a thread that ends with the program: Ctrl-C does not wait for a server's answer."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised again by whoever asks for the result
            future.set_exception(error)

    threading.Thread(target=run, name="import", daemon=True).start()
    return future


def finish(future: "Future[Result]") -> Result:
    """What the call returned, or raised, once it has."""
    while not future.done():
        wait([future], _LONGEST_DEAF_SECONDS)
    return future.result()
