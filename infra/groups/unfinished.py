"""Moves of slots that have not ended, for `analytics status`."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from common.postgres.database import Database
from infra.groups.slot_ranges import write_slots
from infra.groups.states import is_anybody_moving, read_states


@dataclass(frozen=True)
class Unfinished:
    """One slot's."""

    slot: int
    source: str
    target: str
    since: datetime | None
    is_copied: bool
    """It is in its new group, and rows are left in the old one."""
    is_running: bool
    """Somebody moves slots now. Otherwise the slot waits until `analytics groups move` is run again."""

    def as_dict(self) -> dict[str, object]:
        """For scripts."""
        return {
            "slot": self.slot,
            "from": self.source,
            "to": self.target,
            "since": self.since.isoformat() if self.since else None,
            "copied": self.is_copied,
            "running": self.is_running,
        }


def read_unfinished(home: Database) -> list[Unfinished]:
    """By slot. None where the database is not home's. Raises Unavailable."""
    running = is_anybody_moving(home)
    return [
        Unfinished(
            state.slot, state.leaving or state.group, state.moving_to or state.group, state.since, copied, running
        )
        for state in read_states(home).values()
        if (copied := state.leaving is not None) or state.moving_to is not None
    ]


def describe(moves: Iterable[Unfinished]) -> list[str]:
    """A sentence for all slots of the same kind, with the time of the first."""
    alike: defaultdict[tuple[object, ...], list[Unfinished]] = defaultdict(list)
    for move in moves:
        alike[move.is_copied, move.is_running, move.source, move.target].append(move)
    return [_describe(moves) for _, moves in sorted(alike.items(), key=repr)]


def _describe(moves: list[Unfinished]) -> str:
    one, several = moves[0], len(moves) > 1
    since = min((move.since for move in moves if move.since), default=None)
    text = f"slot{'s' * several} {write_slots(move.slot for move in moves)} from {one.source} to {one.target}"
    if since:
        text += f" since {since.isoformat(timespec='seconds')}"
    their = "their" if several else "its"
    text += f"; rows are left in {one.source}" if one.is_copied else f"; {their} events wait"
    if one.is_running:
        return text
    return (
        text + (", and events may wait" if one.is_copied else "") + ". Interrupted: run `analytics groups move` again"
    )
