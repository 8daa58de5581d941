"""Erases what was set aside: filtered events, and rejected ones."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from common.erasure.criteria import Criteria
from common.erasure.ids import find_ids
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from functions.process.erasing.erasing import NO_SITE, Erasing
from functions.process.erasing.events import END, Step
from functions.process.erasing.guard import guard

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
        guard(connection, site_id, find_ids([events]))
    return Step(count, until)


def erase_rejected(database: Database, site_id: str, criteria: Criteria, erasure: int) -> None:
    """Forget what rejected events of a site said, of those that are to go. Their ids are remembered: see guard."""
    for gone in _list_gone(database, site_id, Erasing({site_id: [criteria]})):
        ids = find_ids(text for texts in gone.values() for text in texts)
        with database.transaction() as connection:
            _blank(connection, site_id, gone, erasure)
            guard(connection, site_id, ids)


def erase_unnamed(database: Database, criteria: Criteria) -> None:
    """The same for rejected events that name no site: they are in one group, whatever the erasure's is."""
    for gone in _list_gone(database, NO_SITE, Erasing({NO_SITE: [criteria]})):
        with database.transaction() as connection:
            _blank(connection, NO_SITE, gone)


def _list_gone(database: Database, site_id: str, erasing: Erasing) -> Iterator[dict[str, list[str]]]:
    """The places of those that are to go, with what they say, page by page."""
    after = ""
    while page := database.run(load_query(__name__, "list_rejected"), site_id=site_id, after=after, most=PAGE):
        after = page[-1][0]
        gone = {source: texts for source, *texts in page if any(erasing.match_text(site_id, one) for one in texts)}
        if gone:
            yield gone


def _blank(connection: Connection, site_id: str, sources: Iterable[str], erasure: int | None = None) -> None:
    place: dict[str, Any] = {"site_id": site_id, "sources": json.dumps(list(sources)), "erasure": erasure}
    connection.run(load_query(__name__, "blank_rejected"), **place)
