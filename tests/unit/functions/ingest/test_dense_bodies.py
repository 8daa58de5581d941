"""Bodies of a great many small parts: no single step of reading them takes in proportion to the parts."""

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from common.errors import InvalidInput, NotJson
from common.incoming_event import IncomingEvent
from functions.ingest.body import MAX_FAULTS, parse_event, read_array, read_lines

EVENT = {"site_id": "blog", "path": "/"}
RICH = EVENT | {"props": {f"k{number}": "v" for number in range(30)}}


def test_a_million_blank_lines_make_no_list() -> None:
    body = b"\n \r\n" * 250_000 + json.dumps(EVENT).encode()
    tracemalloc.start()
    try:
        items = read_lines(body)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    assert [items.parse(line) for line in items.raw] == [parse_event(json.dumps(EVENT).encode())]


def test_events_of_many_parts_are_made_in_turns_and_are_the_same_as_in_one_step() -> None:
    at_once, in_turns = (read_array(json.dumps([RICH] * many).encode()) for many in (10, 1_000))
    assert [type(item) for item in at_once.raw] == [IncomingEvent] * 10
    assert [type(item) for item in in_turns.raw] == [dict] * 1_000
    assert in_turns.parse(in_turns.raw[0]) == at_once.parse(at_once.raw[0])


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


def test_a_lone_surrogate_harms_no_neighbour_save_among_very_many_parts() -> None:
    events = [EVENT | {"event_type": "\ud800"}, *[RICH | {"props": {}}] * 999]
    items = read_array(json.dumps(events).encode())
    results = [items.parse(item) for item in items.raw]
    assert [isinstance(result, IncomingEvent) for result in results] == [False] + [True] * 999
    with pytest.raises(NotJson, match="lone surrogate"):
        parse_event(json.dumps({"path": "\ud800"} | {f"f{number}": number for number in range(60_000)}).encode())
