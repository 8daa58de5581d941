"""The lanes of a shard: batches of different sites side by side, and one lane at a time at what is new."""

import json
import threading
import time
from collections.abc import Callable, Sequence

import pytest

from common.wire import Entry
from infra.poller.crew import Crew
from infra.poller.invoker import Crash, Outage
from infra.poller.lane import Lane
from infra.poller.pace import Pace
from infra.poller.turn import Turn
from tests.unit.infra.poller.test_lane import LIMITS, MemoryQueue, Processor, make_lane

PATIENCE_SECONDS = 30
MANY = 600


def entry(number: int, stripe: int, word: str) -> Entry:
    return Entry(json.dumps([word] * MANY).encode(), MANY, f"0:{number}-0", stripe)


class Meeting(Processor):
    """A processor in which two batches have to be at the same time."""

    def __init__(self, **faults: Exception | str) -> None:
        super().__init__(**faults)
        self.barrier = threading.Barrier(2, timeout=PATIENCE_SECONDS)

    def invoke(self, entries: Sequence[Entry]) -> dict[str, str]:
        self.barrier.wait()
        return super().invoke(entries)


def test_batches_of_different_sites_are_handed_on_at_the_same_time() -> None:
    queue, processor = MemoryQueue(entry(1, 0, "a"), entry(2, 1, "b")), Meeting()
    make_lane(queue, processor, hands=2).step(claim=False)
    assert sorted(processor.stored) == ["a"] * MANY + ["b"] * MANY
    assert queue.own == []


@pytest.mark.parametrize("fault", [Outage("down"), Crash("exited"), "refused"])
def test_a_batch_that_fails_leaves_the_one_beside_it_settled(fault: Exception | str) -> None:
    queue, processor = MemoryQueue(entry(1, 0, "a"), entry(2, 1, "bad")), Meeting(bad=fault)
    try:
        make_lane(queue, processor, hands=2).step(claim=False)
    except Outage:
        assert isinstance(fault, Outage)
    assert set(processor.stored) == {"a"}
    assert [one.message_id for one in queue.own] == ["0:2-0"]
    assert queue.failures["0:2-0"] == (not isinstance(fault, Outage))


class Hanging(Processor):
    """A processor that is busy with one word until somebody lets it go."""

    def __init__(self, word: bytes) -> None:
        super().__init__()
        self.word, self.hangs, self.release = word, threading.Event(), threading.Event()

    def invoke(self, entries: Sequence[Entry]) -> dict[str, str]:
        if any(self.word in one.data for one in entries):
            self.hangs.set()
            assert self.release.wait(PATIENCE_SECONDS)
        return super().invoke(entries)


def make_two(
    first: MemoryQueue, second: MemoryQueue, processor: Processor, longest_seconds: float = PATIENCE_SECONDS
) -> tuple[Lane, Lane]:
    turn = Turn(Crew(processor, 2), Pace(0, lambda: 0.0), longest_seconds)
    one, two = (Lane(queue, turn, LIMITS, lambda _: None, lambda _: None) for queue in (first, second))
    return one, two


def test_a_lane_that_is_busy_with_a_failure_leaves_what_is_new_to_another() -> None:
    failed, new = MemoryQueue(), MemoryQueue(Entry(b'["new"]', 1, "0:2-0", 0))
    failed.own, failed.failures["0:1-0"] = [Entry(b'["poison"]', 1, "0:1-0", 0)], 1
    processor = Hanging(b"poison")
    busy, free = make_two(failed, new, processor)
    thread = threading.Thread(target=busy.step, args=(False,))
    thread.start()
    assert processor.hangs.wait(PATIENCE_SECONDS)
    assert free.step(claim=False) == 1
    assert processor.stored == ["new"]
    processor.release.set()
    thread.join()


def test_no_two_lanes_of_a_shard_are_at_what_is_new() -> None:
    taken, waiting = MemoryQueue(Entry(b'["first"]', 1, "0:1-0", 0)), MemoryQueue(Entry(b'["second"]', 1, "0:2-0", 0))
    processor = Hanging(b"first")
    one, other = make_two(taken, waiting, processor)
    thread = threading.Thread(target=one.step, args=(False,))
    thread.start()
    assert processor.hangs.wait(PATIENCE_SECONDS)
    assert other.step(claim=False) == 0
    processor.release.set()
    thread.join()
    assert other.step(claim=False) == 1
    assert processor.stored == ["first", "second"]


def test_a_turn_that_takes_too_long_goes_to_another_lane_with_hands_of_its_own() -> None:
    stuck = MemoryQueue(*(entry(number, number, "poison") for number in range(2)))
    new = MemoryQueue(*(entry(number, number, "new") for number in range(2, 4)))
    processor = Hanging(b"poison")
    one, other = make_two(stuck, new, processor, longest_seconds=0)
    thread = threading.Thread(target=one.step, args=(False,))
    thread.start()
    assert processor.hangs.wait(PATIENCE_SECONDS)
    assert other.step(claim=False) == 2
    assert set(processor.stored) == {"new"}
    processor.release.set()
    thread.join()
    assert set(processor.stored) == {"new", "poison"}


class Led:
    """A shard in which another poller leads until it is over."""

    def __init__(self, is_free: bool) -> None:
        self.is_free, self.is_ours = is_free, False

    def take(self) -> bool:
        self.is_ours = self.is_free
        return self.is_ours

    def give_up(self) -> None:
        self.is_ours = False


def test_a_lane_leaves_what_is_new_to_the_poller_that_leads_and_asks_again_soon() -> None:
    waits: list[float] = []
    queue, processor, lead = MemoryQueue(Entry(b'["new"]', 1, "0:1-0", 0)), Processor(), Led(is_free=False)
    turn = Turn(Crew(processor), Pace(0, lambda: 0.0), lead=lead)
    lane = Lane(queue, turn, LIMITS, lambda _: None, waits.append)
    assert lane.step(claim=False) == 0
    assert 0 < sum(waits) <= 0.1
    lead.is_free = True
    assert lane.step(claim=False) == 1
    assert processor.stored == ["new"]
    assert not lead.is_ours


def test_a_poller_with_nothing_to_do_keeps_the_lead() -> None:
    lead = Led(is_free=True)
    turn = Turn(Crew(Processor()), Pace(0, lambda: 0.0), lead=lead)
    assert Lane(MemoryQueue(), turn, LIMITS, lambda _: None, lambda _: None).step(claim=False) == 0
    assert lead.is_ours


class Lasting(Processor):
    """A processor that takes so long with each batch that the lead has ended meanwhile."""

    def __init__(self, lead: Led) -> None:
        super().__init__()
        self.lead, self.seen = lead, list[bool]()

    def invoke(self, entries: Sequence[Entry]) -> dict[str, str]:
        self.seen.append(self.lead.is_ours)
        self.lead.is_ours = False
        return super().invoke(entries)


def test_a_poller_keeps_the_lead_with_each_answer() -> None:
    lead = Led(is_free=True)
    processor = Lasting(lead)
    turn = Turn(Crew(processor), Pace(0, lambda: 0.0), lead=lead)
    queue = MemoryQueue(entry(1, 0, "first"), entry(2, 0, "second"))
    queue.page = 3  # no backlog: nothing is read in between
    Lane(queue, turn, LIMITS, lambda _: None, lambda _: None).step(claim=False)
    assert processor.seen == [True, True]


def test_a_turn_that_was_taken_from_a_lane_keeps_the_lead_for_the_next() -> None:
    lead = Led(is_free=True)
    turn = Turn(Crew(Processor()), Pace(0, lambda: 0.0), 0, lead)
    slow, next_one = turn.take(0), turn.take(0)
    assert slow is not None
    assert next_one is not None
    assert turn.leads()
    turn.give_back(slow)
    assert lead.is_ours
    turn.give_back(next_one)
    assert not lead.is_ours


def wait_until(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.001)
    return is_so()


def test_a_hand_that_is_free_finds_the_next_batch_of_a_backlog_while_another_is_busy() -> None:
    queue = MemoryQueue(entry(1, 0, "slow"), *(entry(number, 1, "quick") for number in range(2, 9)))
    processor = Hanging(b"slow")
    thread = threading.Thread(target=make_lane(queue, processor, hands=2).step, args=(False,))
    thread.start()
    assert processor.hangs.wait(PATIENCE_SECONDS)
    assert wait_until(lambda: len(processor.stored) == 7 * MANY)
    processor.release.set()
    thread.join()
    assert queue.own == []


def test_a_backlog_does_not_keep_what_failed_waiting() -> None:
    queue = MemoryQueue(entry(1, 0, "bad"), *(entry(number, number % 8, "good") for number in range(2, 40)))
    make_lane(queue, Processor(bad=Crash("exited")), hands=2).step(claim=False)
    assert entry(1, 0, "bad") in queue.own
    assert queue.new


def test_a_poller_that_stops_reads_no_more_of_a_backlog() -> None:
    queue = MemoryQueue(*(entry(number, number % 8, "good") for number in range(40)))
    make_lane(queue, Processor(), hands=2, linger=lambda _: True).step(claim=False)
    assert (len(queue.new), queue.own) == (38, [])


def test_after_an_outage_nothing_more_is_read() -> None:
    queue = MemoryQueue(*(entry(number, number % 8, "down") for number in range(40)))
    with pytest.raises(Outage):
        make_lane(queue, Processor(down=Outage("down")), hands=2).step(claim=False)
    assert len(queue.own) <= 4


def test_a_turn_lasts_as_long_as_its_batches_are_answered() -> None:
    turn = Turn(Crew(Processor()), Pace(0, lambda: 0.0), PATIENCE_SECONDS)
    holder = turn.take(0)
    assert holder is not None
    assert turn.keep(holder)
    assert turn.take(0) is None
    turn.give_back(holder)
    assert not turn.keep(holder)
