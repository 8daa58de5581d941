"""Bodies of a great many small parts: no single step of reading them takes in proportion to the parts."""

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

from common.errors import InvalidInput
from functions.ingest.body import MAX_FAULTS, parse_event, read_array, read_lines

EVENT = {"site_id": "blog", "path": "/"}


def test_a_million_blank_lines_make_no_list() -> None:
    body = b"\n \r\n" * 250_000 + json.dumps(EVENT).encode()
    tracemalloc.start()
    try:
        items = read_lines(body)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    assert [items.parse(line) for line in items.raw] == [parse_event(json.dumps(EVENT).encode())]


class Counted(dict[str, Any]):
    """Counts the names that are looked through."""

    seen = 0

    def __iter__(self) -> Iterator[str]:
        for name in super().__iter__():
            self.seen += 1
            yield name


def test_of_many_unknown_fields_no_more_are_looked_at_than_are_named() -> None:
    item = Counted(EVENT | {f"f{number}": number for number in range(80_000)})
    error = read_array(json.dumps([1]).encode()).parse(item)
    assert isinstance(error, InvalidInput)
    assert [fault.pointer for fault in error.faults] == [f"/f{number}" for number in range(MAX_FAULTS)]
    assert item.seen < 100
