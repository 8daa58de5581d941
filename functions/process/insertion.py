"""Inserts the events of entries, with all figures that follow from them, and finds those that PostgreSQL refuses."""

import json
import logging
import time
from collections.abc import Sequence, Set

from common import wire
from common.days.opening import DaysClosed
from common.errors import StoreRejected, Unavailable
from common.log import fields
from common.postgres.database import translate
from common.postgres.driver import Connection, DatabaseError
from common.postgres.sql import fill, load_query
from common.visits.fragments import texts
from common.visits.fragments.attributes import ATTRIBUTES
from common.visits.writer import MOST_DAYS, TooLong, update_visits
from common.wire import Entry
from functions.process.anonymity import ALONE, set_apart
from functions.process.partitions import MissingPartition
from functions.process.rejection import Rejection
from functions.process.visitor_joins import join_visitors

log = logging.getLogger(__name__)

INSERT_EVENTS = fill(load_query(__name__, "insert_events"), count_events=texts.COUNT_EVENTS, **ATTRIBUTES)


def insert_or_split(
    connection: Connection,
    entries: Sequence[Entry],
    counted: Set[str],
    most_visits: int | None,
    most_days: int | None = MOST_DAYS,
) -> tuple[int, list[Rejection]]:
    """Insert the events of these entries. If PostgreSQL refuses some, halve the batch until they stand alone.

    `counted`: the ids of the entries, or of the parts, whose outcomes count. `most_visits`, `most_days`: see
    update_visits. Events that would make a visit too long are stored, and join none.
    Returns how many events were new, and those that were refused. Raises DaysClosed, TooMuch and MissingPartition.
    """
    # The planner takes a batch for a hundred events, and would sort thousands to join them.
    connection.run("savepoint batch; set local enable_sort = off")
    try:
        [[stored, new_events, crossings, links, closed]] = connection.run_prepared(
            INSERT_EVENTS, events=_join(entries), minutes=_list_minutes(entries, counted)
        )
        if closed:
            raise DaysClosed(closed)
        update_visits(connection, new_events, most_visits, most_days)
        join_visitors(connection, crossings, links, most_visits)
        return int(stored), []
    except TooLong as long:
        connection.run("rollback to savepoint batch")
        log.warning("visits too long: events are stored and join none", extra=fields(events=len(long.events)))
        apart = [set_apart(entry, long.events) for entry in entries]
        return insert_or_split(connection, apart, counted, most_visits, most_days=None)
    except DatabaseError as error:
        translated = translate(error)
        if not isinstance(translated, StoreRejected):
            raise
        if translated.sqlstate == MissingPartition.SQLSTATE and "no partition" in str(error):
            raise MissingPartition from error
    connection.run("rollback to savepoint batch")
    parts = entries if len(entries) > 1 else wire.split(entries[0])
    if len(parts) == 1:
        return 0, [_refuse(parts[0], translated.sqlstate)]
    middle = len(parts) // 2
    results = [insert_or_split(connection, half, counted, most_visits) for half in (parts[:middle], parts[middle:])]
    return sum(stored for stored, _ in results), [one for _, refused in results for one in refused]


def insert_again(connection: Connection, entry: Entry) -> None:
    """Insert events that were stored before and whose outcomes count already. Raises DaysClosed, or Unavailable."""
    _, refused = insert_or_split(connection, [entry], frozenset(), None)
    if refused:
        raise Unavailable("PostgreSQL refuses events that were stored.")


def _list_minutes(entries: Sequence[Entry], counted: Set[str]) -> str:
    """The minute in which each event was accepted, null where its outcome counts already; an array literal."""
    minutes = ",".join(
        ",".join([str(find_minute(entry.message_id)) if counts(entry, counted) else "null"] * entry.count)
        for entry in entries
        if entry.count
    )
    return f"{{{minutes}}}"


def counts(entry: Entry, counted: Set[str]) -> bool:
    """Whether the outcomes of an entry, or a part of one, are to be counted; `counted`: as claim() gives it."""
    return entry.message_id in counted or wire.name_entry(entry.message_id) in counted


def find_minute(message_id: str) -> int:
    """The minute in which an entry was accepted; the current one if its id does not say."""
    minute = wire.read_minute(message_id)
    return int(time.time() // 60) if minute is None else minute


def _join(entries: Sequence[Entry]) -> str:
    arrays = (entry.data.decode().strip()[1:-1] for entry in entries)
    return "[" + ",".join(array for array in arrays if array.strip()) + "]"


def _refuse(entry: Entry, sqlstate: str) -> Rejection:
    [item] = json.loads(entry.data)
    item.pop(ALONE, None)
    detail = f"PostgreSQL refuses it (SQLSTATE {sqlstate})"
    return Rejection.of(entry.message_id, item, json.dumps(item), "store_refused", detail)
