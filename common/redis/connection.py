"""redis-py's asyncio connections, which notice before they write that they were lost while idle."""

from collections.abc import Iterable
from typing import TypeVar, cast

from redis.asyncio import Connection, SSLConnection
from redis.asyncio.connection import AbstractConnection

Kind = TypeVar("Kind", bound=AbstractConnection)


class _Checked(AbstractConnection):
    """redis-py 8.1 writes to the dead transport; later versions check it themselves (redis-py #4288).

    On uvloop that raises a RuntimeError; on asyncio, in some versions of Python since 3.12, an AttributeError or
    TypeError; over TLS, if keepalive found the peer gone, a time-out. After none of them does redis-py reconnect.
    """

    async def _send_packed_command(self, command: Iterable[bytes]) -> None:
        """Write, or raise an OSError if the connection was lost; then redis-py reconnects."""
        if self._writer is None or self._writer.is_closing():
            raise ConnectionResetError("the connection was lost")
        await super()._send_packed_command(command)


class _CheckedConnection(_Checked, Connection):
    pass


class _CheckedSSLConnection(_Checked, SSLConnection):
    pass


_CHECKED: dict[type[AbstractConnection], type[AbstractConnection]] = {
    Connection: _CheckedConnection,
    SSLConnection: _CheckedSSLConnection,
}


def checked(kind: type[Kind]) -> type[Kind]:
    """The same kind of connection, with the check.

    One to a Unix socket stays as it is: there is no firewall or keepalive that could end it while idle.
    """
    return cast(type[Kind], _CHECKED.get(kind, kind))
