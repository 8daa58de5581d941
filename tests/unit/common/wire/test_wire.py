"""The stream entry, the processor's batch, and its answer."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from common.wire import (
    MAX_ENTRY_BYTES,
    MAX_ENTRY_EVENTS,
    VERSION,
    Entry,
    encode_batch,
    pack,
    read_batch,
    read_entry,
    read_failures,
    report_failures,
    split,
)


@given(st.lists(st.integers(2, 200_000).map(lambda size: b"1" * size), max_size=50))
def test_packing_keeps_every_event_in_order_within_the_limits(events: list[bytes]) -> None:
    entries = pack([("blog", event) for event in events])
    packed = [item for entry in entries for item in entry.data[1:-1].split(b",")]
    assert packed == events
    assert all(len(entry.data) <= MAX_ENTRY_BYTES for entry in entries)
    assert [entry.count for entry in entries] == [entry.data.count(b",") + 1 for entry in entries]


def test_an_entry_holds_a_bounded_number_of_events() -> None:
    entries = pack([("blog", b"{}")] * (MAX_ENTRY_EVENTS + 1))
    assert [entry.count for entry in entries] == [MAX_ENTRY_EVENTS, 1]


def test_what_was_written_is_what_the_processor_reads() -> None:
    [entry] = pack([("blog", '{"path":"/é\\"\\u0001"}'.encode()), ("blog", b"{}")])
    read = read_entry("0:1-0", {b"v": VERSION, b"n": b"2", b"data": entry.data})
    [record] = read_batch(encode_batch([read])).records
    assert (record.message_id, json.loads(record.body)) == ("0:1-0", [{"path": '/é"\x01'}, {}])


@pytest.mark.parametrize(
    "fields",
    [
        {b"v": b"9", b"n": b"1", b"data": b"[1]"},
        {b"v": VERSION, b"data": b"[1]"},
        {b"v": VERSION, b"n": b"-1", b"data": b""},
        {b"x": b"\xff"},
    ],
)
def test_an_entry_that_is_not_ours_is_carried_whole_and_counts_nothing(fields: dict[bytes, bytes]) -> None:
    entry = read_entry("0:1-0", fields)
    assert entry.count == 0
    assert set(json.loads(entry.data)) == {name.decode() for name in fields}


def test_an_entry_splits_into_events_that_know_their_place() -> None:
    parts = split(Entry(b'[{"a":1},{"b":2}]', 2, "0:5-1"))
    assert [(part.message_id, part.data, part.count) for part in parts] == [
        ("0:5-1/0", b'[{"a":1}]', 1),
        ("0:5-1/1", b'[{"b":2}]', 1),
    ]
    assert split(parts[1]) == [parts[1]]


@pytest.mark.parametrize("data", [b"{}", b"nope", b"\xff", b"[" * 100_000])
def test_what_is_no_batch_does_not_split(data: bytes) -> None:
    entry = Entry(data, 0, "0:1-0")
    assert split(entry) == [entry]


def test_failures_come_back_with_their_reasons() -> None:
    answer = json.dumps(report_failures({"0:1-0": "crashed"})).encode()
    assert read_failures(answer, [Entry(b"", 1, "0:1-0"), Entry(b"", 1, "0:2-0")]) == {"0:1-0": "crashed"}


def test_a_reason_that_is_none_of_ours_is_unknown() -> None:
    answer = json.dumps(report_failures({"0:1-0": "bad mood"})).encode()
    assert read_failures(answer, [Entry(b"", 1, "0:1-0")]) == {"0:1-0": "unknown"}


@pytest.mark.parametrize(
    "answer", [b"{}", b"", b"<html>", b"[]", b"null", b'{"batchItemFailures":[{"itemIdentifier":"0:9-0"}]}']
)
def test_an_answer_that_cannot_be_trusted_fails_the_whole_batch(answer: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_failures(answer, [Entry(b"", 1, "0:1-0")])


@given(st.binary())
def test_a_payload_is_a_batch_or_a_fault(payload: bytes) -> None:
    with suppress(InvalidInput):
        read_batch(payload)
