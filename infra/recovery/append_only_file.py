"""Reads the entries that were once appended to a stream from the append-only files of Redis or Valkey.

The server deletes a settled entry from its memory at once. From its file it is gone only when the file is rewritten.
https://redis.io/docs/latest/develop/reference/protocol-spec/ : a command is an array of bulk strings.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from common.errors import InvalidInput
from common.redis.keys import ShardKeys
from common.settings import Settings
from common.wire import Entry, read_entry

MOST_BYTES = 512 << 20
"""Of one argument: what the server allows."""


def read_entries(folder: Path, settings: Settings) -> Iterator[Entry]:
    """Each entry of our stream that the files in `folder` hold, in the order in which it was appended.

    A file that ends in the middle of a command, because it is being written or was cut, is read up to there.
    Raises InvalidInput if there is no such file, or one is something else.
    """
    files = sorted(folder.rglob("*.incr.aof"), key=_find_number)
    if not files:
        raise InvalidInput(f"{folder} has no append-only file: its name ends in .incr.aof.")
    shards = {ShardKeys.of(settings.stream_name, shard).stream.encode(): shard for shard in settings.all_shards}
    for file in files:
        with file.open("rb") as opened:
            for command in _read_commands(opened):
                if len(command) > 3 and command[0].upper() == b"XADD" and command[1] in shards:
                    yield _read_entry(shards[command[1]], command)


def _find_number(file: Path) -> tuple[int, str]:
    number = file.name.removesuffix(".incr.aof").rpartition(".")[2]
    return (int(number) if number.isdecimal() else 0), file.name


def _read_entry(shard: int, command: list[bytes]) -> Entry:
    fields = dict(zip(command[3::2], command[4::2], strict=False))
    return read_entry(f"{shard}:{command[2].decode(errors='replace')}", fields)


def _read_commands(file: BinaryIO) -> Iterator[list[bytes]]:
    while head := file.readline():
        if head.startswith(b"#"):  # a note of the time
            continue
        command = []
        for _ in range(_read_length(head, b"*", file)):
            length = file.readline()
            if not length.endswith(b"\n"):
                return
            size = _read_length(length, b"$", file)
            value = file.read(size + 2)
            if len(value) < size + 2:
                return
            command.append(value[:-2])
        if not head.endswith(b"\n"):
            return
        yield command


def _read_length(line: bytes, kind: bytes, file: BinaryIO) -> int:
    digits = line.strip()[1:]
    if not line.endswith(b"\n"):
        return 0
    if not line.startswith(kind) or not digits.isdigit() or int(digits) > MOST_BYTES:
        raise InvalidInput(f"{file.name} is no append-only file, or it is damaged before byte {file.tell():,}.")
    return int(digits)
