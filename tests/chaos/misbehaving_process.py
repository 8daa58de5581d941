"""The process function, which misbehaves where an event's path asks for it: for tests alone."""

import os
import time
from collections.abc import Sequence
from typing import Any

import functions.process.main as product
from common.errors import TooLarge
from common.wire import Entry

HANG_SECONDS = float(os.environ["CHAOS_HANG_SECONDS"])
MARK = b'"/poison/'

process = product.process
insert_batch = product.store.insert_batch


def insert_unless_poisoned(entries: Sequence[Entry], *arguments: Any, **options: Any) -> Any:
    """What the product's store does, unless there is poison in the batch."""
    for entry in entries:
        if MARK in entry.data:
            misbehave(entry.data.partition(MARK)[2].partition(b'"')[0])
    return insert_batch(entries, *arguments, **options)


def misbehave(kind: bytes) -> None:
    """Do what the first poison asks for."""
    if kind == b"raise":
        raise RuntimeError("poison")
    if kind == b"exit":
        os._exit(1)
    if kind == b"hang":
        time.sleep(HANG_SECONDS)  # a real one never comes back
        raise RuntimeError("hung")
    if kind == b"limit":
        raise TooLarge("poison")


product.store.insert_batch = insert_unless_poisoned  # type: ignore[method-assign]
