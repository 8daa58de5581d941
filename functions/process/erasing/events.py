"""Deletes stored events, and takes them out of every figure: what is left is as if they had never come."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from common.days.locks import lock_sets
from common.erasure.criteria import Criteria
from common.erasure.ids import find_ids
from common.event import VISIT_ATTRIBUTES
from common.postgres.driver import Connection
from common.postgres.sql import fill, load_query
from common.visits.fragments.attributes import ATTRIBUTES
from common.visits.fragments.engagement import ENGAGEMENT
from common.visits.fragments.texts import EVENT_VALUES
from common.wire import Entry
from functions.process.erasing.guard import guard
from functions.process.erasing.visits import recount_visits

UNCOUNT = fill(load_query(__name__, "uncount_events"), event_values=EVENT_VALUES, **ATTRIBUTES, **ENGAGEMENT)
TAKE_GROUP = fill(
    load_query(__name__, "take_group"),
    attribute_members=", ".join(f"'{name}', {name}" for name in VISIT_ATTRIBUTES),
)

STEP_EVENTS = 500
"""Events that a step deletes: some tenths of a second, in which the site is locked."""
STEP_READ = 20_000
"""Events that a step looks at."""
StoreAgain = Callable[[Connection, Entry], None]
"""Stores events that were stored before (see insertion.insert_again)."""
BEGIN, END = "-infinity", "infinity"


@dataclass(frozen=True)
class Step:
    """What a step did. `reached`: from when on events are still to be looked at; None: all were."""

    erased: int
    reached: str | None


def erase_some(
    connection: Connection,
    site_id: str,
    criteria: Criteria,
    since: str,
    store_again: StoreAgain,
    *,
    is_guarded: bool = True,
    most: int = STEP_EVENTS,
    most_read: int = STEP_READ,
) -> Step:
    """Delete the next events of a site that are to go. The caller holds the lock on the site's row.

    `since`: from when on they are looked at. `is_guarded`: remember them, so that they do not come back. Raises
    DaysClosed where a day has to be opened first.
    """
    lock_sets(connection)
    after = criteria.after.isoformat() if criteria.after else END
    if since == BEGIN and criteria.start:
        since = criteria.start.isoformat()
    span = {"site_id": site_id, "since": since, "after": after}
    [[until]] = connection.run(load_query(__name__, "find_until"), **span, most=most_read) or []
    [[events, count, last, own]] = connection.run(
        load_query(__name__, "take_events"), **span, until=until or END, most=most,
        user_id=criteria.user_id, path=criteria.path, event_id=criteria.event_id,
    ) or []  # fmt: skip
    if count:
        _uncount(connection, site_id, events, own, store_again)
        if is_guarded:
            guard(connection, site_id, find_ids([events]))
    return Step(count, last if count == most else until)


def _uncount(connection: Connection, site_id: str, events: str, own: list[str], store_again: StoreAgain) -> None:
    """Take deleted events out of the figures. `own`: derived ids of theirs.

    Who is one visitor under several derived ids follows from all their events: those that remain are stored anew.
    """
    remaining, count = "[]", 0
    if own:
        [[others, remaining, count]] = connection.run(TAKE_GROUP, site_id=site_id, own=json.dumps(own)) or []
        if count:
            events = f"{events[:-1]},{others[1:]}"
    _take_out(connection, site_id, events)
    if count:
        store_again(connection, Entry(remaining.encode(), count))


def _take_out(connection: Connection, site_id: str, events: str) -> None:
    [[touched, emptied]] = connection.run(UNCOUNT, site_id=site_id, events=events) or []
    recount_visits(connection, site_id, touched or ())
    rows: dict[str, Any] = {"site_id": site_id, "events": events, "rows": emptied or "[]"}
    connection.run(load_query(__name__, "forget_empty"), **rows)
