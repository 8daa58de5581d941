"""Where slots are, and what is going on with them, as the home group has it."""

from dataclasses import dataclass
from datetime import datetime

from common.groups.slots import HOME, SLOTS
from common.postgres.database import Database
from common.postgres.sql import load_query

MOVING_LOCK = 7_201_008
"""Held at home by whoever moves slots."""


@dataclass(frozen=True)
class State:
    """One slot's."""

    slot: int
    group: str
    moving_to: str | None = None
    """Its rows are being copied there, and its events wait."""
    leaving: str | None = None
    """It was moved, and rows are left there that are to be deleted."""
    since: datetime | None = None
    """When its move began, until nothing is left behind; None also for a move that began before migration 0026."""


def read_states(home: Database) -> dict[int, State]:
    """All slots. Raises Unavailable."""
    known = {row[0]: State(*row) for row in home.run(load_query(__name__, "read_states"))}
    return {slot: known.get(slot, State(slot, HOME)) for slot in range(SLOTS)}


def is_anybody_moving(home: Database) -> bool:
    """Whether a move runs now. If none does, an unfinished one was interrupted. Raises Unavailable."""
    return home.run(load_query(__name__, "find_mover"), lock=MOVING_LOCK) == [[True]]
