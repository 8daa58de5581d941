"""Request bodies: what is parsed, and what is said of what is not."""

import json
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput, NotJson, TooLarge
from common.incoming_event import MAX_EVENTS, IncomingEvent
from functions.ingest.body import MAX_FAULTS, Parsed, parse_event, read_array, read_lines

GOOD = {"site_id": "blog", "path": "/"}


def parse_array(body: bytes) -> list[Parsed]:
    items = read_array(body)
    return [items.parse(item) for item in items.raw]


def parse_lines(body: bytes) -> list[Parsed]:
    items = read_lines(body)
    return [items.parse(item) for item in items.raw]


def test_one_bad_item_leaves_its_neighbours_alone() -> None:
    body = json.dumps([GOOD, {"site_id": "blog", "pth": "/"}, GOOD]).encode()
    first, second, third = parse_array(body)
    assert isinstance(first, IncomingEvent)
    assert isinstance(third, IncomingEvent)
    assert isinstance(second, InvalidInput)
    assert second.faults[0].pointer == "/pth"
    assert "site_id, event_type, path" in second.faults[0].detail


def test_a_lone_surrogate_is_the_fault_of_its_item_alone() -> None:
    first, second = parse_array(b'[{"site_id":"blog","path":"\\ud800"},{"site_id":"blog","path":"/"}]')
    assert isinstance(first, InvalidInput)
    assert isinstance(second, IncomingEvent)


def test_a_valid_event_id_survives_a_bad_neighbour() -> None:
    event = {**GOOD, "event_id": "5f0f3a8e-1e0b-4b6a-9d0e-0a1b2c3d4e5f", "timestamp": "2025-11-12T10:00:00Z"}
    first, _ = parse_array(json.dumps([event, 1]).encode())
    assert isinstance(first, IncomingEvent)


def test_a_broken_array_is_not_json_and_a_broken_line_is_one_faulty_item() -> None:
    with pytest.raises(NotJson):
        parse_array(b'[{"site_id":"blog"},')
    good, bad = parse_lines(b'{"site_id":"blog","path":"/"}\r\n\n{"site_id":\n')
    assert isinstance(good, IncomingEvent)
    assert isinstance(bad, NotJson)


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"'", b"[" * 60_000, b'\xef\xbb\xbf{"site_id":"a"}'])
def test_what_is_not_json_is_said_to_be_so(body: bytes) -> None:
    with pytest.raises(NotJson):
        parse_event(body)


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"x"', b"{}", b"NaN"])
def test_json_that_is_no_event_is_invalid(body: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_event(body)
    assert caught.value.status == 422


def test_too_many_events_are_too_large_and_none_is_invalid() -> None:
    with pytest.raises(TooLarge):
        parse_array(json.dumps([GOOD] * (MAX_EVENTS + 1)).encode())
    for empty in (lambda: parse_array(b"[]"), lambda: parse_lines(b"\n \n")):
        with pytest.raises(InvalidInput):
            empty()


def test_many_faults_and_long_names_are_cut() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_event(json.dumps({**GOOD, **{f"{n}" + "x" * 5000: 1 for n in range(100)}}).encode())
    assert len(caught.value.faults) == 20
    assert all(len(fault.pointer) < 200 for fault in caught.value.faults)


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.builds(
        lambda value: json.dumps(value).encode(),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(st.sampled_from(["site_id", "path", "timestamp", "event_id", "x"]), inner)
            ),
        ),
    )
)
def test_whatever_bytes_arrive_the_outcome_is_an_event_or_a_fault(body: bytes) -> None:
    for parse in (parse_event, parse_array, parse_lines):
        with suppress(InvalidInput):
            parse(body)


@pytest.mark.parametrize("item", [b"1", b"{}", b'["x"]'])
def test_a_body_of_a_hundred_thousand_faults_costs_little(item: bytes) -> None:
    body = b"[" + b",".join([item] * 100_000) + b"]"
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            parse_array(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50 * len(body)  # to describe every fault took 100 to 280 times the body


def test_an_event_of_many_unknown_fields_names_some_of_them_and_what_is_wrong_with_its_own() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_event(json.dumps({f"x{n}": n for n in range(10_000)} | {"site_id": ""}).encode())
    pointers = [fault.pointer for fault in caught.value.faults]
    assert len(pointers) == MAX_FAULTS
    assert {"/site_id", "/x0", "/x1"} <= set(pointers)


@pytest.mark.parametrize(
    ("field", "value", "right"),
    [
        ("timestamp", "yesterday", 'such as "2025-11-12T10:00:00Z"'),
        ("path", "/\0", "U+0000"),
        ("user_id", "ä" * 129, "String should have at most 256 bytes in UTF-8."),
    ],
)
def test_a_fault_says_in_words_what_would_be_right(field: str, value: str, right: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_event(json.dumps({**GOOD, field: value}).encode())
    [fault] = caught.value.faults
    assert right in fault.detail
    assert "pattern" not in fault.detail
    assert "Value error" not in fault.detail
