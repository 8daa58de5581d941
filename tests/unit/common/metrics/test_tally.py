"""What one thread counts without locks is shown as prometheus-client would show it."""

from hypothesis import given
from hypothesis import strategies as st

from common.metrics.driver import CollectorRegistry, Counter, Histogram, generate_latest
from common.metrics.exposition import SECONDS
from common.metrics.tally import Counts, Values


def show(registry: CollectorRegistry) -> list[str]:
    lines = generate_latest(registry).decode().splitlines()
    return [line for line in lines if "_created" not in line]


@given(st.lists(st.one_of(st.sampled_from(SECONDS), st.floats(0, 100)), max_size=50))
def test_a_histogram_is_that_of_the_library(values: list[float]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    mine = Values("seconds", "Time.", ["route"], SECONDS, ours).labels("/a")
    known = Histogram("seconds", "Time.", ["route"], buckets=SECONDS, registry=theirs).labels("/a")
    for value in values:
        mine.observe(value)
        known.observe(value)
    assert show(ours) == show(theirs)


@given(st.lists(st.integers(0, 20_000), max_size=20))
def test_a_counter_is_that_of_the_library(values: list[int]) -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    mine = Counts("events", "Events.", ["outcome"], ours).labels("accepted")
    known = Counter("events", "Events.", ["outcome"], registry=theirs).labels("accepted")
    for value in values:
        mine.inc(value)
        known.inc(value)
    assert show(ours) == show(theirs)
