"""A plain log that grows: its whole lines, as they come."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

from infra.importer.formats.kind import HEAD_BYTES
from infra.importer.log_file import MAX_LINE_BYTES, discard_line, read_line
from infra.importer.positions import LONGEST_HEAD_BYTES, Position, hash_head, read_start

_LOOKED_BACK_BYTES = 4 << 20
"""Equal lines have the same second, so those before a position that matter are close to it."""


class Tail:
    """One file, open while it may be written to, whatever its name is by now."""

    def __init__(self, path: Path, file: io.FileIO, offset: int = 0, line: int = 0) -> None:
        """`file` is read without a buffer: it may be emptied and written anew at any time."""
        self.path, self.offset, self.line = path, offset, line
        self.idle_steps = 0
        self._file = file
        self._after = offset
        self._start = read_start(file, min(offset, LONGEST_HEAD_BYTES))
        self._modified_ns = 0

    def read_head(self) -> bytes:
        """How the file begins."""
        return read_start(self._file, HEAD_BYTES)

    def list_before(self) -> Iterator[bytes]:
        """Lines before the position: those of the head that say what fields there are, and the last ones."""
        start = max(0, self.offset - _LOOKED_BACK_BYTES)
        if start:
            yield from (line for line in self.read_head().splitlines() if line.startswith(b"#"))
        self._file.seek(start)
        before = self._file.read(self.offset - start).splitlines()
        yield from before[1:] if start else before

    def read_lines(self, may_end_open: bool = False) -> Iterator[bytes | None]:
        """The lines after the position that are whole, each without its end; None for one that is too long.

        Call `advance` after each. With `may_end_open` the last one needs no end.
        """
        self._modified_ns = os.fstat(self._file.fileno()).st_mtime_ns
        self._file.seek(self.offset)
        stream = io.BufferedReader(self._file, 1 << 16)
        try:
            while line := read_line(stream):
                is_whole, is_too_long = line.endswith(b"\n"), False
                if not is_whole and len(line) >= MAX_LINE_BYTES:
                    is_whole, is_too_long = discard_line(stream), True
                if not (is_whole or may_end_open):
                    return
                self._after = stream.tell()
                yield None if is_too_long else line.rstrip(b"\r\n")
        finally:
            stream.detach()

    def advance(self) -> None:
        """The line that was read last is taken care of."""
        self.offset = self._after
        self.line += 1

    def restart(self) -> None:
        """The file was emptied: it is read from its beginning."""
        self.offset = self.line = 0
        self._start = b""

    def is_at(self, path: Path) -> bool:
        """Whether the file is still the one of that name."""
        try:
            status = path.stat()
        except OSError:
            return False
        own = os.fstat(self._file.fileno())
        return (status.st_dev, status.st_ino) == (own.st_dev, own.st_ino)

    def was_emptied(self) -> bool:
        """Whether the file was emptied since it was read, even if it is longer again by now."""
        if os.fstat(self._file.fileno()).st_size < self.offset:
            return True
        return read_start(self._file, len(self._start)) != self._start

    def note_start(self) -> None:
        """Remember how the file begins, as far as it was read. Call when lines were read."""
        if len(self._start) < min(self.offset, LONGEST_HEAD_BYTES):
            self._start = read_start(self._file, min(self.offset, LONGEST_HEAD_BYTES))

    def find_position(self) -> Position:
        """Where the file was read to."""
        status = os.fstat(self._file.fileno())
        return Position(
            status.st_dev, status.st_ino, hash_head(self._start), len(self._start), self._modified_ns, self.offset,
            self.line,
        )  # fmt: skip

    def close(self) -> None:
        """Read no further."""
        self._file.close()
