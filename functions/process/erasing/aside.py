"""Erases what was set aside: filtered events, and rejected ones."""

import json

from common.erasure.criteria import Criteria
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from functions.process.erasing.erasing import Erasing
from functions.process.erasing.events import END, Step

STEP_READ = 5_000
PAGE = 500


def erase_filtered(
    connection: Connection, site_id: str, criteria: Criteria, since: str, *, is_guarded: bool = True
) -> Step:
    """Delete those of the next filtered events of a site that are to go; see events.erase_some."""
    span = {"site_id": site_id, "since": since}
    [[until]] = connection.run(load_query(__name__, "find_filtered_until"), **span, most=STEP_READ) or []
    [[events, count]] = connection.run(
        load_query(__name__, "take_filtered"), **span, until=until or END, start=criteria.start, after=criteria.after,
        user_id=criteria.user_id, path=criteria.path, event_id=criteria.event_id,
    ) or []  # fmt: skip
    if count and is_guarded:
        connection.run(load_query(__name__, "guard_events"), site_id=site_id, events=events)
    return Step(count, until)


def erase_rejected(database: Database, site_id: str, criteria: Criteria) -> int:
    """Forget what rejected events of a site said, of those that are to go; returns how many they were."""
    erasing = Erasing({site_id: [criteria]})
    erased, after = 0, ""
    while page := database.run(load_query(__name__, "list_rejected"), site_id=site_id, after=after, most=PAGE):
        after = page[-1][0]
        sources = [
            source
            for source, *payloads in page
            if any(erasing.match_text(site_id, payload) for payload in payloads if payload)
        ]
        if sources:
            database.run(load_query(__name__, "blank_rejected"), site_id=site_id, sources=json.dumps(sources))
        erased += len(sources)
    return erased
