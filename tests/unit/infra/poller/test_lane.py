"""The poller's one step, without a clock, a network or a server."""

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from common.dead_letter import DeadLetter
from common.errors import Unavailable
from common.wire import Entry, name_event
from infra.poller.crew import Crew
from infra.poller.delivery import Limits
from infra.poller.invoker import Crash, Outage
from infra.poller.lane import Lane
from infra.poller.pace import Pace
from infra.poller.turn import Turn

LIMITS = Limits(max_events=10, max_bytes=1000, idle_block_ms=1, max_attempts=3)


class MemoryQueue:
    """One consumer's view of a shard."""

    page = 2

    def __init__(self, *entries: Entry) -> None:
        self.new = list(entries)
        self.abandoned: list[Entry] = []
        self.own: list[Entry] = []
        self.failures: Counter[str] = Counter()
        self.dead: dict[str, DeadLetter] = {}

    def read_own(self, after: str = "") -> list[Entry]:
        ids = [entry.message_id for entry in self.own]
        first = ids.index(after) + 1 if after in ids else len([one for one in ids if after and one <= after])
        return self.own[first:][: self.page]

    def read_new(self, block_ms: int) -> list[Entry]:
        taken, self.new = self.new[:2], self.new[2:]
        self.own += taken
        return taken

    def claim(self) -> list[Entry]:
        taken, self.abandoned = self.abandoned, []
        self.own += taken
        return taken

    def hold(self, entry: Entry) -> None:
        assert entry in self.own

    def settle(self, entries: Sequence[Entry], dead_letters: Sequence[DeadLetter] = ()) -> None:
        self.own = [entry for entry in self.own if entry not in entries]
        self.dead.update({letter.message_id: letter for letter in dead_letters})

    def count_failures(self, message_ids: Sequence[str]) -> list[int]:
        self.failures.update(message_ids)
        return [self.failures[message_id] for message_id in message_ids]

    def read_failures(self, message_ids: Sequence[str]) -> list[int]:
        return [self.failures[message_id] for message_id in message_ids]


class Processor:
    """Stores events; fails as it is told to for those that hold a word."""

    def __init__(self, **faults: Exception | str) -> None:
        self.faults = faults
        self.stored: list[str] = []
        self.invocations: list[list[str]] = []

    def invoke(self, entries: Sequence[Entry]) -> dict[str, str]:
        self.invocations.append([entry.message_id for entry in entries])
        failures = {}
        for entry in entries:
            for word, fault in self.faults.items():
                if word.encode() in entry.data and isinstance(fault, Exception):
                    raise fault
                if word.encode() in entry.data:
                    failures[entry.message_id] = str(fault)
        for entry in entries:
            if entry.message_id not in failures:
                self.stored += json.loads(entry.data)
        return failures

    def is_ready(self) -> bool:
        return True


def entry(number: int, *events: str) -> Entry:
    return Entry(json.dumps(list(events)).encode(), len(events), f"0:{number}-0")


class EveryTime(Pace):
    """Lingers in each batch."""

    def find_seconds(self) -> float:
        return 0.1


def make_lane(
    queue: MemoryQueue,
    processor: Processor,
    hands: int = 1,
    pause: Callable[[int], None] = lambda _: None,
    linger: Callable[[float], bool | None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
) -> Lane:
    turn = Turn(Crew(processor, hands), EveryTime(0.1, clock))
    return Lane(queue, turn, LIMITS, pause, linger, clock)


def run(queue: MemoryQueue, processor: Processor, steps: int = 10) -> None:
    lane = make_lane(queue, processor)
    for _ in range(steps):
        lane.step(claim=True)


def test_what_is_read_is_processed_in_one_batch_and_settled() -> None:
    queue, processor = MemoryQueue(entry(1, "a"), entry(2, "b"), entry(3, "c")), Processor()
    assert make_lane(queue, processor).step(claim=False) == 3
    assert processor.invocations == [["0:1-0", "0:2-0", "0:3-0"]]
    assert queue.own == []


def test_a_batch_waits_for_more_once_and_no_longer_however_much_keeps_coming() -> None:
    queue, processor = MemoryQueue(entry(1, "a")), Processor()

    def arrive(_: float) -> None:
        queue.new.append(entry(2 + len(queue.own), "b"))

    make_lane(queue, processor, linger=arrive).step(claim=False)
    assert processor.invocations == [["0:1-0", "0:3-0"]]


def test_batches_are_cut_by_events_and_by_bytes() -> None:
    many = entry(1, *"abcdef"), entry(2, *"abcdef"), entry(3, "x" * 980), entry(4, "y" * 980)
    queue, processor = MemoryQueue(*many), Processor()
    run(queue, processor)
    assert [ids for ids in processor.invocations if ids] == [["0:1-0"], ["0:2-0"], ["0:3-0"], ["0:4-0"]]


def test_a_batch_has_no_more_entries_than_events_where_entries_count_none() -> None:
    foreign = [Entry(b"{}", 0, f"0:{number}-0") for number in range(3 * LIMITS.max_events)]
    queue, processor = MemoryQueue(*foreign), Processor()
    run(queue, processor)
    assert max(map(len, processor.invocations)) == LIMITS.max_events


def test_an_outage_counts_against_nothing_and_everything_stays_pending() -> None:
    queue, processor = MemoryQueue(entry(1, "a")), Processor(a=Outage("down"))
    lane = make_lane(queue, processor)
    for _ in range(20):
        with pytest.raises(Outage):
            lane.step(claim=False)
    assert queue.own == [entry(1, "a")]
    assert not queue.failures
    processor.faults = {}
    lane.step(claim=False)
    assert (processor.stored, queue.own, queue.dead) == (["a"], [], {})


class Slow(Processor):
    """A processor whose store has no time for more than two entries at once."""

    def invoke(self, entries: Sequence[Entry]) -> dict[str, str]:
        if len(entries) > 2:
            raise Outage("the statement took too long")
        return super().invoke(entries)


def test_a_batch_that_is_too_much_for_the_store_goes_through_in_parts() -> None:
    queue, processor = MemoryQueue(*(entry(number, "a", "b") for number in range(5))), Slow()
    lane = make_lane(queue, processor)
    for _ in range(6):
        with suppress(Outage):
            lane.step(claim=False)
    assert len(processor.stored) == 10
    assert (queue.own, queue.dead, queue.failures) == ([], {}, Counter())


def test_the_rest_of_what_was_read_goes_in_parts_that_the_store_has_time_for() -> None:
    queue, processor = MemoryQueue(*(entry(number, "a", "b") for number in range(5))), Slow()
    lane = make_lane(queue, processor)
    with pytest.raises(Outage):
        lane.step(claim=False)
    lane.step(claim=False)  # and not an outage for each part that succeeds
    assert (len(processor.stored), queue.own) == (10, [])


@pytest.mark.parametrize("fault", [Crash("exited"), "refused"])
def test_one_poisonous_event_becomes_one_dead_letter_and_its_neighbours_are_stored(fault: Exception | str) -> None:
    queue = MemoryQueue(entry(1, "a", "poison", "b"), entry(2, "c"))
    processor = Processor(poison=fault)
    run(queue, processor)
    assert set(processor.stored) == {"a", "b", "c"}
    assert queue.own == []
    assert list(queue.dead) == ["0:1-0/1"]
    reason = fault.reason if isinstance(fault, Crash) else fault
    assert queue.dead["0:1-0/1"] == DeadLetter("0:1-0/1", '["poison"]', reason, LIMITS.max_attempts)


def test_an_event_that_recovers_before_its_last_attempt_is_no_dead_letter() -> None:
    queue, processor = MemoryQueue(entry(1, "late")), Processor(late=Crash("timed_out"))

    def pause(attempts: int) -> None:
        if attempts == LIMITS.max_attempts - 1:
            processor.faults = {}

    lane = make_lane(queue, processor, pause=pause)
    for _ in range(4):
        lane.step(claim=False)
    assert (processor.stored, queue.own, queue.dead) == (["late"], [], {})


def test_an_outage_during_isolation_loses_no_attempt_and_no_event() -> None:
    queue, processor = MemoryQueue(entry(1, "poison", "good")), Processor(poison=Crash("exited"))
    lane = make_lane(queue, processor)
    lane.step(claim=False)
    processor.faults = {"poison": Outage("down")}
    with pytest.raises(Outage):
        lane.step(claim=False)
    processor.faults = {"poison": Crash("exited")}
    lane.step(claim=False)
    assert list(queue.dead) == ["0:1-0/0"]
    assert "good" in processor.stored


def test_entries_of_a_lost_reply_are_processed_at_once() -> None:
    queue, processor = MemoryQueue(entry(1, "a")), Processor()
    read_new = queue.read_new

    def lose_the_answer(block_ms: int) -> list[Entry]:
        read_new(block_ms)
        raise Unavailable("timed out")

    lane = make_lane(queue, processor)
    lane.step(claim=True)
    queue.new, queue.read_new = [entry(2, "b")], lose_the_answer  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        lane.step(claim=False)
    queue.read_new = read_new  # type: ignore[method-assign]
    lane.step(claim=False)
    assert processor.stored == ["a", "b"]


def test_an_entry_that_another_poller_settled_meanwhile_is_let_go() -> None:
    queue, processor = MemoryQueue(), Processor(poison=Crash("exited"))
    queue.own, queue.failures = [entry(1, "poison")], Counter({"0:1-0": 1})
    queue.count_failures = lambda message_ids: [0]  # type: ignore[method-assign]
    run(queue, processor, steps=1)
    assert (processor.invocations, queue.dead) == ([["0:1-0"], ["0:1-0/0"]], {})


def test_attempts_of_a_poller_that_died_are_not_forgotten() -> None:
    queue, processor = MemoryQueue(), Processor(poison=Crash("exited"))
    queue.own = [entry(1, "poison")]
    queue.failures = Counter({"0:1-0": 1, "0:1-0/0": LIMITS.max_attempts - 1})
    run(queue, processor, steps=1)
    assert processor.invocations == [["0:1-0"], ["0:1-0/0"]]
    assert list(queue.dead) == ["0:1-0/0"]


def test_what_another_poller_left_is_claimed_and_processed() -> None:
    queue, processor = MemoryQueue(), Processor()
    queue.abandoned = [entry(7, "left")]
    run(queue, processor, steps=1)
    assert processor.stored == ["left"]


def test_a_malformed_entry_becomes_one_dead_letter_with_its_whole_content() -> None:
    foreign = Entry(b'{"x": "foreign"}', 0, "0:9-0")
    queue, processor = MemoryQueue(foreign), Processor(foreign="not_a_batch_of_events")
    run(queue, processor)
    assert queue.dead[name_event("0:9-0", 0)].payload == '{"x": "foreign"}'
    assert queue.own == []
