"""The process function, which misbehaves where an event's path asks for it: for tests alone."""

import os
import time
from collections.abc import Sequence
from datetime import date

from starlette.applications import Starlette
from starlette.requests import Request

import functions.process.main as product
from common.adapters.postgres import PostgresStore
from common.errors import TooLarge
from common.process import build_process_app
from common.rejection import Rejection
from common.wire import Entry

HANG_SECONDS = float(os.environ["CHAOS_HANG_SECONDS"])


class PoisonedStore:
    """Stores through the product's own store, unless the batch holds poison."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self.ping = store.ping

    def insert_batch(
        self, entries: Sequence[Entry], months: set[date], rejections: Sequence[Rejection]
    ) -> tuple[int, int]:
        """As the product's, unless there is poison."""
        for entry in entries:
            if b'"/poison/' in entry.data:
                misbehave(entry.data)
        return self._store.insert_batch(entries, months, rejections)


def misbehave(data: bytes) -> None:
    """Do what the first poison asks for."""
    kind = data.partition(b'"/poison/')[2].partition(b'"')[0]
    if kind == b"raise":
        raise RuntimeError("poison")
    if kind == b"exit":
        os._exit(1)
    if kind == b"hang":
        time.sleep(HANG_SECONDS)  # a real one never comes back
        raise RuntimeError("hung")
    if kind == b"limit":
        raise TooLarge("poison")


app = build_process_app(PoisonedStore(product.store))


async def process(_: Request) -> Starlette:
    """The target for functions-framework, as the product's."""
    return app
