"""Moves slots from one group to another while events flow: those of a slot wait in the queue meanwhile.

Each step is noted at home before the next, and may be done twice. So a move that was interrupted goes on when anybody
runs it again. See docs/decisions/groups.md.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from common.errors import AnalyticsError, Unavailable
from common.groups.databases import MAP_SECONDS, Databases
from common.groups.slots import HOME
from common.groups.tables import OF_A_SITE
from common.postgres.database import LOCK_TIMEOUT, Database, find_sqlstate
from common.postgres.sql import fill, load_query
from infra.groups.copying import copy_slot, list_sites
from infra.groups.ids import separate_ids
from infra.groups.states import MOVING_LOCK, State, read_states

OLD_MAPS_SECONDS = 2 * MAP_SECONDS
"""Longer than any map is trusted."""
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class Moved:
    """A slot that was moved."""

    slot: int
    source: str
    target: str
    rows: int
    pause_seconds: float
    """How long its events waited."""


class Mover:
    """Moves slots, one at a time. Every method raises Unavailable; what was done stays done."""

    def __init__(
        self,
        databases: Databases,
        tell: Callable[[Moved], object] = lambda _: None,
        sleep: Callable[[float], object] = time.sleep,
        step: Callable[[str], object] = lambda _: None,
    ) -> None:
        """`databases`: with time-outs for whole tables. `step`: is told of each before it is taken."""
        self._databases = databases
        self._home = databases.home
        self._tell = tell
        self._sleep = sleep
        self._step = step

    def move(self, slots: Sequence[int], target: str) -> None:
        """Finish what was interrupted, and move the slots that are not there. Raises AnalyticsError beside another."""
        self._databases.get(target)
        with self._alone():
            begun = read_states(self._home)
            self._finish(begun.values())
            states = read_states(self._home)
            wanted = [states[slot] for slot in slots if states[slot].group != target]
            if wanted:
                self._join(target)
            for state in wanted:
                self._home.run(load_query(__name__, "begin_move"), slot=state.slot, source=state.group, target=target)
                self._go_on(State(state.slot, state.group, target))
            self._clear(read_states(self._home).values())

    def _finish(self, states: Iterable[State]) -> None:
        """Go on with what was begun."""
        states = list(states)
        self._clear(states)
        for state in states:
            if state.moving_to is not None:
                self._join(state.moving_to)
                self._go_on(state)
        self._clear(read_states(self._home).values())

    def _go_on(self, state: State) -> None:
        """Move one slot, of which it is noted where to."""
        assert state.moving_to is not None  # noqa: S101 - so it is noted
        source, target = self._databases.get(state.group), self._databases.get(state.moving_to)
        self._step("fence")
        began = self._fence(source, [state.slot])
        self._step("copy")
        oldest = dict(self._home.run(load_query(__name__, "read_oldest")))
        rows = copy_slot(source, target, state.slot, oldest or None)
        self._step("hand over")
        self._home.run(load_query(__name__, "point_map"), slot=state.slot)
        self._step("open")
        _open(target, state.slot)
        self._tell(Moved(state.slot, state.group, state.moving_to, rows, time.monotonic() - began))

    def _clear(self, states: Iterable[State]) -> None:
        """Delete what is left of slots that were moved, once nobody reads it any more."""
        left = [state for state in states if state.leaving is not None]
        for state in left:
            _open(self._databases.get(state.group), state.slot)
        if left:
            self._sleep(OLD_MAPS_SECONDS)
        for state in left:
            self._step("clear")
            _delete(self._databases.get(state.leaving or HOME), state.slot)
            self._home.run(load_query(__name__, "end_move"), slot=state.slot)

    def _join(self, target: str) -> None:
        """See that the group writes no slot but its own, and gives ids that no other gives."""
        if target == HOME:
            return
        absent = [slot for slot, state in read_states(self._home).items() if state.group != target]
        database = self._databases.get(target)
        separate_ids(self._databases, target)
        self._fence(database, absent)

    def _fence(self, database: Database, slots: Sequence[int]) -> float:
        """Have no one write these slots there, and wait for who does now. Returns when it began, by monotonic()."""
        began = time.monotonic()
        while True:
            try:
                with database.transaction() as connection:
                    # whoever comes meanwhile waits behind this lock: not for long at a time
                    connection.run("set local lock_timeout = '1s'; select pg_advisory_xact_lock(7201007)")
                    connection.run(load_query(__name__, "fence"), slots=json.dumps(list(slots)))
                return began
            except Unavailable as error:
                if find_sqlstate(error.__cause__) != LOCK_TIMEOUT:
                    raise
                self._sleep(_PAUSE_SECONDS)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._home.session() as connection:
            if connection.run(f"select pg_try_advisory_lock({MOVING_LOCK})") != [[True]]:
                raise AnalyticsError("slots are being moved already: wait until that is done")
            try:
                yield
            finally:
                connection.run(f"select pg_advisory_unlock({MOVING_LOCK})")


def _open(database: Database, slot: int) -> None:
    """Let the slot be written there."""
    database.run("delete from absent_slots where slot = cast(:slot as smallint)", slot=slot)


def _delete(database: Database, slot: int) -> None:
    """Delete a slot's rows, each table's in a transaction."""
    with database.transaction() as connection:
        sites = list_sites(connection, slot)
    for table in OF_A_SITE if sites else ():
        database.run(fill(load_query(__name__, "delete_rows"), table=table), sites=json.dumps(sites))
