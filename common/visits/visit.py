"""Visits: a visitor's events, cut where nothing happened for more than 30 minutes.

A visit is kept as a summary, and a single event is the summary of a visit with one event. Joining is associative and
commutative, so the order of the events does not matter, and the events of a visit are never read again, however long
it gets.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from common.event import VISIT_ATTRIBUTES

SiteVisitor = tuple[str, str]
"""A site and one of its visitors."""

GAP = 30 * 60 * 1_000_000
"""The longest time between two events of the same visit, in microseconds."""

DayShare = tuple[str, int, int]
"""A local day, and the page views and events of a visit on it."""

NO_ATTRIBUTES: tuple[str | None, ...] = (None,) * len(VISIT_ATTRIBUTES)


class Visit(NamedTuple):
    """The summary of a visit. Times are microseconds since 1970; days are in the site's time zone."""

    start: int
    end: int
    start_id: str
    day: str
    """The local day of the start."""
    page_views: int
    events: int
    entry: str | None
    entry_at: int | None
    exit: str | None
    exit_at: int | None
    parts: tuple[DayShare, ...]
    attributes: tuple[str | None, ...]
    """Those of the first event, in the order of VISIT_ATTRIBUTES."""

    @property
    def duration_ms(self) -> int:
        """From the first event to the last."""
        return (self.end - self.start) // 1000


def make_visit(at: int, event_id: str, day: str, page: str | None, attributes: Sequence[str | None] | None) -> Visit:
    """The visit of one event; `page`: the path of a page view, None for any other event."""
    views = 0 if page is None else 1
    viewed_at = None if page is None else at
    attributes = NO_ATTRIBUTES if attributes is None else tuple(attributes)
    return Visit(at, at, event_id, day, views, 1, page, viewed_at, page, viewed_at, ((day, views, 1),), attributes)


def read_visit(row: Sequence[Any]) -> Visit:
    """Make a visit from a row of JSON, which has the fields in the order of Visit."""
    *fields, parts, attributes = row
    return Visit._make((*fields, tuple(map(tuple, parts)), NO_ATTRIBUTES if attributes is None else tuple(attributes)))


def merge(visits: Iterable[Visit]) -> list[Visit]:
    """Join these pieces into one visitor's visits, by start. A piece that is not joined stays the same object."""
    runs: list[list[Visit]] = []
    end = 0
    for visit in sorted(visits, key=_order):
        if runs and visit.start - end <= GAP:
            runs[-1].append(visit)
            end = max(end, visit.end)
        else:
            runs.append([visit])
            end = visit.end
    return [run[0] if len(run) == 1 else _join(run) for run in runs]


def _order(visit: Visit) -> tuple[int, str]:
    return visit.start, visit.start_id


def _join(run: Sequence[Visit]) -> Visit:
    """Join a run into one visit in one pass. Joining pair by pair would copy a visit of many days for each piece.

    `run`: visits in the order of their starts.
    """
    first = run[0]
    entry_at, entry, exit_at, exit_ = first.entry_at, first.entry, first.exit_at, first.exit
    for visit in run[1:]:
        entry_at, entry = _choose(min, entry_at, entry, visit.entry_at, visit.entry)
        exit_at, exit_ = _choose(max, exit_at, exit_, visit.exit_at, visit.exit)
    return Visit(
        start=first.start,
        end=max(visit.end for visit in run),
        start_id=first.start_id,
        day=first.day,
        page_views=sum(visit.page_views for visit in run),
        events=sum(visit.events for visit in run),
        entry=entry,
        entry_at=entry_at,
        exit=exit_,
        exit_at=exit_at,
        parts=_add_parts(run),
        attributes=first.attributes,
    )


def _choose(
    choose: Any, at: int | None, path: str | None, other_at: int | None, other_path: str | None
) -> tuple[int | None, str | None]:
    """The first or last page view. Ties go by path, whose code points sort in the same order as its bytes."""
    if at is None:
        return other_at, other_path
    if other_at is None:
        return at, path
    chosen: tuple[int, str | None] = choose((at, path), (other_at, other_path))
    return chosen


def _add_parts(run: Iterable[Visit]) -> tuple[DayShare, ...]:
    days: dict[str, tuple[int, int]] = {}
    for visit in run:
        for day, views, events in visit.parts:
            known = days.get(day, (0, 0))
            days[day] = (known[0] + views, known[1] + events)
    return tuple((day, views, events) for day, (views, events) in sorted(days.items()))
