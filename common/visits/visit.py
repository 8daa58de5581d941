"""Visits: a visitor's events, cut wherever nothing happened for more than 30 minutes.

A visit is kept as a summary, and a single event is the summary of a visit with one event. Joining is associative and
commutative, so the order of the events does not matter. The events of a visit are never read again, however long
it gets.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from common.event import VISIT_ATTRIBUTES

SiteVisitor = tuple[str, str]
"""A site and one of its visitors."""

GAP = 30 * 60 * 1_000_000
"""The longest time between two events of the same visit, in microseconds."""


class Engagement(NamedTuple):
    """How long pages were looked at, as far as they reported it."""

    reports: int = 0
    engaged_ms: int = 0
    engaged_views: int = 0
    """Page views of which a first report came."""
    scrolled: int = 0
    """How far these were scrolled, in percent, summed."""


NOT_ENGAGED = Engagement()


class DayShare(NamedTuple):
    """What of a visit is on a local day."""

    day: str
    page_views: int
    events: int
    engagement: Engagement = NOT_ENGAGED

    def as_row(self) -> tuple[Any, ...]:
        """As it is stored: days without engagement are many."""
        engagement = self.engagement if self.engagement.reports else ()
        return (self.day, self.page_views, self.events, *engagement)


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
    """Without reports of engagement."""
    interactions: int
    """Events that end a bounce where there are two of them."""
    engagement: Engagement
    entry: str | None
    entry_at: int | None
    exit: str | None
    exit_at: int | None
    parts: tuple[DayShare, ...]
    attributes: tuple[str | None, ...]
    """Those of the first event, in the order of VISIT_ATTRIBUTES."""

    @property
    def is_bounce(self) -> bool:
        """Whether nothing came after what began it."""
        return self.interactions <= 1

    @property
    def duration_ms(self) -> int:
        """From the first event to the last."""
        return (self.end - self.start) // 1000


def make_visit(
    at: int,
    event_id: str,
    day: str,
    page: str | None,
    attributes: Sequence[str | None] | None,
    is_interactive: bool = True,
    engagement: Engagement = NOT_ENGAGED,
) -> Visit:
    """The visit of one event. `page`: the path of a page view, None for any other event.

    `engagement`: what it reports; such an event counts as none.
    """
    views = 0 if page is None else 1
    events = 0 if engagement.reports else 1
    viewed_at = None if page is None else at
    attributes = NO_ATTRIBUTES if attributes is None else tuple(attributes)
    interactions = events if is_interactive else 0
    parts = (DayShare(day, views, events, engagement),)
    return Visit(
        at,
        at,
        event_id,
        day,
        views,
        events,
        interactions,
        engagement,
        page,
        viewed_at,
        page,
        viewed_at,
        parts,
        attributes,
    )


def read_visit(row: Sequence[Any]) -> Visit:
    """Make a visit from a row of JSON, which has the fields in the order of Visit, those of Engagement in its place."""
    *before, reports, engaged_ms, engaged_views, scrolled, entry, entry_at, exit_, exit_at, parts, attributes = row
    engagement = Engagement(reports, engaged_ms, engaged_views, scrolled)
    days = tuple(_read_share(part) for part in parts)
    given = NO_ATTRIBUTES if attributes is None else tuple(attributes)
    return Visit._make((*before, engagement, entry, entry_at, exit_, exit_at, days, given))


def _read_share(part: Sequence[Any]) -> DayShare:
    day, page_views, events, *engagement = part
    return DayShare(day, page_views, events, Engagement(*engagement))


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
    end, page_views, events, interactions = first.end, first.page_views, first.events, first.interactions
    is_of_one_day = len(first.parts) == 1
    for visit in run[1:]:
        is_of_one_day = is_of_one_day and len(visit.parts) == 1 and visit.day == first.day
        end = max(end, visit.end)
        page_views += visit.page_views
        events += visit.events
        interactions += visit.interactions
        if visit.entry_at is not None and visit.exit_at is not None:
            entry_at, entry = _choose(min, entry_at, entry, visit.entry_at, visit.entry)
            exit_at, exit_ = _choose(max, exit_at, exit_, visit.exit_at, visit.exit)
    engagement = _add_engagements([visit.engagement for visit in run])
    parts = (DayShare(first.day, page_views, events, engagement),) if is_of_one_day else _add_parts(run)
    return Visit(
        first.start,
        end,
        first.start_id,
        first.day,
        page_views,
        events,
        interactions,
        engagement,
        entry,
        entry_at,
        exit_,
        exit_at,
        parts,
        first.attributes,
    )


def _choose(
    choose: Any, at: int | None, path: str | None, other_at: int, other_path: str | None
) -> tuple[int | None, str | None]:
    """The first or last page view. Ties go by path, whose code points sort in the same order as its bytes."""
    if at is None:
        return other_at, other_path
    if at != other_at:
        return (at, path) if choose(at, other_at) == at else (other_at, other_path)
    return at, choose(path, other_path)


def _add_parts(run: Iterable[Visit]) -> tuple[DayShare, ...]:
    days: dict[str, list[DayShare]] = {}
    for visit in run:
        for part in visit.parts:
            shares = days.get(part.day)
            if shares is None:
                days[part.day] = [part]
            else:
                shares.append(part)
    return tuple(_add_shares(day, shares) for day, shares in sorted(days.items()))


def _add_shares(day: str, shares: Sequence[DayShare]) -> DayShare:
    if len(shares) == 1:
        return shares[0]
    page_views = events = 0
    for share in shares:
        page_views += share.page_views
        events += share.events
    return DayShare(day, page_views, events, _add_engagements([share.engagement for share in shares]))


def _add_engagements(engagements: Sequence[Engagement]) -> Engagement:
    reported = [one for one in engagements if one is not NOT_ENGAGED]
    return Engagement._make(map(sum, zip(*reported, strict=True))) if reported else NOT_ENGAGED
