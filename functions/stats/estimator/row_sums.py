"""The SQL that sums rows, all of them or a sample's: which visitors were seen, and what they did in all."""

from collections.abc import Sequence

from common.filters import words
from common.filters.conditions import OfVisit, list_all_conditions, list_of_visit
from common.postgres.sql import fill
from functions.stats.estimator.columns import write_sums
from functions.stats.estimator.expressions import (
    Parameters,
    Source,
    name_reaching,
    visit_column,
    write_column,
    write_filter,
)
from functions.stats.estimator.fragments import texts
from functions.stats.estimator.plan import Plan
from functions.stats.estimator.rollup_sums import BOUNDS
from functions.stats.estimator.rollups import asks_of_visits
from functions.stats.query.model import Query

_DURATION = 'cast(floor(extract(epoch from visit."end" - visit.start) * 1000) as bigint) as duration_ms'
_VISIT_SIZES = ("coalesce(visit.interactions, visit.events) as interactions", _DURATION)
_NO_SIZES = ("0 as interactions", "0 as duration_ms")
_WITHIN: dict[Source, str] = {
    "events": 'event."timestamp" >= cast(:start as timestamptz) and event."timestamp" < cast(:after as timestamptz)',
    "visits": 'visit."end" >= cast(:start as timestamptz) and visit.start < cast(:after as timestamptz)',
}
"""Whether a row is of the range that is asked for, where more is read."""
_AT = 'event."timestamp"'
_AT_EDGE = "({instant} < cast(:inner_start as timestamptz) or {instant} >= cast(:inner_after as timestamptz))"
_DAY_BUCKETS = (
    "width_bucket(visit.first, cast(:bound_days as date[]))",
    "width_bucket(visit.first + number, cast(:bound_days as date[]))",
)


def needs_visits(query: Query) -> bool:
    """Whether anything of events' visits is asked."""
    return finds_visits(query) or asks_of_visits(query)


def finds_visits(query: Query) -> bool:
    """Whether it depends on events' visits which events count, or in which row."""
    return bool(_visit_dimensions(query)) or any(list_of_visit(query.filters))


def _visit_dimensions(query: Query) -> list[str]:
    named = (query.dimension, *(condition.dimension for condition in list_all_conditions(query.filters)))
    return [name for name in dict.fromkeys(named) if words.is_visit_dimension(name)]


def write_group(query: Query, source: Source, parameters: Parameters) -> str:
    """By what rows of this kind make rows of the answer."""
    if query.kind == "summary":
        return "cast('' as text)"
    if query.kind == "timeseries":
        return "bucket.number" if source == "visits" else f'width_bucket(event."timestamp", {BOUNDS})'
    return write_column(query.dimension, source, parameters)


class RowSums:
    """Writes the tables from which `counted` is counted, and that."""

    def __init__(self, query: Query, plan: Plan, parameters: Parameters) -> None:
        self._query = query
        self._plan = plan
        self._parameters = parameters
        self._rows: Source = "visits" if plan.rows == "visits" else "events"

    def write(self) -> list[str]:
        """In the order in which each refers to those before it."""
        is_exact = self._plan.is_all_exact
        joins_visits = self._rows == "visits" or (not is_exact and needs_visits(self._query))
        counts = [texts.ACTIVE_VISITS, *self._find_reaching()] if joins_visits else []
        if is_exact:
            counts += [self._see(), texts.SUM_SEEN]
        else:
            counts += [self._count(joins_visits), self._sum_visitors()]
        return self._fill_visits(counts, self._plan.is_sample)

    def find_reaching(self, is_sample: bool) -> list[str]:
        """The tables that conditions on whole visits need, where nothing is counted; none: there are no such ones."""
        found = self._find_reaching()
        return self._fill_visits([texts.ACTIVE_VISITS, *found], is_sample) if found else []

    def _find_reaching(self) -> list[str]:
        filters = dict.fromkeys(one.filter for one in list_of_visit(self._query.filters))
        return [
            fill(
                texts.FIND_REACHING,
                name=name_reaching(OfVisit(filter_, has=True)),
                passes=write_filter(filter_, "events", self._parameters),
            )
            for filter_ in filters
        ]

    def _fill_visits(self, tables: Sequence[str], is_sample: bool) -> list[str]:
        sampled = {
            "visits_sampled": "and visit.sample < cast(:sample_below as int)" if is_sample else "",
            "events_sampled": "and event.sample < cast(:sample_below as int)" if is_sample else "",
            "visit_columns": ", ".join(self._list_visit_columns()),
        }
        return [fill(text, **sampled) for text in tables]

    def _list_visit_columns(self) -> Sequence[str]:
        """What is needed of visits: they are many."""
        columns = ["visit.visitor", "visit.start", 'visit."end"', *map(visit_column, _visit_dimensions(self._query))]
        if self._plan.is_all_exact:
            return columns
        return [*columns, *(_VISIT_SIZES if asks_of_visits(self._query) else _NO_SIZES)]

    def _see(self) -> str:
        plan, is_series = self._plan, self._query.kind == "timeseries"
        conditions = self._condition(self._query)
        by_day = plan.sums_days and (plan.is_sample or is_series)
        if self._rows == "events":
            day = 'cast(event."timestamp" at time zone cast(:own_zone as text) as date)' if by_day else "0"
            return fill(
                texts.SEEN_BY_EVENT,
                group=self._group(),
                day=day,
                conditions=conditions,
                x="count(*)" if by_day else "0",
            )
        if not by_day:
            spread = texts.SPREAD_BUCKETS if is_series else ""
            text, group = texts.SEEN_BY_VISIT, self._group()
            return fill(text, group=group, spread=spread, conditions=conditions, is_start=self._is_start())
        first, after = _DAY_BUCKETS if is_series else (self._group(), self._group())
        return fill(texts.SEEN_BY_VISIT_DAY, first_group=first, next_group=after, conditions=conditions)

    def _count(self, joins_visits: bool) -> str:
        plan, query = self._plan, self._query
        if self._rows == "visits":
            text = texts.COUNT_BY_VISIT
        elif asks_of_visits(query):
            text = texts.COUNT_BY_EVENT_AND_VISIT
        else:
            text = texts.COUNT_BY_EVENT
        passes = self._passes()
        return fill(
            text,
            group=self._group(),
            passes=self._and_at_edge(passes, _AT) if self._rows == "events" else passes,
            is_seen=passes,
            is_known=self._and_at_edge("true", _AT),
            conditions=self._condition(plan.control or query),
            is_start=self._and_at_edge(self._is_start(), "visit.start"),
            is_control_start=self._and_at_edge(self._is_start(":read_start"), "visit.start"),
            spread=texts.SPREAD_BUCKETS if query.kind == "timeseries" else "",
            visit_joined=texts.JOIN_ACTIVE if joins_visits else "",
        )

    def _passes(self) -> str:
        """What the query counts of everything that its control does."""
        query, control = self._query, self._plan.control
        if control is None or not self._plan.reads_control:
            return "true"
        parts = [] if control.span == query.span else [_WITHIN[self._rows]]
        if query.filters is not None:
            parts.append(write_filter(query.filters, self._rows, self._parameters))
        return " and ".join(parts) or "true"

    def _and_at_edge(self, condition: str, instant: str) -> str:
        """Where what lies between the edges is added to what is summed: the sums are of the edges."""
        return f"{condition} and {fill(_AT_EDGE, instant=instant)}" if self._plan.adds_inner else condition

    def _is_start(self, start: str = ":start") -> str:
        """Whether a visit starts in the range, or the bucket."""
        if self._query.kind != "timeseries":
            return f"visit.start >= cast({start} as timestamptz)"
        return f"width_bucket(visit.start, {BOUNDS}) = {self._group()}"

    def _sum_visitors(self) -> str:
        sums = (f"{written} as {name}" for name, written in write_sums(self._plan).items())
        restriction = "having bool_or(is_seen)" if self._query.kind == "breakdown" else ""
        return fill(texts.SUM_VISITORS, sums=",\n        ".join(sums), restriction=restriction)

    def _group(self) -> str:
        return write_group(self._query, self._rows, self._parameters)

    def _condition(self, query: Query) -> str:
        if query.filters is None:
            return ""
        return "and " + write_filter(query.filters, self._rows, self._parameters)
