"""Puts what goals and segments stand for into filters that name them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, reduce
from typing import Protocol

from common.errors import Fault, Forbidden, InvalidInput
from common.filters.conditions import (
    Condition,
    Filter,
    Junction,
    OfVisit,
    list_all_conditions,
    list_named,
    list_of_visit,
    sum_patterns,
)
from common.goals.goal import Goal
from common.segments.segment import Segment
from functions.stats.query.filters import join
from functions.stats.query.model import Query

MAX_ALL_CONDITIONS = 200
MAX_ALL_PATTERN_BYTES = 4_000


class Reader(Protocol):
    """One state of the database. Its methods raise Unavailable."""

    def read_goals(self, site_id: str) -> Sequence[Goal]:
        """The site's goals."""

    def read_segments(self, site_id: str) -> Sequence[Segment]:
        """The site's segments."""


class Definitions:
    """What a site keeps by name. Nothing is read before a filter names something."""

    def __init__(self, site_id: str, reader: Reader, forced: Filter | None = None) -> None:
        """`forced`: what holds for every event that the caller may count."""
        self._site_id = site_id
        self._reader = reader
        self._forced = forced

    def hold(self, query: Query) -> Query:
        """The query with the caller's filters as well, and no names in it. Raises InvalidInput, Forbidden."""
        written = join(self._forced, query.filters)
        filters = join(self.forced, self.expand(query.filters))
        _check_size(filters)
        return replace(query, filters=filters, written=written if list_named(written) else None, shown=self.forced)

    def expand(self, filter_: Filter | None) -> Filter | None:
        """What it stands for. Raises InvalidInput for a name that the site does not have, Forbidden."""
        return self._expand(filter_, self._shown) if list_named(filter_) else filter_

    def expand_all(self, *filters: Filter | None) -> tuple[Filter | None, ...]:
        """What these stand for, which every event is held against. Raises InvalidInput, also if it is too much."""
        expanded = tuple(map(self.expand, filters))
        _check_size(Junction("and", tuple(one for one in expanded if one is not None)))
        return expanded

    @cached_property
    def forced(self) -> Filter | None:
        """What the caller's own filters stand for. Raises Forbidden: better nothing than everything."""
        try:
            return self._expand(self._forced, None) if list_named(self._forced) else self._forced
        except InvalidInput:
            detail = "This link's filters name a goal or a segment that the site has no more; make another link."
            raise Forbidden(detail) from None

    @cached_property
    def _shown(self) -> Filter | None:
        """Which events of a visit the caller may learn of."""
        return _list_shown(self.forced)

    def _expand(self, filter_: Filter | None, shown: Filter | None) -> Filter | None:
        """`shown`: which events of a visit conditions on it may be about."""
        if isinstance(filter_, Junction):
            parts = (self._expand(part, shown) for part in filter_.parts)
            return Junction(filter_.kind, tuple(part for part in parts if part is not None))
        if not isinstance(filter_, Condition) or not list_named(filter_):
            return filter_
        any_of = self._find(filter_.dimension, filter_.values, shown)
        if filter_.operator == "is":
            return any_of
        return OfVisit(any_of if shown is None else Junction("and", (shown, any_of)), filter_.operator == "has")

    @cached_property
    def _goals(self) -> Mapping[str, Filter]:
        return {goal.name: goal.condition for goal in self._reader.read_goals(self._site_id)}

    @cached_property
    def _segments(self) -> Mapping[str, Filter]:
        read = ((segment.name, segment.condition) for segment in self._reader.read_segments(self._site_id))
        return {name: condition for name, condition in read if condition is not None}

    def _find(self, kind: str, names: Sequence[str], shown: Filter | None) -> Filter:
        """What any of them stands for."""
        known = self._goals if kind == "goal" else self._segments
        for name in names:
            if name not in known:
                detail = f"The site has no {kind} {name[:64]!r}; it has {', '.join(sorted(known)) or 'none'}."
                raise InvalidInput("The query is not valid.", (Fault(detail, parameter="filters"),))
        found = [part for part in (self._expand(known[name], shown) for name in names) if part is not None]
        return found[0] if len(found) == 1 else Junction("or", tuple(found))


def _list_shown(forced: Filter | None) -> Filter | None:
    """What each single event has to pass for a caller who is held to this. Raises Forbidden where nobody can tell.

    A condition on the whole visit holds for all of its events alike.
    """
    if not any(list_of_visit(forced)):
        return forced
    if isinstance(forced, Junction) and forced.kind == "or":
        raise Forbidden("This link's filters allow no condition on visits, as goals with has and has_not are.")
    parts = forced.parts if isinstance(forced, Junction) else ()
    return reduce(join, map(_list_shown, parts), None)


def _check_size(filters: Filter | None) -> None:
    many = sum(1 for _ in list_all_conditions(filters)) > MAX_ALL_CONDITIONS
    if many or sum_patterns(filters) > MAX_ALL_PATTERN_BYTES:
        detail = (
            f"With what goals and segments stand for, at most {MAX_ALL_CONDITIONS} conditions, and"
            f" {MAX_ALL_PATTERN_BYTES:,} bytes in the values of contains, not_contains and matches."
        )
        raise InvalidInput("The query is not valid.", (Fault(detail, parameter="filters"),))
