"""Where a followed log was read to: kept in the data folder, by what the file is and not by its name."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from io import FileIO
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

_FOLDER = "followed"
LONGEST_HEAD_BYTES = 1_024


@dataclass(frozen=True)
class Position:
    """How far a file was read, and which file that is."""

    device: int
    inode: int
    head: str
    """A hash of the file's first bytes: inodes are used again."""
    head_bytes: int
    """How many bytes those are: those that were read, at most 1,024."""
    modified_ns: int
    """When it had last been written to, as it was read."""
    offset: int
    """The bytes up to which every line is answered for."""
    line: int
    """The number of the last of these lines."""

    def is_of(self, file: FileIO) -> bool:
        """Whether this open file is the one, under whatever name, and not made anew since. Moves in the file."""
        status = os.fstat(file.fileno())
        is_same = (status.st_dev, status.st_ino) == (self.device, self.inode) and status.st_size >= self.offset
        return is_same and hash_head(read_start(file, self.head_bytes)) == self.head


def read_start(file: FileIO, length: int) -> bytes:
    """A file's first bytes. Moves in the file."""
    file.seek(0)
    return file.read(length) or b""


def hash_head(start: bytes) -> str:
    """A hash of a file's first bytes, which says nothing of the addresses in them."""
    return blake2b(start, digest_size=16).hexdigest()


_POSITIONS = TypeAdapter(list[Position])


class Positions:
    """The positions of one log: of the file under its name, and of those before it that may still be written to."""

    def __init__(self, data_dir: Path, site_id: str, log: Path) -> None:
        name = blake2b(f"{site_id}\0{log.absolute()}".encode(errors="surrogateescape"), digest_size=16).hexdigest()
        self._path = data_dir / _FOLDER / f"{name}.json"
        self._saved = ""

    def load(self) -> list[Position]:
        """Oldest first. None are known at first, or if they can't be read: then the log is read from its beginning,
        and nothing counts twice.
        """
        try:
            return _POSITIONS.validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return []

    def save(self, positions: Sequence[Position]) -> None:
        """Replace what was saved. Raises OSError."""
        text = json.dumps([asdict(position) for position in positions])
        if text == self._saved:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._path)
        self._saved = text
