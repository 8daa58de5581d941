"""Deletes a site with all its data from the database, in short steps; and keeps its events out meanwhile."""

from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from common import wire
from common.days.locks import lock_site
from common.groups.slots import find_slot
from common.groups.tables import OF_A_SITE, OF_A_SITE_AT_HOME
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import fill, load_query
from common.wire import Entry
from functions.process.erasing.erasing import Erasing

STEP_ROWS = 5_000
LAST = ("sites", "site_settings", "site_aliases", "site_removals")
"""What goes in the last step."""
KEYS = {table: key for table, key in OF_A_SITE.items() if table not in LAST} | OF_A_SITE_AT_HOME
"""Every other table that holds data of a site, with its key; a test compares them with the schema."""
_STATEMENTS = [fill(load_query(__name__, "delete_some"), table=table, key=key) for table, key in KEYS.items()]


@dataclass(frozen=True)
class Held:
    """What a transaction must not write."""

    removed: set[str]
    """The sites that are being deleted."""
    absent: frozenset[int] = frozenset()
    """The slots that are not in this database, or are being moved away."""
    erasing: Erasing = field(default_factory=Erasing)
    """What is being erased, or was lately: an erasure waits for the batches that did not see it."""

    def __contains__(self, site_id: str) -> bool:
        return site_id in self.removed or (bool(self.absent) and find_slot(site_id) in self.absent)


def hold_off(connection: Connection) -> Held:
    """What no event may be stored of in this transaction. No site is deleted to the end, and no slot goes, in it.

    A batch that did not see a site here is over before that site's last step, and before its slot is copied.
    """
    found: defaultdict[str, list[tuple[str, Any]]] = defaultdict(list)
    for kind, text, criteria in connection.run(load_query(__name__, "hold_off")) or []:
        found[kind].append((text, criteria))
    return Held(
        {site_id for site_id, _ in found["removed"]},
        frozenset(int(slot) for slots, _ in found["absent"] for slot in slots.split(",")),
        Erasing.read(found["erasing"]),
    )


def leave_out(entries: Sequence[Entry], removed: Set[str]) -> list[Entry]:
    """The entries without the events of these sites."""
    return [part for entry in entries for part in wire.pick(entry, lambda event: wire.find_site(event) not in removed)]


def remove_some(database: Database, site_id: str, rows: int = STEP_ROWS) -> int:
    """One step: delete so many rows at most, each table's in a transaction. Returns how many; 0: none is left."""
    deleted = 0
    for statement in _STATEMENTS:
        [[count]] = database.run(statement, site_id=site_id, most=rows)
        deleted += int(count)
        if deleted >= rows:
            break
    return deleted


def finish(database: Database, site_id: str) -> bool:
    """The last step, once nothing of the site is queued: False if rows were left after all, which are deleted first.

    Raises Unavailable if batches that are being stored, or whoever else writes the site, take too long: try again.
    """
    with database.transaction() as connection:
        # batches that come meanwhile wait behind this lock
        connection.run("set local lock_timeout = '1s'; select pg_advisory_xact_lock(7201007)")
        # a repair, or a day that closes, may be writing rows that nobody else can see yet
        lock_site(connection, site_id)
        for statement in _STATEMENTS:
            [[count]] = connection.run(statement, site_id=site_id, most=1)
            if count:
                return False
        connection.run(load_query(__name__, "forget_site"), site_id=site_id)
    return True
