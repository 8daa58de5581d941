"""The traces of an entry's requests travel beside its events, and nobody has to know of them."""

import asyncio
import json
from collections.abc import Mapping, Sequence

import pytest

from common.placement import find_stripe
from common.redis.entry_buffer import EntryBuffer
from common.wire import MOST_TRACES, VERSION, Entry, encode_batch, read_batch, read_entry, split

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = TRACE.replace("b7ad", "b7ae")


def read(traces: bytes | None) -> Entry:
    fields = {b"v": VERSION, b"n": b"2", b"data": b"[1,2]", b"g": b"3"}
    return read_entry("0:1-0", fields if traces is None else fields | {b"t": traces})


def test_the_traces_of_an_entry_reach_the_processor() -> None:
    entry = read(f"{TRACE} {OTHER}".encode())
    [record] = read_batch(encode_batch([entry])).records
    assert record.trace.split() == [TRACE, OTHER]
    assert [part.traces for part in split(entry)] == [entry.traces] * 2


def test_an_entry_without_traces_is_what_it_was_before_there_were_any() -> None:
    entry = read(None)
    assert entry == Entry(b"[1,2]", 2, "0:1-0", 3)
    assert json.loads(encode_batch([entry])) == {"Records": [{"messageId": "0:1-0", "body": "[1,2]"}]}


@pytest.mark.parametrize(
    "traces",
    [
        b"",
        b"x",
        b"00-0-0-01",
        TRACE.upper().encode(),
        f"{TRACE}\n".encode(),
        b" ".join([TRACE.encode()] * (MOST_TRACES + 1)),
    ],
)
def test_what_is_no_trace_costs_no_event(traces: bytes) -> None:
    assert read(traces) == read(None)


@pytest.mark.parametrize(
    "trace", ["x", "00-0-0-01", "00-xyz-é-01", "\ud800", TRACE.upper(), f"{TRACE} x", 5, None, [TRACE]]
)
def test_what_is_no_trace_in_a_batch_costs_none_of_its_events(trace: object) -> None:
    records = [{"messageId": "0:1-0", "body": "[1,2]", "trace": trace}]
    assert [record.trace for record in read_batch({"Records": records}).records] == [""]


def test_an_entry_names_the_traces_of_its_own_requests_alone_and_no_more_than_a_few() -> None:
    written: list[Entry] = []

    async def write(entries: Sequence[Entry], _: Mapping[str, int]) -> None:
        written.extend(entries)

    async def scenario() -> None:
        buffer = EntryBuffer(write)
        many = (buffer.append([("shop", b"1")], TRACE[:-5] + f"{number:02x}-01") for number in range(20))
        await asyncio.gather(buffer.append([("blog", b"1")], TRACE), buffer.append([("blog", b"2")]), *many)

    asyncio.run(scenario())
    assert find_stripe("blog") != find_stripe("shop")
    traces = {entry.stripe: entry.traces.split() for entry in written}
    assert traces[find_stripe("blog")] == [TRACE]
    assert len(traces[find_stripe("shop")]) == MOST_TRACES
