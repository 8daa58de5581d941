"""Writes an export to a file, which is there as a whole or not at all."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from common.export.reader import Asked, Page, compress, read_pages
from common.postgres.database import Database


def write_export(database: Database, asked: Asked, output: Path) -> int:
    """Write the events, packed; returns how many. `output`: `-` is standard output. Raises Unavailable, OSError."""
    events = 0

    def count(pages: Iterator[Page]) -> Iterator[Page]:
        nonlocal events
        for page in pages:
            events += page.events
            yield page

    with _open(output) as file:
        for part in compress(count(read_pages(database, asked))):
            file.write(part)
    return events


@contextmanager
def _open(output: Path) -> Iterator[BinaryIO]:
    if str(output) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = output.with_name(f"{output.name}.part")
    with unfinished.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(output)
