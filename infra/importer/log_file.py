"""The log as lines of bytes: a plain or gzip file, or a pipe; streamed."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from infra.importer.errors import LogBroken

MAX_LINE_BYTES = 1 << 16
"""Servers bound a request line and a header at 8 KiB each; escaped, all three of a line fit."""
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class LogFile:
    """An open log. `raw` is what is on disk or comes down the pipe, `size` its bytes, None where unknown."""

    name: str
    raw: "io.BufferedReader[Any]"  # a generic for type checkers only
    size: int | None

    def lines(self) -> Iterator[bytes | None]:
        """Each line without its end; None for one of more than MAX_LINE_BYTES. Raises LogBroken."""
        try:
            stream = self._unpack()
            while line := _read_line(stream):
                if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
                    _discard_line(stream)
                    yield None
                else:
                    yield line.rstrip(b"\r\n")
        except (OSError, EOFError, zlib.error) as error:
            raise LogBroken(f"{self.name} can't be read to its end: {error}.") from error

    def _unpack(self) -> io.BufferedIOBase:
        if self.raw.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC):
            return gzip.GzipFile(fileobj=self.raw)
        return self.raw


@contextmanager
def open_log(source: Path | BinaryIO) -> Iterator[LogFile]:
    """Open the log at a path and close it at the end, or use an open stream, which is left open."""
    if not isinstance(source, Path):
        buffer = io.BufferedReader(cast(io.RawIOBase, source))
        try:
            yield LogFile("The input", buffer, None)
        finally:
            buffer.detach()
        return
    try:
        raw = source.open("rb")
    except OSError as error:
        raise LogBroken(f"{source} can't be opened: {error.strerror}.") from error
    with raw:
        yield LogFile(str(source), raw, source.stat().st_size if source.is_file() else None)


def _read_line(stream: io.BufferedIOBase) -> bytes:
    """A line, or its first MAX_LINE_BYTES. Skips the NULs before it: logrotate's copytruncate leaves as many as the
    file had bytes.
    """
    line = b""
    while len(line) < MAX_LINE_BYTES and not line.endswith(b"\n"):
        part = stream.readline(MAX_LINE_BYTES - len(line))
        if not part:
            break
        line = (line + part).lstrip(b"\0")
    return line


def _discard_line(stream: io.BufferedIOBase) -> None:
    while (rest := stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
        pass
