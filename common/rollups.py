"""The figures of visits by dimension, local day and value, and how a batch changes them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from common.event import VISIT_ATTRIBUTES
from common.visits import Visit

_QUARTER = 15 * 60 * 1_000_000


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


class QuarterChange(NamedTuple):
    """What is added to a row of quarter_stats: the visits that start in `quarter` (quarter hours since 1970)."""

    site_id: str
    quarter: int
    visits: int
    bounces: int
    duration_ms: int


_Facet = tuple[str, str, str | None, str | tuple[str | None, ...] | None]
"""A site, a day, and either a dimension and its value or, for speed, None and all attributes of a visit at once."""


class Changes:
    """Sums up, visitor by visitor, what the figures of after have more than those of before."""

    def __init__(self) -> None:
        self._sums: dict[_Facet, list[int]] = {}
        self._quarters: dict[tuple[str, int], list[int]] = {}

    def add_visitor(self, site_id: str, before: Sequence[Visit], after: Sequence[Visit]) -> None:
        """A visitor's visits before and after: those that change, and all that share a local day with one of them."""
        kept = {id(visit) for visit in before} & {id(visit) for visit in after}
        removed = [visit for visit in before if id(visit) not in kept]
        added = [visit for visit in after if id(visit) not in kept]
        for visit in removed:
            self._add_visit(site_id, visit, -1)
        for visit in added:
            self._add_visit(site_id, visit, 1)
        for day in {part[0] for visit in (*removed, *added) for part in visit.parts}:
            self._add_days(site_id, day, before, after)

    def rollups(self) -> Iterator[RollupChange]:
        """Every row of days that changes, in no order."""
        rows: dict[tuple[str, str, str, str], list[int]] = {}
        for (site_id, day, dimension, value), figures in self._sums.items():
            if not any(figures):
                continue
            pairs = _name(value) if dimension is None else ((dimension, value),)
            for name, text in pairs:  # type: ignore[union-attr]
                if text is not None:
                    key = (site_id, name, day, text)
                    known = rows.get(key)
                    rows[key] = (
                        figures if known is None else [one + more for one, more in zip(known, figures, strict=True)]
                    )
        return (RollupChange(*key, *figures) for key, figures in rows.items() if any(figures))

    def quarters(self) -> Iterator[QuarterChange]:
        """Every quarter hour that changes, in no order."""
        return (QuarterChange(*key, *figures) for key, figures in self._quarters.items() if any(figures))

    def _add_visit(self, site_id: str, visit: Visit, sign: int) -> None:
        for day, views, events in visit.parts:
            for facet in _list_facets(site_id, day, visit):
                figures = self._find(facet)
                figures[0] += sign * views
                figures[1] += sign * events
        bounces = sign if visit.events == 1 else 0
        duration = sign * visit.duration_ms
        for facet in _list_facets(site_id, visit.day, visit):
            figures = self._find(facet)
            figures[2] += sign
            figures[3] += bounces
            figures[4] += duration
        quarter = self._quarters.setdefault((site_id, visit.start // _QUARTER), [0, 0, 0])
        quarter[0] += sign
        quarter[1] += bounces
        quarter[2] += duration

    def _add_days(self, site_id: str, day: str, before: Sequence[Visit], after: Sequence[Visit]) -> None:
        """Count the visitor once for each value that it has on a day, whatever number of visits have it."""
        for visits, sign in ((before, -1), (after, 1)):
            touching = [visit for visit in visits if any(part[0] == day for part in visit.parts)]
            if len(touching) == 1:  # by far the most
                for facet in _list_facets(site_id, day, touching[0]):
                    self._find(facet)[5] += sign
            elif touching:
                for dimension, value in {pair for visit in touching for pair in _list_values(visit)}:
                    self._find((site_id, day, dimension, value))[5] += sign

    def _find(self, facet: _Facet) -> list[int]:
        figures = self._sums.get(facet)
        if figures is None:
            figures = self._sums[facet] = [0, 0, 0, 0, 0, 0]
        return figures


def _list_facets(site_id: str, day: str, visit: Visit) -> tuple[_Facet, ...]:
    attributes: _Facet = (site_id, day, None, visit.attributes)
    if visit.entry is None:
        return (attributes,)
    return attributes, (site_id, day, "entry", visit.entry), (site_id, day, "exit", visit.exit)


def _list_values(visit: Visit) -> Iterator[tuple[str, str | None]]:
    yield from _name(visit.attributes)
    yield "entry", visit.entry
    yield "exit", visit.exit


def _name(attributes: Iterable[str | None]) -> Iterator[tuple[str, str | None]]:
    """The dimensions of attributes, the total among them."""
    yield "", ""
    yield from zip(VISIT_ATTRIBUTES, attributes, strict=True)
