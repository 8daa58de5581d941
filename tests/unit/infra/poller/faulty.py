"""A queue, a processor and a crew that fail in any way at any moment, as a random number generator says."""

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from common.dead_letter import DeadLetter
from common.errors import Unavailable
from common.wire import DEFERRED, Entry, Outcome
from infra.poller.crew import Answer, Crew
from infra.poller.delivery import Limits
from infra.poller.invoker import Crash, Outage

LIMITS = Limits(max_events=2_000, max_bytes=700, idle_block_ms=1, max_attempts=2)
PAGE = 5
MOST_CALLS = 2_000
"""Of one step, to queue and processor. A step that makes more has no end."""
T = TypeVar("T")


class Stream:
    """A shard: what no consumer has read yet, and who has what of the rest."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.new = list(entries)
        self.given: dict[str, tuple[str, Entry]] = {}
        self.failures: Counter[str] = Counter()
        self.dead: dict[str, DeadLetter] = {}


class Faults:
    """When something fails. After `end` nothing does, but for an event that is at fault itself."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.is_over, self.calls = chance, False, 0
        self.unavailable, self.outage, self.crash, self.bug = (chance.choice((0, 0, 0.02, 0.1)) for _ in range(4))
        self.locked = set(chance.sample(range(8), chance.randrange(3)))

    def is_now(self, rate: float) -> bool:
        self.calls += 1
        assert self.calls < MOST_CALLS, "this step has no end"
        return not self.is_over and self.chance.random() < rate

    def end(self) -> None:
        self.is_over, self.locked = True, set()


class Consumer:
    """One consumer's view of a shard; each call may fail before or after it has done its work."""

    page = PAGE

    def __init__(self, name: str, stream: Stream, faults: Faults) -> None:
        self.name, self.stream, self.faults = name, stream, faults

    def _call(self, work: Callable[[], T]) -> T:
        if self.faults.is_now(self.faults.unavailable):
            raise Unavailable("it did not come")
        answer = work()
        if self.faults.is_now(self.faults.unavailable):
            raise Unavailable("the answer got lost")
        return answer

    def _give(self, entries: list[Entry]) -> list[Entry]:
        self.stream.given |= {entry.message_id: (self.name, entry) for entry in entries}
        return entries

    def read_own(self, after: str = "") -> list[Entry]:
        own = [entry for owner, entry in self.stream.given.values() if owner == self.name]
        own.sort(key=_order)
        return self._call(lambda: [entry for entry in own if not after or _order(entry) > _number(after)][:PAGE])

    def read_new(self, block_ms: int) -> list[Entry]:
        def take() -> list[Entry]:
            taken, self.stream.new = self.stream.new[:PAGE], self.stream.new[PAGE:]
            return self._give(taken)

        return self._call(take)

    def claim(self) -> list[Entry]:
        def take() -> list[Entry]:
            return self._give([entry for owner, entry in self.stream.given.values() if owner == "dead"][:PAGE])

        return self._call(take)

    def hold(self, entry: Entry) -> None:
        self._call(lambda: None)

    def settle(self, entries: Sequence[Entry], dead_letters: Sequence[DeadLetter] = ()) -> None:
        def end() -> None:
            ended = [self.stream.given.pop(entry.message_id, None) for entry in entries]
            if all(ended):
                self.stream.dead |= {letter.message_id: letter for letter in dead_letters}

        self._call(end)

    def count_failures(self, message_ids: Sequence[str]) -> list[int]:
        def count() -> list[int]:
            alive = [one for one in message_ids if one.partition("/")[0] in self.stream.given]
            self.stream.failures.update(alive)
            return [self.stream.failures[one] if one in alive else 0 for one in message_ids]

        return self._call(count)

    def read_failures(self, message_ids: Sequence[str]) -> list[int]:
        return self._call(lambda: [self.stream.failures[one] for one in message_ids])


def _number(message_id: str) -> int:
    return int(message_id.removeprefix("0:").partition("-")[0])


def _order(entry: Entry) -> int:
    return _number(entry.message_id)


class Processor:
    """Stores events once, however often they come."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.stored: set[str] = set()

    def invoke(self, entries: Sequence[Entry]) -> dict[str, Outcome]:
        faults = self.faults
        for rate, failure in ((faults.outage, Outage("down")), (faults.bug, ValueError("a bug"))):
            if faults.is_now(rate):
                raise failure
        if (len(entries) > 1 and faults.is_now(faults.crash)) or any(b"deadly" in entry.data for entry in entries):
            raise Crash("exited")
        answer: dict[str, Outcome] = {}
        for entry in entries:
            if b"refused" in entry.data:
                answer[entry.message_id] = "refused"
            elif entry.stripe in faults.locked:
                answer[entry.message_id] = DEFERRED
            else:
                self.stored |= set(json.loads(entry.data))
        return answer


class Watched(Crew):
    """Answers when the history says so, and knows what each lane has in flight."""

    def __init__(self, processor: Processor, hands: int) -> None:
        super().__init__(processor, hands)  # type: ignore[arg-type]
        self.lanes: list[int] = []
        """Those in a step: each of them, but the last, waits for an answer meanwhile."""
        self.flying: dict[Future[Answer], tuple[int, Sequence[Entry]]] = {}

    def hand_on(self, batch: Sequence[Entry]) -> Future[Answer]:
        self._check(batch)
        future: Future[Answer] = Future()
        self.flying[future] = self.lanes[-1], batch
        return future

    def _check(self, batch: Sequence[Entry]) -> None:
        assert batch
        stripes = {one.stripe for one in batch}
        others = [other for lane, other in self.flying.values() if lane == self.lanes[-1]]
        assert len(others) < self.hands
        busy = {one.stripe for other in others for one in other}
        assert not others or None not in stripes | busy
        assert not stripes & busy
        ids = {one.message_id for one in batch}
        assert len(ids) == len(batch)
        for _, other in self.flying.values():
            assert not ids & {one.message_id for one in other}
        assert sum(max(one.count, 1) for one in batch) <= LIMITS.max_events or len(batch) == 1
        assert sum(len(one.data) for one in batch) <= LIMITS.max_bytes or len(batch) == 1

    def answer(self, future: Future[Answer]) -> None:
        try:
            future.set_result(self._try(self.flying.pop(future)[1]))
        except ValueError as bug:
            future.set_exception(bug)
