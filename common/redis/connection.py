"""redis-py's asyncio connections, which notice before they write that they were lost while idle."""

from collections.abc import Iterable
from typing import TypeVar, cast

from redis.asyncio import Connection, SSLConnection
from redis.asyncio.connection import AbstractConnection

Kind = TypeVar("Kind", bound=AbstractConnection)


class _Checked(AbstractConnection):
    """Redis-py 8.1 would write to the dead transport; later versions check it themselves (redis-py #4288).

    That is a RuntimeError on uvloop, an AttributeError or TypeError on asyncio of some versions since Python 3.12,
    and over TLS, where keepalive found the peer gone, a time-out: none of them has redis-py connect again.
    """

    async def _send_packed_command(self, command: Iterable[bytes]) -> None:
        """Write, or raise an OSError if the connection was lost; then redis-py connects again."""
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
    """The same kind of connection, with the check. One to a Unix socket can't be reset, and stays as it is."""
    return cast(type[Kind], _CHECKED.get(kind, kind))
