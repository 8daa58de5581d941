"""Input that once broke something: what somebody else writes to the queue, to the log, or into a setting."""

import json
import sys
import time

import pytest
from pydantic import ValidationError

from common.errors import InvalidInput
from common.event import check_events
from common.settings import Settings
from common.wire import MAX_ENTRY_EVENTS, Entry, find_site, name_site, read_batch, read_entry, split
from infra.importer.formats.combined import Request, parse_line
from infra.importer.rule import Rule, find_skip

PARSED_WITHIN_SECONDS = 1


@pytest.mark.parametrize("count", [b"9" * 5_000, b"1001", b"10000", b"-1", b"1e3", b"\xff", b""])
def test_an_entry_whose_count_no_entry_of_ours_has_is_not_ours(count: bytes) -> None:
    entry = read_entry("0:1-1", {b"v": b"1", b"n": count, b"data": b"[]"})
    assert entry.count == 0
    assert json.loads(entry.data)["data"] == "[]"


def test_the_largest_entry_of_ours_is_ours() -> None:
    assert read_entry("0:1-1", {b"v": b"1", b"n": b"%d" % MAX_ENTRY_EVENTS, b"data": b"[]"}).count == MAX_ENTRY_EVENTS


def test_an_event_may_be_nested_as_deep_as_can_be_read_and_no_deeper_written() -> None:
    for depth in range(sys.getrecursionlimit() - 200, sys.getrecursionlimit() + 50):
        entry = Entry(b'[{"a":' + b"[" * depth + b"]" * depth + b"}]", 1, "0:1-1")
        assert len(split(entry)) == 1


@pytest.mark.parametrize(
    ("site_id", "found"),
    [("blog", "blog"), ("\ud800", ""), ("a\0b", ""), (["blog"], ""), (7, ""), (None, ""), ("x" * 1_000, "x" * 64)],
)
def test_a_site_is_a_text_that_every_store_can_take(site_id: object, found: str) -> None:
    assert find_site({"site_id": site_id}) == found
    assert name_site(Entry(json.dumps([{"site_id": site_id}]).encode(), 1)) == found


@pytest.mark.parametrize(
    "timestamp",
    [
        "20251112",  # seconds to one, a day to the other
        "1700000000",
        "2025-11-30T23:59:59.9999999Z",  # one cuts it, the other rounds it into the next month
        "2025-11-12T10:00:00",
        "2025-11-12 10:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        1700000000,
        None,
    ],
)
def test_a_queued_time_is_one_that_we_and_postgresql_read_alike(timestamp: object) -> None:
    event = {"site_id": "blog", "event_type": "visit", "timestamp": timestamp, "event_id": "0" * 32}
    assert check_events(json.dumps([event])).startswith("0/timestamp: ")
    assert check_events(json.dumps([{**event, "timestamp": "2025-11-30T23:59:59.999999-02:00"}])) == ""


@pytest.mark.parametrize("message_id", ["", "a\0b", "x" * 101, "with space", "é"])
def test_a_batch_names_its_messages_in_short_plain_words(message_id: str) -> None:
    with pytest.raises(InvalidInput):
        read_batch({"Records": [{"messageId": message_id, "body": "[]"}]})


def test_a_batch_names_each_message_once_so_that_none_hides_another() -> None:
    with pytest.raises(InvalidInput):
        read_batch({"Records": [{"messageId": "0:1-0", "body": "[]"}] * 2})


@pytest.mark.parametrize("target", [b"/a" + b" " * 60_000 + b"b", b"/." + b"a" * 60_000 + b"-", b" HTTP/1" * 8_000])
def test_a_long_request_line_is_read_in_a_time_that_grows_with_its_length(target: bytes) -> None:
    line = b'192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET %s" 200 5 "-" "Mozilla/5.0"' % target
    started = time.process_time()
    request = parse_line(line)
    assert isinstance(request, Request)
    find_skip(request, Rule())
    assert time.process_time() - started < PARSED_WITHIN_SECONDS


def test_settings_that_are_refused_do_not_show_the_others() -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(redis_url="redis://:hunter2@queue:6379/0", claim_idle_seconds=1)
    assert "hunter2" not in str(caught.value)
    assert "CLAIM_IDLE_SECONDS" in str(caught.value)
