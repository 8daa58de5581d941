"""What a format is to the importer. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from infra.importer.formats.combined import Request, Unparsable

HEAD_BYTES = 1 << 16
"""How much of a file, unpacked, is looked at to tell its format."""
_LINES_LOOKED_AT = 100

LineReader = Callable[[bytes], Request | Unparsable | None]
"""Reads a line without its end. None for a line that logs no request by design, such as a W3C directive."""


@dataclass(frozen=True)
class Format:
    """A kind of file that `analytics import` knows. `name` is for --format, `title` for people."""

    name: str
    title: str
    is_own: Callable[[bytes], bool]
    """Whether a file that begins with these bytes (at most HEAD_BYTES, unpacked) is in this format."""


@dataclass(frozen=True)
class LogFormat(Format):
    """A log: every line stands for itself."""

    open: Callable[[], LineReader]
    """A reader for one file; it may remember what earlier lines said of later ones."""


def make_log_format(name: str, title: str, open_reader: Callable[[], LineReader]) -> LogFormat:
    """A format whose files are told by a line near their beginning that it can read."""

    def is_own(head: bytes) -> bool:
        read = open_reader()
        return any(isinstance(read(line), Request) for line in list_lines(head)[:_LINES_LOOKED_AT])

    return LogFormat(name, title, is_own, open_reader)


def list_lines(head: bytes) -> list[bytes]:
    """The whole lines of a file's head, without their ends; the last one too where the head has only that one."""
    lines = head.split(b"\n")
    whole = lines[:-1] if len(head) >= HEAD_BYTES and len(lines) > 1 else lines
    return [line.rstrip(b"\r") for line in whole if line.strip()]
