"""Joins visitors without a user_id across midnight: two ids become one, in whatever order their events arrive."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from common.days.opening import DaysClosed
from common.postgres.driver import Connection
from common.postgres.sql import fill, load_query
from common.visits.fragments import texts
from common.visits.visit import SiteVisitor
from common.visits.writer import Rows, columns, move_visits
from functions.process.visitor_links import Link, Member, find, join

MOVE_EVENTS = fill(load_query(__name__, "move_events"), event_values=texts.EVENT_VALUES)

Span = tuple[int, int]
"""From when to when, in microseconds since 1970."""

_NEAR = 1_000_000
"""Spans closer than this (in microseconds) are read together: a few needless rows cost less than a statement."""
MOST_SPANS = 50
"""Spans that are read apart. A statement takes milliseconds, and thousands of visitors may be joined at once."""
_CROSSING = ("sites", "visitors", "previous", "times")


def join_visitors(
    connection: Connection, crossings: Rows | None, links: Rows | None, most_visits: int | None = None
) -> None:
    """Write which ids are one visitor, and what follows. The caller locked the sites and has written their visits.

    `crossings`: new events under two ids; `links`: earlier such pairs that a new event confirms; both as
    insert_events.sql gives them. Raises TooMuch as update_visits does, and DaysClosed.
    """
    if not crossings and not links:
        return
    confirmed = {((site_id, visitor), (site_id, previous)) for site_id, visitor, previous in links or ()}
    confirmed |= _find_links(connection, crossings or ())
    if not confirmed:
        return
    known = _read_links(connection, {visitor for link in confirmed for visitor in link})
    joined = join(known, confirmed)
    _write_links(connection, joined, confirmed)
    roots = {(find(known, visitor).root, member.root) for visitor, member in joined.items()}
    moves = {root: new_root for root, new_root in roots if root != new_root}
    if moves:
        _move(connection, moves, most_visits)


def _find_links(connection: Connection, crossings: Rows) -> set[Link]:
    """Which of them an event of the previous id confirms. The others are kept, because that event may come late."""
    if not crossings:
        return set()
    found = connection.run(load_query(__name__, "find_links"), **columns(_CROSSING, crossings)) or []
    unsure = [row[:4] for row in found if row[4] is None]
    if unsure:
        found += connection.run(load_query(__name__, "find_links_in_events"), **columns(_CROSSING, unsure)) or []
    links = {_link(row) for row in found if row[4]}
    kept = [row[:4] for row in found if row[4] is False and _link(row) not in links]
    if kept:
        connection.run(load_query(__name__, "add_crossings"), **columns(_CROSSING, kept))
    return links


def _link(row: Sequence[Any]) -> Link:
    site_id, visitor, previous = row[:3]
    return (site_id, visitor), (site_id, previous)


def _read_links(connection: Connection, visitors: Iterable[SiteVisitor]) -> dict[SiteVisitor, Member]:
    rows = connection.run(load_query(__name__, "read_links"), **columns(("sites", "visitors"), visitors)) or []
    return {(site_id, visitor): Member((site_id, root), continues) for site_id, visitor, root, continues in rows}


def _write_links(connection: Connection, joined: dict[SiteVisitor, Member], confirmed: Iterable[Link]) -> None:
    rows = [(*visitor, member.root[1], member.continues) for visitor, member in joined.items()]
    told = [(*visitor, previous) for visitor, (_, previous) in confirmed]
    connection.run(
        load_query(__name__, "write_links"),
        **columns(("sites", "visitors", "roots", "continue"), rows),
        **columns(("told_sites", "told_visitors", "told_previous"), told),
    )


def _move(connection: Connection, moves: dict[SiteVisitor, SiteVisitor], most_visits: int | None) -> None:
    """Move visits and events, with the figures that follow from them, from some visitors to others."""
    moved: dict[str, list[SiteVisitor]] = defaultdict(list)
    spans: dict[str, list[Span]] = defaultdict(list)
    days: set[tuple[str, str]] = set()
    for visitor, visits in move_visits(connection, moves, most_visits).items():
        moved[visitor[0]].append(visitor)
        spans[visitor[0]] += [(visit.start, visit.end) for visit in visits]
        days |= {(visitor[0], part.day) for visit in visits for part in visit.parts}
    if closed := connection.run(load_query(__name__, "find_closed"), **columns(("sites", "dates"), sorted(days))):
        raise DaysClosed(closed)
    for site_id, visitors in moved.items():
        rows = [(visitor, moves[site_id, visitor][1]) for _, visitor in visitors]
        for start, end in unite(spans[site_id]):  # by the key: no more is read than what the site had in the time
            connection.run(
                MOVE_EVENTS,
                **columns(("visitors", "roots"), rows), site_id=site_id, start=start, end=end,
            )  # fmt: skip


def unite(spans: Iterable[Span]) -> list[Span]:
    """Few spans that cover these and little more, in their order. Of very many only the widest gaps are left out."""
    united = _unite(spans, _NEAR)
    if len(united) <= MOST_SPANS:
        return united
    gaps = sorted((after[0] - before[1] for before, after in pairwise(united)), reverse=True)
    return _unite(united, gaps[MOST_SPANS - 1])


def _unite(spans: Iterable[Span], near: int) -> list[Span]:
    united: list[Span] = []
    for start, end in sorted(spans):
        if united and start - united[-1][1] <= near:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((start, end))
    return united
