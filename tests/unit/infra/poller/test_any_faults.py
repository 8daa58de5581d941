"""Lanes over a queue and a processor that fail in any way at any moment: each history is made from a number."""

import json
import random
from collections.abc import Collection
from concurrent.futures import Future
from contextlib import suppress
from typing import NamedTuple

import pytest

from common.errors import Unavailable
from common.wire import Entry
from infra.poller import delivery
from infra.poller.crew import Answer
from infra.poller.invoker import Outage
from infra.poller.lane import Lane
from infra.poller.pace import Pace
from infra.poller.turn import Turn
from tests.unit.infra.poller.faulty import LIMITS, Consumer, Faults, Processor, Stream, Watched
from tests.unit.infra.poller.test_deferred import Clock

HISTORIES = 150


class Done(NamedTuple):
    done: Collection[Future[Answer]]


def make_entries(chance: random.Random) -> list[Entry]:
    heavy, without = chance.randrange(8), chance.choice((0, 0, 0.02))
    entries = []
    for number in range(1, chance.randrange(20, 150)):
        stripe = chance.choice((heavy, chance.randrange(8)))
        words = [chance.choice(("refused", "deadly")) if chance.random() < 0.01 else "good" for _ in range(2)]
        data = json.dumps([f"{word} {number} {at}" for at, word in enumerate(words)]).encode()
        count = chance.choice((0, 2, 2, 50, 600, 1_000))
        entries.append(Entry(data, count, f"0:{number}-0", None if chance.random() < without else stripe))
    return entries


class History:
    """One or two lanes, what they are given, and when their processor answers."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.clock = chance, Clock()
        self.entries = make_entries(chance)
        left = chance.choice((0, 0, 12))
        self.stream, self.faults = Stream(self.entries[left:]), Faults(chance)
        self.stream.given = {entry.message_id: ("dead", entry) for entry in self.entries[:left]}
        self.processor = Processor(self.faults)
        self.crew = Watched(self.processor, chance.randrange(1, 5))
        turn = Turn(self.crew, Pace(0.1, self.clock), chance.choice((0, 30)))
        consumers = [Consumer(f"lane {lane}", self.stream, self.faults) for lane in range(chance.randint(1, 2))]
        self.lanes = [Lane(one, turn, LIMITS, lambda _: None, lambda _: None, self.clock) for one in consumers]

    def wait(self, flying: Collection[Future[Answer]], return_when: str = "") -> Done:
        """Some of these are answered, or all; another lane may have its step meanwhile."""
        self.clock.now += self.chance.random() / 10
        assert flying or not return_when, "nobody would ever answer"
        others = [lane for lane in range(len(self.lanes)) if lane not in self.crew.lanes]
        if others and self.chance.random() < 0.3:
            self.step(self.chance.choice(others))
        some = self.chance.sample(list(flying), self.chance.randint(1, len(flying))) if return_when else list(flying)
        for future in some:
            if not future.done():
                self.crew.answer(future)
        return Done(some)

    def step(self, lane: int) -> None:
        """One step. It claims while there is what a poller left: a claim would find what we lost from sight, too."""
        claim = any(owner == "dead" for owner, _ in self.stream.given.values())
        self.crew.lanes.append(lane)
        with suppress(Unavailable, Outage, ValueError):
            self.lanes[lane].step(claim)
        self.crew.lanes.pop()

    def run(self) -> None:
        """First with faults, then without, until nothing is queued."""
        for steps in range(400):
            if steps == 40:
                self.faults.end()
            self.faults.calls = 0
            self.step(self.chance.randrange(len(self.lanes)))
            self.clock.now += self.chance.random()
            if self.faults.is_over and not self.stream.new and not self.stream.given:
                break


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_whatever_fails_each_event_is_stored_or_a_dead_letter(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(random.Random(seed))
    monkeypatch.setattr(delivery, "wait", history.wait)
    history.run()
    everything = {event for entry in history.entries for event in json.loads(entry.data)}
    dead = {event for letter in history.stream.dead.values() for event in json.loads(letter.payload)}
    assert dead == {event for event in everything if not event.startswith("good")}
    assert history.processor.stored == everything - dead
