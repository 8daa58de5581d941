"""The garbage collector stays out of a request's way."""

import gc
from collections.abc import Iterator

import pytest

from common import heap
from common.body import MAX_EVENTS, parse_array


@pytest.fixture
def collections() -> Iterator[list[str]]:
    """The collections that began."""
    before, seen = gc.get_threshold(), list[str]()

    def note(phase: str, _: dict[str, int]) -> None:
        seen.append(phase)

    gc.callbacks.append(note)
    yield seen
    gc.callbacks.remove(note)
    gc.set_threshold(*before)
    gc.unfreeze()


def test_a_batch_is_read_without_looking_for_garbage(collections: list[str]) -> None:
    body = b"[" + b",".join([b'{"site_id":"blog","path":"/"}'] * MAX_EVENTS) + b"]"
    heap.settle()
    gc.collect()
    collections.clear()
    assert len(parse_array(body)) == MAX_EVENTS
    assert collections == []
