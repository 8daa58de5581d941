"""A small HTTP/1.1 client that says exactly what is known of a request that failed."""

import asyncio
from contextlib import suppress


class Refused(Exception):
    """No connection came about: nothing was sent."""


class Unanswered(Exception):
    """Something was sent, and no whole answer came: nobody knows what became of it."""


class Client:
    """POSTs to one address over one kept connection, a request at a time."""

    def __init__(self, port: int, timeout_seconds: float) -> None:
        self.port = port
        self._timeout_seconds = timeout_seconds
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes, media_type: str = "application/json") -> int:
        """The status of the answer. Raises Refused or Unanswered."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                reader, writer = self._streams or await self._connect()
                head = (
                    f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                    f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
                )
                writer.write(head.encode() + body)
                return await self._read_status(reader)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            self.close()
            raise Unanswered(type(error).__name__) from error

    def close(self) -> None:
        """End the connection; the next request opens another."""
        if self._streams is not None:
            with suppress(Exception):
                self._streams[1].transport.abort()
            self._streams = None

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        except ConnectionRefusedError as error:
            raise Refused from error
        return self._streams

    async def _read_status(self, reader: asyncio.StreamReader) -> int:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        await reader.readexactly(length)
        if b"connection: close" in head:
            self.close()
        return int(head.split(None, 2)[1])
