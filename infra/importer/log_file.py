"""The log as lines of bytes: a file, plain or packed, or a pipe; streamed."""

import bz2
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from infra.importer.errors import LogBroken
from infra.importer.formats.kind import HEAD_BYTES

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_LINE_BYTES = 1 << 16
"""Servers bound a request line and a header at 8 KiB each; escaped, all three of a line fit."""
_PACKERS: dict[bytes, Callable[[Any], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
    b"\x28\xb5\x2f\xfd": zstd.open,
}
"""What opens a packed file, by its first bytes."""
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, zstd.ZstdError)


class _FromHead(io.RawIOBase):
    """A stream from its beginning, of which the head was read before."""

    def __init__(self, head: bytes, rest: io.BufferedIOBase, fault: Exception | None) -> None:
        self._head, self._rest, self._fault = head, rest, fault

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._head and self._fault:
            raise self._fault
        part = self._head[: len(buffer)] if self._head else self._rest.read1(len(buffer))
        self._head = self._head[len(part) :]
        buffer[: len(part)] = part
        return len(part)


@dataclass(frozen=True)
class LogFile:
    """An open log. `raw` is what is on disk or comes down the pipe, `size` its bytes, None where unknown.
    `head` is how it begins, unpacked: HEAD_BYTES, or all of it.
    """

    name: str
    raw: "io.BufferedReader[Any]"  # a generic for type checkers only
    size: int | None
    head: bytes
    _stream: "io.BufferedReader[Any]"

    def lines(self, longest: int = MAX_LINE_BYTES) -> Iterator[bytes | None]:
        """Each line without its end; None for one of more than `longest` bytes. Raises LogBroken."""
        try:
            while line := read_line(self._stream, longest):
                if len(line) == longest and not line.endswith(b"\n"):
                    discard_line(self._stream)
                    yield None
                else:
                    yield line.rstrip(b"\r\n")
        except _BROKEN as error:
            raise LogBroken(f"{self.name} can't be read to its end: {error}.") from error

    def blocks(self) -> Iterator[bytes]:
        """All bytes, as they come. Raises LogBroken."""
        try:
            while block := self._stream.read1(HEAD_BYTES):
                yield block
        except _BROKEN as error:
            raise LogBroken(f"{self.name} can't be read to its end: {error}.") from error


@contextmanager
def open_log(source: Path | BinaryIO) -> Iterator[LogFile]:
    """Open the log at a path and close it at the end, or use an open stream, which is left open."""
    if not isinstance(source, Path):
        buffer = io.BufferedReader(cast(io.RawIOBase, source))
        try:
            yield _look_into("The input", buffer, None)
        finally:
            buffer.detach()
        return
    try:
        raw = source.open("rb")
    except OSError as error:
        raise LogBroken(f"{source} can't be opened: {error.strerror}.") from error
    with raw:
        yield _look_into(str(source), raw, source.stat().st_size if source.is_file() else None)


def _look_into(name: str, raw: "io.BufferedReader[Any]", size: int | None) -> LogFile:
    """Reads the head. A fault in it is raised when the lines before it have been read."""
    head, fault, stream = b"", None, cast(io.BufferedIOBase, raw)
    try:
        stream = _unpack(raw)
        while len(head) < HEAD_BYTES and (part := stream.read1(HEAD_BYTES - len(head))):
            head += part
    except _BROKEN as error:
        fault = error
    return LogFile(name, raw, size, head, io.BufferedReader(_FromHead(head, stream, fault), HEAD_BYTES))


def _unpack(raw: "io.BufferedReader[Any]") -> io.BufferedIOBase:
    start = raw.peek(8)
    for magic, opens in _PACKERS.items():
        if start.startswith(magic):
            return cast(io.BufferedIOBase, opens(raw))
    return raw


def read_line(stream: io.BufferedIOBase, longest: int = MAX_LINE_BYTES) -> bytes:
    """A line, or its first `longest` bytes. Skips the NULs before it: logrotate's copytruncate leaves as many as the
    file had bytes.
    """
    line = stream.readline(longest)
    if not line or (line.endswith(b"\n") and not line.startswith(b"\0")):
        return line
    line = line.lstrip(b"\0")
    while len(line) < longest and not line.endswith(b"\n"):
        part = stream.readline(longest - len(line))
        if not part:
            break
        line = (line + part).lstrip(b"\0")
    return line


def discard_line(stream: io.BufferedIOBase) -> bool:
    """Skips the rest of a line; returns whether it has an end."""
    while rest := stream.readline(MAX_LINE_BYTES):
        if rest.endswith(b"\n"):
            return True
    return False
