"""Slots that are moved between two groups under load, while the mover, a PostgreSQL or a worker dies."""

import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

from common.errors import Unavailable
from common.groups.databases import Databases
from common.groups.slots import HOME, find_slot
from infra.groups.slot_ranges import write_slots
from infra.groups.states import State, read_states
from tests.chaos.plan import OVER_GROUPS
from tests.chaos.processes import Process, wait_until
from tests.chaos.system import SECOND, System

MOVED_WITHIN_SECONDS = 300
SHARE = 0.4
"""Of the slots that a group has and that have sites: so many are moved away at once."""


@contextmanager
def moving(system: System, kills: int = 0) -> Iterator[None]:
    """Slots go to the group that has fewer of them; the block begins when the first is on its way.

    The mover is killed so often in the middle of a slot. Whatever ends it, it is started again until all is done.
    """
    with closing(Mover(system)) as mover, ThreadPoolExecutor(1) as pool:
        done = pool.submit(mover.move, kills)
        wait_until(lambda: done.done() or mover.is_moving(), MOVED_WITHIN_SECONDS, "a slot on its way")
        yield
        done.result()


class Mover:
    """`analytics groups move`, as an operator runs it, again and again if need be."""

    def __init__(self, system: System) -> None:
        self._databases = Databases.of(system.settings)
        self._random = random.Random(f"{system.seed} {system.moves}")
        system.moves += 1
        slots, target = self._choose()
        argv = [sys.executable, "-m", "infra.cli", "groups", "move", write_slots(slots), target]
        self._process = Process("mover", argv, system.operator_env, lambda: True, system.folder)

    def close(self) -> None:
        """End it, and what looked at it."""
        self._process.kill()
        self._databases.close()

    def move(self, kills: int) -> None:
        """Until it says that all is done. AssertionError if it does not within minutes."""
        while kills:
            self._process.start()
            wait_until(lambda: self.is_moving() or self._has_ended(), MOVED_WITHIN_SECONDS, "a slot on its way")
            if not self._has_ended():
                time.sleep(self._random.uniform(0, 0.2))
                kills -= 1
            assert self._process.code != 0, "all was moved before the mover was killed"
            self._process.kill()
        wait_until(self._ends_well, MOVED_WITHIN_SECONDS, f"all slots moved: {self._process.last_lines()}")

    def is_moving(self) -> bool:
        """Whether a slot is neither here nor there."""
        return any(state.moving_to for state in self._read())

    def _ends_well(self) -> bool:
        self._process.start()
        wait_until(self._has_ended, MOVED_WITHIN_SECONDS, "an end of the mover")
        return self._process.code == 0

    def _has_ended(self) -> bool:
        return self._process.code is not None

    def _choose(self) -> tuple[list[int], str]:
        groups = {state.slot: state.group for state in self._read()}
        with_sites = {find_slot(f"site-{number}") for number in range(OVER_GROUPS.sites)}
        at_home = [slot for slot in with_sites if groups[slot] == HOME]
        source, target = (HOME, SECOND) if len(at_home) * 2 >= len(with_sites) else (SECOND, HOME)
        there = sorted(slot for slot in with_sites if groups[slot] == source)
        return self._random.sample(there, round(len(with_sites) * SHARE)), target

    def _read(self) -> list[State]:
        try:
            return list(read_states(self._databases.home).values())
        except Unavailable:  # home is what died
            return []
