"""The figures of visits by dimension, local day and value, and the changes that a batch makes to them.

rollups and quarter_stats have two writers, which write different columns and rows. fragments/count_events.sql adds what
follows from single events: views and events of a quarter hour, and all of an event's dimensions. This module adds what
follows from visits. A new event may lengthen a visit, join two, or split one over days, and only this module knows what
the visits were before.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from operator import add
from typing import NamedTuple

from common.event import VISIT_ATTRIBUTES
from common.visits.visit import Engagement, Visit

_QUARTER = 15 * 60 * 1_000_000
_ENGAGEMENT = 6
"""Index of the first figure of engagement in a row."""
_FIGURES = _ENGAGEMENT + len(Engagement._fields)


class RollupChange(NamedTuple):
    """What is added to a row of rollups."""

    site_id: str
    dimension: str
    day: str
    value: str
    page_views: int
    events: int
    visits: int
    bounces: int
    duration_ms: int
    visitor_days: int
    reports: int
    engaged_ms: int
    engaged_views: int
    scrolled: int


class QuarterChange(NamedTuple):
    """What is added to a row of quarter_stats: the visits that start in `quarter` (quarter hours since 1970)."""

    site_id: str
    quarter: int
    visits: int
    bounces: int
    duration_ms: int


_Row = tuple[str, str, str, str]
"""A site, a dimension, a day and a value."""
_Summed = list[int]
"""The figures of a RollupChange, in their order."""


class Changes:
    """Adds up, visitor by visitor, how the figures change from the visits before to the visits after."""

    def __init__(self) -> None:
        self._values: dict[_Row, _Summed] = {}
        # One key for all attributes of a visit, and the total. Many visits share it, so it is split only at the end.
        self._attributes: dict[tuple[str, str, tuple[str | None, ...]], _Summed] = {}
        self._quarters: dict[tuple[str, int], list[int]] = {}

    def add_visitor(self, site_id: str, before: Sequence[Visit], after: Sequence[Visit]) -> None:
        """Add a visitor's visits before and after: those that change, and all that share a local day with one."""
        kept = {id(visit) for visit in before} & {id(visit) for visit in after}
        changed = [(visit, -1) for visit in before if id(visit) not in kept]
        changed += [(visit, 1) for visit in after if id(visit) not in kept]
        if len(before) <= 1 and len({part.day for visit, _ in changed for part in visit.parts}) == 1 == len(after):
            for visit, sign in changed:  # by far the most common: the day's only visit begins or continues
                self._add_only_visit(site_id, visit, sign)
            return
        for visit, sign in changed:
            self._add_visit(site_id, visit, sign)
        days = {part.day for visit, _ in changed for part in visit.parts}
        for visits, sign in ((before, -1), (after, 1)):
            for day, touching in _group_by_day(visits, days).items():
                self._add_visitor_day(site_id, day, touching, sign)

    def rollups(self) -> Iterator[RollupChange]:
        """The changes to rows of a day, in no order."""
        rows = {row: list(figures) for row, figures in self._values.items()}
        for (site_id, day, attributes), figures in self._attributes.items():
            if not any(figures):
                continue
            for dimension, value in _name(attributes):
                row = (site_id, dimension, day, value)
                known = rows.get(row)
                rows[row] = list(figures) if known is None else list(map(add, known, figures))
        return (RollupChange(*row, *figures) for row, figures in rows.items() if any(figures))

    def quarters(self) -> Iterator[QuarterChange]:
        """The changes to quarter hours, in no order."""
        return (QuarterChange(*key, *figures) for key, figures in self._quarters.items() if any(figures))

    def _add_visit(self, site_id: str, visit: Visit, sign: int) -> None:
        for part in visit.parts:
            for figures in self._find(site_id, part.day, visit):
                figures[0] += sign * part.page_views
                figures[1] += sign * part.events
                _add_engagement(figures, part.engagement, sign)
        bounces, duration = self._add_start(site_id, visit, sign)
        for figures in self._find(site_id, visit.day, visit):
            figures[2] += sign
            figures[3] += bounces
            figures[4] += duration

    def _add_only_visit(self, site_id: str, visit: Visit, sign: int) -> None:
        bounces, duration = self._add_start(site_id, visit, sign)
        views, events = sign * visit.page_views, sign * visit.events
        for figures in self._find(site_id, visit.day, visit):
            figures[0] += views
            figures[1] += events
            figures[2] += sign
            figures[3] += bounces
            figures[4] += duration
            figures[5] += sign
            _add_engagement(figures, visit.engagement, sign)

    def _add_start(self, site_id: str, visit: Visit, sign: int) -> tuple[int, int]:
        """Count a visit in its quarter hour; returns its share of bounces and of the duration."""
        bounces = sign if visit.is_bounce else 0
        duration = sign * visit.duration_ms
        quarter = self._quarters.setdefault((site_id, visit.start // _QUARTER), [0, 0, 0])
        quarter[0] += sign
        quarter[1] += bounces
        quarter[2] += duration
        return bounces, duration

    def _add_visitor_day(self, site_id: str, day: str, touching: Sequence[Visit], sign: int) -> None:
        """Count the visitor once per value on a day, even if several of its visits have that value."""
        if len(touching) == 1:
            for figures in self._find(site_id, day, touching[0]):
                figures[5] += sign
        else:
            for dimension, value in {pair for visit in touching for pair in _list_values(visit)}:
                self._find_value((site_id, dimension, day, value))[5] += sign

    def _find(self, site_id: str, day: str, visit: Visit) -> tuple[_Summed, ...]:
        """The figures that a visit adds to on a day."""
        key = (site_id, day, visit.attributes)
        figures = self._attributes.get(key)
        if figures is None:
            figures = self._attributes[key] = [0] * _FIGURES
        if visit.entry is None or visit.exit is None:
            return (figures,)
        entry = self._find_value((site_id, "entry", day, visit.entry))
        return figures, entry, self._find_value((site_id, "exit", day, visit.exit))

    def _find_value(self, row: _Row) -> _Summed:
        figures = self._values.get(row)
        if figures is None:
            figures = self._values[row] = [0] * _FIGURES
        return figures


def _add_engagement(figures: _Summed, engagement: Engagement, sign: int) -> None:
    if engagement.reports:
        for index, figure in enumerate(engagement, _ENGAGEMENT):
            figures[index] += sign * figure


def _group_by_day(visits: Sequence[Visit], days: Set[str]) -> dict[str, list[Visit]]:
    """The visits that touch each of these days. One pass, because a visitor may have thousands of visits."""
    by_day: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        for part in visit.parts:
            if part.day in days:
                by_day[part.day].append(visit)
    return by_day


def _list_values(visit: Visit) -> Iterator[tuple[str, str]]:
    yield from _name(visit.attributes)
    if visit.entry is not None and visit.exit is not None:
        yield "entry", visit.entry
        yield "exit", visit.exit


def _name(attributes: Iterable[str | None]) -> Iterator[tuple[str, str]]:
    """The total, and each dimension that has a value in `attributes`."""
    yield "", ""
    for dimension, value in zip(VISIT_ATTRIBUTES, attributes, strict=True):
        if value is not None:
            yield dimension, value
