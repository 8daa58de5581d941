"""A TCP proxy between two parts, which cuts and slows what goes through it."""

import asyncio
import random
import socket
import struct
from contextlib import suppress
from enum import Enum, auto

from infra.local.address import free_port

CHUNK_BYTES = 1 << 16
DELAY_SECONDS = 0.1


class Mode(Enum):
    """What happens to connections: HALF cuts each of them half-way through an answer."""

    THROUGH = auto()
    CUT = auto()
    SLOW = auto()
    HALF = auto()


class Proxy:
    """Passes everything on to a port of this machine. Its methods are called on the event loop."""

    def __init__(self, to_port: int, seed: int) -> None:
        self.port = free_port()
        self.lets_through = 6
        """Answers of a connection that HALF lets through at most before it cuts one."""
        self._to_port = to_port
        self._random = random.Random(seed)
        self._mode = Mode.THROUGH
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def set_mode(self, mode: Mode) -> None:
        """From now on, for the connections that there are, too. Starts it at the first time."""
        self._mode = mode
        if mode is Mode.CUT:
            await self.close()
        elif self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, backlog=500)

    async def close(self) -> None:
        """Refuse connections and reset those that there are."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            with suppress(OSError, ValueError):  # it has ended by itself
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        upstream = None
        try:
            from_upstream, upstream = await asyncio.open_connection("127.0.0.1", self._to_port)
            self._writers.add(upstream)
            lets_through = self._random.randint(0, self.lets_through)
            await asyncio.gather(self._pump(reader, upstream), self._pump(from_upstream, writer, answers=lets_through))
        except OSError:
            pass  # the other side sees it, below
        finally:
            for one in filter(None, (writer, upstream)):
                self._writers.discard(one)
                with suppress(Exception):
                    one.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: int = -1) -> None:
        """`answers`: chunks that HALF lets through before it cuts one; negative: this way leads to the server."""
        while chunk := await reader.read(CHUNK_BYTES):
            if self._mode is Mode.SLOW:
                await asyncio.sleep(DELAY_SECONDS)
            if self._mode is Mode.HALF and answers >= 0:
                if answers == 0:
                    writer.write(chunk[: len(chunk) // 2])
                    await asyncio.sleep(0.01)  # so that the half arrives before the reset
                    raise ConnectionResetError
                answers -= 1
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof() and not writer.is_closing():
            writer.write_eof()
