"""The names of pg8000 that the rest of the code may use: the connection, and the errors it distinguishes."""

import socket
import struct
from typing import Any

import pg8000.native
from pg8000.exceptions import DatabaseError, Error

__all__ = ["Connection", "DatabaseError", "Error"]

PLAN_LASTS = 100
"""How often a statement is run before it is planned anew: tables grow, also where nobody gathers statistics."""
CANCEL_SECONDS = 2.0
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
CANCEL_REQUEST_CODE = 80877102


class Connection(pg8000.native.Connection):  # type: ignore[misc]  # the driver has no types
    """A connection that prepares the statements that it runs often."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._prepared: dict[str, tuple[pg8000.native.PreparedStatement, int]] = {}
        super().__init__(*arguments, **options)

    def run_prepared(self, statement: str, **parameters: Any) -> list[list[Any]]:
        """The rows of a statement that is read and planned once for many runs. A long one takes milliseconds each time.

        For few statements, whose best plan does not depend on their parameters.
        """
        prepared, runs = self._prepared.pop(statement, (None, 0))
        if prepared is not None and runs == PLAN_LASTS:
            prepared.close()
            prepared, runs = None, 0
        if prepared is None:
            prepared = self.prepare(statement)
        self._prepared[statement] = prepared, runs + 1
        return prepared.run(**parameters) or []

    def discard_all(self) -> None:
        """Set the session back to how it was when it began."""
        self._prepared.clear()
        self.run("discard all")

    def cancel(self) -> None:
        """Ask the server to stop the statement that runs on this connection, if one does. Called by another thread.

        Raises OSError.
        """
        key: bytes = self._backend_key_data
        with (
            socket.create_connection(self._usock.getpeername()[:2], CANCEL_SECONDS) as plain,
            self._secure(plain) as link,
        ):
            link.sendall(struct.pack("!ii", 8 + len(key), CANCEL_REQUEST_CODE) + key)
            link.recv(1)  # there is no answer: the server closes the connection once it has passed the request on

    def _secure(self, link: socket.socket) -> socket.socket:
        """A connection to the same server with TLS if ours has it: who reads the key could cancel, too."""
        context = getattr(self._usock, "context", None)
        if context is None:
            return link
        link.sendall(SSL_REQUEST)
        if link.recv(1) != b"S":
            raise OSError("the server has no TLS any more")
        secured: socket.socket = context.wrap_socket(link, server_hostname=self._usock.server_hostname)
        return secured
