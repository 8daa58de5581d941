"""The files of an export: those that are named, and those within a zip file."""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

from infra.importer.errors import ImportStopped, LogBroken
from infra.importer.log_file import LogFile, open_log
from infra.importer.totals.kind import Member

MOST_MEMBERS = 1_000
_ZIP = b"PK\x03\x04"


def list_members(path: Path) -> list[Member]:
    """The files that a path stands for. Raises ImportStopped for a zip file that can't be read."""
    if not path.is_file():
        return []  # a pipe can be read once only
    with path.open("rb") as file:
        is_zip = file.read(4) == _ZIP
    if not is_zip:
        with open_log(path) as opened:
            return [Member(str(path), opened.head, lambda: open_log(path))]
    try:
        with zipfile.ZipFile(path) as packed:
            entries = [entry for entry in packed.infolist() if not entry.is_dir()][:MOST_MEMBERS]
        return [_look_into(path, entry.filename) for entry in entries]
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise ImportStopped(f"{path} can't be read: {error}.") from error


def _look_into(path: Path, name: str) -> Member:
    with _open_within(path, name) as opened:
        return Member(f"{path.name}/{name}", opened.head, lambda: _open_within(path, name))


@contextmanager
def _open_within(path: Path, name: str) -> Iterator[LogFile]:
    try:
        with zipfile.ZipFile(path) as packed, packed.open(name) as file, open_log(cast(io.BufferedReader, file)) as log:
            yield replace(log, name=f"{path.name}/{name}")
    except zipfile.BadZipFile as error:
        raise LogBroken(f"{path.name}/{name} can't be read to its end: {error}.") from error


def make_import_id(format_name: str, members: Sequence[Member]) -> str:
    """What is the same for the same contents, in whatever files and order. Raises LogBroken."""
    digests = []
    for member in members:
        digest = hashlib.blake2b(digest_size=16)
        with member.open() as file:
            for block in file.blocks():
                digest.update(block)
        digests.append(digest.digest())
    whole = hashlib.blake2b(b"".join([format_name.encode(), *sorted(digests)]), digest_size=8)
    return whole.hexdigest()
