"""Merges new events into visits, and writes the visits and the changes to the figures."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from common.event import VISIT_ATTRIBUTES
from common.postgres.driver import Connection
from common.postgres.sql import fill, load_query
from common.visits.fragments import texts
from common.visits.fragments.attributes import ATTRIBUTES
from common.visits.fragments.engagement import ENGAGEMENT
from common.visits.fragments.engagement import MEASURES as ENGAGEMENT_MEASURES
from common.visits.rollups import Changes, RollupChange
from common.visits.visit import Engagement, SiteVisitor, Visit, make_visit, merge, read_visit

Rows = Sequence[Sequence[Any]]

READ_VISITS = fill(load_query(__name__, "read_visits"), visits_of_days=texts.VISITS_OF_DAYS)
READ_ALL_VISITS = fill(load_query(__name__, "read_all_visits"), known_visits=texts.KNOWN_VISITS)
WRITE_VISITS = fill(load_query(__name__, "write_visits"), **ATTRIBUTES, **ENGAGEMENT)

MOST_VISITS = 25_000
"""Known visits that new events of one transaction should touch: reading them takes memory and time, whoever waits.

Five for each event of a full batch: visitors who come and go have fewer a day.
"""


MOST_CHANGES = 25_000
"""Rows of figures by day that visits of one transaction should change: up to 19 for each day of a visit, twice."""
MOST_DAYS = 7
"""Local days that new events may make a visit touch. What begins a visit is counted on each of its days: of one that
touches a thousand, each earlier event changed 40,000 rows."""


class TooMuch(Exception):
    """The new events touch more known visits, or figures, than one transaction should: store fewer of them at once."""


class TooLong(Exception):
    """New events would make visits touch more than MOST_DAYS: store these so that they join no visit."""

    def __init__(self, events: Set[tuple[str, str]]) -> None:
        """`events`: the site and the id of each."""
        super().__init__(f"{len(events)} events would make visits too long.")
        self.events = events


def lock_sites(connection: Connection, sites: Set[str], time_zone: str) -> None:
    """Lock the rows of these sites until the transaction ends, in one order; a new site gets `time_zone`."""
    connection.run_prepared(load_query(__name__, "lock_sites"), sites=json.dumps(sorted(sites)), time_zone=time_zone)


def update_visits(
    connection: Connection,
    new_events: Rows | None,
    most: int | None = None,
    most_days: int | None = None,
) -> None:
    """Write the visits of these events. The caller holds the locks on their sites' rows.

    `new_events`: as count_events.sql gives them. `most`: known visits that may be read at once; None: all.
    Raises TooMuch where there are more. `most_days`: local days that these events may make a visit touch; None: any
    number. Raises TooLong where it would touch more, before it writes anything.
    """
    if not new_events:
        return
    fresh: dict[SiteVisitor, list[Visit]] = defaultdict(list)
    for site_id, visitor, *event in new_events:
        fresh[site_id, visitor].append(make_piece(*event))
    days = {(*visitor, visit.day) for visitor, visits in fresh.items() for visit in visits}
    known = read_days(connection, days, most)
    after = {visitor: merge(known.get(visitor, []) + visits) for visitor, visits in fresh.items()}
    if most_days is not None and (events := _find_too_long(new_events, known, after, most_days)):
        raise TooLong(events)
    _read_more(connection, days, known, after, most)
    write(connection, known, after, most)


def move_visits(
    connection: Connection, moves: Mapping[SiteVisitor, SiteVisitor], most: int | None = None
) -> dict[SiteVisitor, list[Visit]]:
    """Give all visits of some visitors to others. The caller holds the locks on their sites' rows.

    `moves`: the old visitor to the new one; no visitor is both. Returns the moved visits by their old visitor.
    `most`: as for update_visits.
    """
    sites, visitors = map(json.dumps, zip(*moves, strict=True))
    [[rows]] = connection.run(READ_ALL_VISITS, sites=sites, visitors=visitors, most_visits=most)
    moved = _group(rows)
    days = {
        (*moves[visitor], part.day) for visitor, visits in moved.items() for visit in visits for part in visit.parts
    }
    known = read_days(connection, days, most)
    after: dict[SiteVisitor, list[Visit]] = defaultdict(list)
    for visitor, visits in moved.items():
        after[moves[visitor]] += visits
    after = {visitor: merge(known.get(visitor, []) + visits) for visitor, visits in after.items()}
    _read_more(connection, days, known, after, most)
    write(connection, known | moved, after | {key: [] for key in moved}, most)
    return moved


def _find_too_long(
    new_events: Rows,
    known: Mapping[SiteVisitor, Sequence[Visit]],
    after: Mapping[SiteVisitor, Sequence[Visit]],
    most_days: int,
) -> set[tuple[str, str]]:
    """The sites and ids of the new events in visits that they make longer than that."""
    long = {
        visitor: spans
        for visitor, visits in after.items()
        if (
            spans := [
                (visit.start, visit.end)
                for visit in _subtract(visits, known.get(visitor, []))
                if len(visit.parts) > most_days
            ]
        )
    }
    return {
        (site_id, event_id)
        for site_id, visitor, at, event_id, *_ in (new_events if long else ())
        if any(start <= at <= end for start, end in long.get((site_id, visitor), ()))
    }


def make_piece(*event: Any) -> Visit:
    """The visit of a row of new_events."""
    at, event_id, day, page, attributes, is_interactive, engaged_ms, is_first_report, scrolled = event
    if engaged_ms is None:
        return make_visit(at, event_id, day, page, attributes, is_interactive)
    engagement = Engagement(1, engaged_ms, int(is_first_report), scrolled or 0)
    return make_visit(at, event_id, day, page, attributes, is_interactive, engagement)


def _group(rows: Rows | None) -> dict[SiteVisitor, list[Visit]]:
    if rows == "too many":  # as known_visits.sql says
        raise TooMuch
    visits: dict[SiteVisitor, list[Visit]] = {}
    for site_id, visitor, *fields in rows or ():
        visits.setdefault((site_id, visitor), []).append(read_visit(fields))
    return visits


def _read_more(
    connection: Connection,
    read: Set[tuple[str, str, str]],
    known: dict[SiteVisitor, list[Visit]],
    after: dict[SiteVisitor, list[Visit]],
    most: int | None,
) -> None:
    """Add visits on further days that changed visits touch: days that were not in `read`."""
    days = {
        (*visitor, part.day)
        for visitor, visits in after.items()
        if any(len(visit.parts) > 1 for visit in visits)
        for visit in _subtract(visits, known.get(visitor, []))
        for part in visit.parts
    } - read
    for visitor, visits in read_days(connection, days, most).items():
        there = {visit.start for visit in known.get(visitor, [])}
        more = [visit for visit in visits if visit.start not in there]
        known[visitor] = known.get(visitor, []) + more
        after[visitor] += more  # too far from the new events to be joined


def read_days(
    connection: Connection, days: Set[tuple[str, str, str]], most: int | None = None
) -> dict[SiteVisitor, list[Visit]]:
    """The visits of these visitors on these local days (site, visitor, day), and maybe a few more."""
    if not days:
        return {}
    sites, visitors, dates = map(json.dumps, zip(*sorted(days), strict=True))
    # Has visits read in the order of their primary key. With little statistics, as always of the day that is being
    # written, the planner would choose visits_start, read all visits of the site in the time, and sort them.
    connection.run("set local enable_sort = off; set local enable_incremental_sort = off")
    [[rows]] = connection.run_prepared(READ_VISITS, sites=sites, visitors=visitors, days=dates, most_visits=most)
    return _group(rows)


def write(
    connection: Connection,
    before: dict[SiteVisitor, list[Visit]],
    after: dict[SiteVisitor, list[Visit]],
    most: int | None = None,
) -> None:
    """Write these visitors' visits in place of those before, and the changes to the figures; see Changes.add_visitor.

    A visit that does not change is the same object in both. `most`: see update_visits.
    """
    changes = Changes()
    written: list[tuple[Any, ...]] = []
    replaced: list[tuple[str, str, int]] = []
    for visitor, visits in after.items():
        known = before.get(visitor, [])
        changes.add_visitor(visitor[0], known, visits)
        changed = _subtract(visits, known)
        written += [_as_row(visitor, visit) for visit in changed]
        starts = {visit.start for visit in visits}
        replaced += [(*visitor, visit.start) for visit in known if visit.start not in starts]
    rollups = list(changes.rollups())
    if most is not None and len(rollups) > MOST_CHANGES:
        raise TooMuch
    if replaced:
        connection.run_prepared(
            load_query(__name__, "replace_visits"), **columns(("sites", "visitors", "starts"), replaced)
        )
    connection.run_prepared(
        WRITE_VISITS,
        **columns(_VISIT_COLUMNS, written),
        **columns(_QUARTER_COLUMNS, changes.quarters()),
        **columns(_CHANGE_COLUMNS, rollups),
    )
    _delete_empty(connection, [change for change in rollups if change.events < 0 or change.reports < 0])


def _delete_empty(connection: Connection, reduced: Sequence[RollupChange]) -> None:
    if reduced:
        rows = [change[:4] for change in reduced]
        emptied = columns(("sites", "dimensions", "days", "values"), rows)
        connection.run_prepared(load_query(__name__, "delete_empty"), **emptied)


def _subtract(visits: Iterable[Visit], others: Iterable[Visit]) -> list[Visit]:
    """The visits that are not among the others, by identity: merging keeps the objects that it does not change."""
    kept = {id(visit) for visit in others}
    return [visit for visit in visits if id(visit) not in kept]


_VISIT_COLUMNS = (
    "site_id", "visitor", "start", "end", "start_id", "page_views", "events", "interactions",
    *ENGAGEMENT_MEASURES, "entry", "entry_at", "exit", "exit_at", "parts", *VISIT_ATTRIBUTES,
)  # fmt: skip
_QUARTER_COLUMNS = ("quarter_sites", "quarters", "quarter_visits", "quarter_bounces", "quarter_durations")
_CHANGE_COLUMNS = (
    "change_sites", "change_dimensions", "change_days", "change_values", "change_page_views", "change_events",
    "change_visits", "change_bounces", "change_durations", "change_visitor_days",
    *(f"change_{name}" for name in ENGAGEMENT_MEASURES),
)  # fmt: skip


def _as_row(visitor: SiteVisitor, visit: Visit) -> tuple[Any, ...]:
    interactions = visit.interactions if visit.interactions != visit.events else None
    engagement = visit.engagement if visit.engagement.reports else (None,) * len(visit.engagement)
    parts = [part.as_row() for part in visit.parts] if len(visit.parts) > 1 else None
    return (
        *visitor, visit.start, visit.end, visit.start_id, visit.page_views, visit.events, interactions, *engagement,
        visit.entry, visit.entry_at, visit.exit, visit.exit_at, parts, *visit.attributes,
    )  # fmt: skip


def columns(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, str]:
    """One JSON array per column. Arrays are smaller than objects and faster to read.

    An array without a value is empty: `rows from` fills it up with nulls.
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return {
        name: "[]" if column.count(None) == len(column) else _encode(column)
        for name, column in zip(names, columns, strict=True)
    }


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
"""json.dumps with these options makes an encoder each time."""
