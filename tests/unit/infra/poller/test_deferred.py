"""Entries of a locked site: they come again, in order and after a pause, and hold nobody up."""

import itertools

from common.wire import DEFERRED
from infra.poller.lane import Lane
from infra.poller.pending import LATEST_SECONDS, SOONEST_SECONDS
from tests.unit.infra.poller import test_lane
from tests.unit.infra.poller.test_lane import LIMITS, MemoryQueue, Processor, entry


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def make_lane(queue: MemoryQueue, processor: Processor, clock: Clock) -> Lane:
    return test_lane.make_lane(queue, processor, clock=clock)


def test_a_deferred_entry_stays_pending_and_counts_as_no_failure() -> None:
    queue, processor, clock = MemoryQueue(entry(1, "locked"), entry(2, "free")), Processor(locked=DEFERRED), Clock()
    lane = make_lane(queue, processor, clock)
    for _ in range(4 * LIMITS.max_attempts):
        lane.step(claim=False)
        clock.now += LATEST_SECONDS
    assert (processor.stored, queue.own) == (["free"], [entry(1, "locked")])
    assert (queue.dead, +queue.failures) == ({}, {})


def test_new_entries_go_on_while_others_wait() -> None:
    queue, processor, clock = MemoryQueue(entry(1, "locked")), Processor(locked=DEFERRED), Clock()
    lane = make_lane(queue, processor, clock)
    for number in range(2, 6):
        lane.step(claim=False)
        queue.new.append(entry(number, f"free {number}"))
        clock.now += LATEST_SECONDS
    lane.step(claim=False)
    assert processor.stored == ["free 2", "free 3", "free 4", "free 5"]


def test_deferred_entries_are_not_sent_again_before_their_time_which_grows() -> None:
    queue, processor, clock = MemoryQueue(entry(1, "locked")), Processor(locked=DEFERRED), Clock()
    lane = make_lane(queue, processor, clock)
    sent_at = []
    while len(sent_at) < 12:
        before = len(processor.invocations)
        lane.step(claim=False)
        sent_at += [clock.now] * (len(processor.invocations) - before)
        clock.now += SOONEST_SECONDS / 10
    pauses = [after - before for before, after in itertools.pairwise(sent_at)]
    assert min(pauses) >= SOONEST_SECONDS * 0.99
    assert LATEST_SECONDS * 0.99 <= pauses[-1] <= LATEST_SECONDS * 1.1


def test_what_waited_is_stored_in_order_once_its_site_is_free() -> None:
    entries = [entry(number, f"locked {number}") for number in range(1, 8)]
    queue, processor, clock = MemoryQueue(*entries), Processor(locked=DEFERRED), Clock()
    lane = make_lane(queue, processor, clock)
    for _ in range(8):
        lane.step(claim=False)
    processor.faults = {}
    clock.now += LATEST_SECONDS
    for _ in range(4):
        lane.step(claim=False)
    assert processor.stored == [f"locked {number}" for number in range(1, 8)]
    assert queue.own == []


def test_an_entry_that_failed_and_then_waits_is_no_dead_letter() -> None:
    queue, processor, clock = MemoryQueue(entry(1, "a", "poison")), Processor(poison="refused"), Clock()
    lane = make_lane(queue, processor, clock)
    lane.step(claim=False)
    processor.faults = {"poison": DEFERRED}
    for _ in range(4 * LIMITS.max_attempts):
        lane.step(claim=False)
        clock.now += LATEST_SECONDS
    assert (queue.dead, queue.own) == ({}, [entry(1, "a", "poison")])
    processor.faults = {}
    lane.step(claim=False)
    assert queue.own == []
