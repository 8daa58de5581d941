"""The log of changes of all groups, in one order, a page at a time."""

import heapq
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from common.access.audit import Change, list_changes
from common.errors import Unavailable
from common.groups.databases import Databases
from common.groups.slots import HOME

MOST_ID = 10**15


@dataclass(frozen=True)
class Page:
    """Changes, the newest first."""

    changes: list[Change]
    next: str | None
    """Where the page after this one begins; None: there is none."""
    failed: dict[str, Unavailable] = field(default_factory=dict)
    """The groups that did not answer: their changes are missing here, and follow once they do."""


def read_position(text: str, databases: Databases) -> dict[str, int]:
    """What Page.next says: before which id to go on, by group. Raises ValueError, which says what would be right."""
    alone = len(databases.groups) == 1
    position: dict[str, int] = {}
    for part in text.split(","):
        match = re.fullmatch(r"(?:([a-z][a-z0-9_-]*):)?([0-9]{1,16})", part)
        if match is None or not 1 <= int(match[2]) <= MOST_ID or not (match[1] or alone):
            form = f"A whole number from 1 to {MOST_ID:,}." if alone else "What `meta.next` of the page before says."
            raise ValueError(form)
        position[match[1] or HOME] = int(match[2])
    return position


def read_page(databases: Databases, most: int, position: Mapping[str, int]) -> Page:
    """The latest changes from a position on. Raises Unavailable if no group answers.

    Within a group they are in the order of their ids; between groups that of their times decides.
    """
    found: dict[str, list[Change]] = {}
    failed: dict[str, Unavailable] = {}
    for group, database in databases.groups.items():
        try:
            found[group] = list_changes(database, most, position.get(group))
        except Unavailable as error:
            failed[group] = error
    if not found:
        raise failed[HOME]
    if len(databases.groups) == 1:
        [changes] = found.values()
        return Page(changes, str(changes[-1].id) if len(changes) == most else None)
    named = [[replace(change, group=group) for change in changes] for group, changes in found.items()]
    merged = list(heapq.merge(*named, key=lambda change: change.at, reverse=True))
    has_more = len(merged) > most or any(len(changes) == most for changes in found.values()) or bool(failed)
    reached = _go_on(dict(position), found, merged[:most])
    return Page(merged[:most], _write(reached) if has_more else None, failed)


def _go_on(position: dict[str, int], found: Mapping[str, list[Change]], shown: list[Change]) -> dict[str, int]:
    """The position behind what is shown. What is written meanwhile is newer, and on no later page."""
    for group, changes in found.items():
        own = [change.id for change in shown if change.group == group]
        if own:
            position[group] = own[-1]
        elif group not in position:
            position[group] = changes[0].id + 1 if changes else 1
    return position


def _write(position: Mapping[str, int]) -> str:
    return ",".join(f"{group}:{id_}" for group, id_ in position.items())
