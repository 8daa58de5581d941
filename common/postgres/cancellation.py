"""Stops the statements of a piece of work whose result nobody waits for any more."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from common.errors import Unavailable
from common.postgres.driver import Connection, Error

log = logging.getLogger(__name__)

_current: ContextVar["Cancellation | None"] = ContextVar("cancellation", default=None)


class Cancellation:
    """Of the work that is started within `applies`, also of its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: set[Connection] = set()
        self._is_asked = False

    @contextmanager
    def applies(self) -> Iterator[None]:
        """What is started here is what `cancel` stops: a task or a thread that gets a copy of the context."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    def cancel(self) -> None:
        """Have the statement that the work runs now cancelled. It opens no other connection, but may go on with this.

        A request that comes between two statements stops neither, so ask again until the work has ended.
        """
        with self._lock:
            self._is_asked = True
            for connection in self._connections:
                try:
                    connection.cancel()
                except OSError as error:  # the statement has its time-out
                    log.warning("a statement could not be cancelled", extra={"fields": {"error": str(error)[:300]}})

    @contextmanager
    def covers(self, connection: Connection) -> Iterator[None]:
        """While the work has this connection. Raises Unavailable once it is cancelled.

        The connection must not be used again then: the request may reach it late, and would stop another's statement.
        """
        self._add(connection)
        try:
            yield
        except Error as error:
            if self._is_asked:
                raise Unavailable("Nobody waits for this any more.") from error
            raise
        finally:
            with self._lock:
                self._connections.discard(connection)
        self._check()

    def _add(self, connection: Connection) -> None:
        with self._lock:
            self._check()
            self._connections.add(connection)

    def _check(self) -> None:
        if self._is_asked:
            raise Unavailable("Nobody waits for this any more.")


@contextmanager
def cancellable(connection: Connection) -> Iterator[None]:
    """While the work that is going on here has this connection. Raises Unavailable if it is cancelled."""
    cancellation = _current.get()
    if cancellation is None:
        yield
        return
    with cancellation.covers(connection):
        yield
