"""Visits: a visitor's events, cut where nothing happened for more than 30 minutes.

A visit is kept as a summary, and one event is the summary of a visit of that event alone. Joining is associative
and commutative, so that the visits follow from the events whatever their order, and no visit is ever read event by
event again, however long it gets.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from common.event import VISIT_ATTRIBUTES

SiteVisitor = tuple[str, str]
"""A site and one of its visitors."""

GAP = 30 * 60 * 1_000_000
"""Microseconds without an event that still are within a visit."""

Part = tuple[str, int, int]
"""A local day, and the page views and events of a visit in it."""

NO_ATTRIBUTES: tuple[str | None, ...] = (None,) * len(VISIT_ATTRIBUTES)


class Visit(NamedTuple):
    """The summary of a visit. Times are microseconds since 1970, days those of the site's time zone."""

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
    parts: tuple[Part, ...]
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
    """A visit from a row in the order of its fields, as JSON gives it."""
    *fields, parts, attributes = row
    return Visit._make((*fields, tuple(map(tuple, parts)), NO_ATTRIBUTES if attributes is None else tuple(attributes)))


def merge(visits: Iterable[Visit]) -> list[Visit]:
    """The visits of one visitor that come of these pieces, by start; one that nothing joined is the same object."""
    merged: list[Visit] = []
    for visit in sorted(visits, key=_order):
        if merged and visit.start - merged[-1].end <= GAP:
            merged[-1] = _join(merged[-1], visit)
        else:
            merged.append(visit)
    return merged


def _order(visit: Visit) -> tuple[int, str]:
    return visit.start, visit.start_id


def _join(first: Visit, second: Visit) -> Visit:
    """Both as one; `first` is the one that starts first."""
    entry_at, entry = _choose(min, first.entry_at, first.entry, second.entry_at, second.entry)
    exit_at, exit_ = _choose(max, first.exit_at, first.exit, second.exit_at, second.exit)
    return Visit(
        start=first.start,
        end=max(first.end, second.end),
        start_id=first.start_id,
        day=first.day,
        page_views=first.page_views + second.page_views,
        events=first.events + second.events,
        entry=entry,
        entry_at=entry_at,
        exit=exit_,
        exit_at=exit_at,
        parts=_add_parts(first.parts, second.parts),
        attributes=first.attributes,
    )


def _choose(
    choose: Any, at: int | None, path: str | None, other_at: int | None, other_path: str | None
) -> tuple[int | None, str | None]:
    """The page view that comes first or last; of simultaneous ones by path, whose code points sort as its bytes do."""
    if at is None:
        return other_at, other_path
    if other_at is None:
        return at, path
    chosen: tuple[int, str | None] = choose((at, path), (other_at, other_path))
    return chosen


def _add_parts(parts: tuple[Part, ...], others: tuple[Part, ...]) -> tuple[Part, ...]:
    if len(parts) == len(others) == 1 and parts[0][0] == others[0][0]:
        [(day, views, events)], [(_, more_views, more_events)] = parts, others
        return ((day, views + more_views, events + more_events),)
    days = {day: (views, events) for day, views, events in parts}
    for day, views, events in others:
        known = days.get(day, (0, 0))
        days[day] = (known[0] + views, known[1] + events)
    return tuple((day, views, events) for day, (views, events) in sorted(days.items()))
