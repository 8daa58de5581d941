"""The statements of queries: put together from fixed texts of ours; every value is a parameter."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from common.query import names
from common.query.filters import Condition, Filter, list_conditions
from common.query.globs import contain, translate_glob
from common.query.model import Query
from common.query.plan import POPULATION, Plan, Rows, bucket_bounds, count_days
from common.sql import load_query

_BOUNDS = "cast(:bounds as timestamptz[])"
_DURATION = 'cast(floor(extract(epoch from visit."end" - visit.start) * 1000) as bigint) as duration_ms'
_VISIT_SIZES = ("visit.events", _DURATION)
_NO_SIZES = ("0 as events", "0 as duration_ms")
_EVENT_COLUMNS = {name: f"event.{name}" for name in names.EVENT_DIMENSIONS}
_VISIT_COLUMNS = {name: f"visit.{name}" for name in names.VISIT_DIMENSIONS}
_EVENT_OR_VISIT = {
    name: f"(case when visit.start is null then event.{name} else visit.{name} end)"
    for name in names.VISIT_DIMENSIONS
    if name not in ("entry", "exit")
} | {name: f"visit.{name}" for name in ("entry", "exit")}
_COMPARED = {
    "is": "{column} = any({values})",
    "is_not": "({column} is null or {column} <> all({values}))",
    "contains": "{column} like any({values})",
    "not_contains": "({column} is null or {column} not like all({values}))",
    "matches": "{column} like any({values})",
}
_DAY_BUCKETS = (
    "width_bucket(visit.first, cast(:bound_days as date[]))",
    "width_bucket(visit.first + number, cast(:bound_days as date[]))",
)
_ADDITIVE = ("page_views", "events", "visits", "bounces", "duration_ms")
# half to even, as the answer rounds: what looks equal is sorted as equal
_HUNDREDTHS = (
    "({n}) / nullif({d}, 0) + case when 2 * (({n}) % nullif({d}, 0)) > {d}"
    " or (2 * (({n}) % nullif({d}, 0)) = {d} and (({n}) / nullif({d}, 0)) % 2 = 1) then 1 else 0 end"
)
# as estimates.estimate_distinct has it
_DISTINCT = (
    "round(coalesce(least(visitor_days, greatest(ceil(visitor_days / cast(:days as double precision)),"
    " visitors / cast(:share as double precision) + products[1] / (products[2] * (1 + 8.0 / visitors))"
    " * (visitor_days - products[1] / cast(:share as double precision)))), visitor_days))"
)
_RATES = {
    "bounce_rate": ("10000 * bounces", "visits"),
    "visit_duration": ("duration_ms", "(10 * visits)"),
    "views_per_visit": ("100 * page_views", "visits"),
}


def fill(text: str, **slots: str) -> str:
    """The text with its slots filled."""
    for name, content in slots.items():
        text = text.replace("{" + name + "}", content)
    return text


@dataclass
class Statement:
    """A text without values, and the values."""

    text: str
    parameters: dict[str, Any] = field(default_factory=dict)


def _instant(instant: datetime) -> str:
    return instant.isoformat()


def _array(items: Sequence[str]) -> str:
    """An array literal. Every item is quoted: unquoted, null is no text."""
    quoted = (item.replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in quoted) + "}"


class Writer:
    """Writes the statements of one query."""

    def __init__(self, query: Query, plan: Plan, own_zone: ZoneInfo) -> None:
        self._query = query
        self._plan = plan
        self._parameters: dict[str, Any] = {
            "site_id": query.site_id,
            "start": _instant(query.span.start),
            "after": _instant(query.span.end),
            "half_hour": _instant(min(query.span.end, query.span.start + timedelta(minutes=30))),
            "last": _instant(query.span.end - timedelta(microseconds=1)),
            "inner_start": _instant(plan.inner[0]),
            "inner_after": _instant(plan.inner[1]),
            "first_day": plan.days.first.isoformat(),
            "first_month": plan.days.first_month.isoformat(),
            "after_month": plan.days.after_month.isoformat(),
            "after_day": plan.days.after.isoformat(),
            "own_zone": own_zone.key,
            "kept_dimension": query.dimension,
            "drawn": plan.drawn,
            "days": max(1, count_days(query, plan, own_zone)[0]),
            "share": (plan.drawn or POPULATION) / POPULATION,
            "most": query.limit if query.kind == "breakdown" else len(query.buckets) or 1,
            "skipped": query.offset,
            "only": _array(query.only or ()),
            "bounds": _array([_instant(bound) for bound in bucket_bounds(query)]),
            "bound_days": _array([bound.astimezone(own_zone).date().isoformat() for bound in bucket_bounds(query)]),
        }

    def figures(self) -> Statement:
        """The rows' counts. Columns: how many rows there are; value; the additive ones; visitors."""
        counts, tables = [], []
        if self._plan.kept:
            counts.append(self._sum_kept())
            tables.append("kept")
        if self._plan.rows:
            counts += self._count_rows()
            tables.append("counted")
        text = fill(
            load_query("read_figures"),
            counts=",\n".join(counts),
            columns=self._list_columns(tables[0]),
            tables=" left join ".join(tables) + (" using (value)" if len(tables) > 1 else ""),
            held="where value = any(cast(:only as text[]))" if self._query.only is not None else "",
            order=self._order(),
        )
        return Statement(text, self._parameters)

    def revenue(self, values: Sequence[str]) -> Statement:
        """What the events of these rows brought in. Columns: value, currency, sum."""
        group = self._group("events")
        is_held = self._query.kind == "breakdown"
        self._parameters["values"] = _array(values)
        text = fill(
            load_query("read_revenue"),
            group=group,
            visit_joined=load_query("join_visit") if self._needs_visits() else "",
            conditions=self._condition("events"),
            held=f"and {group} = any(cast(:values as text[]))" if is_held else "",
        )
        return Statement(text, self._parameters)

    def _sum_kept(self) -> str:
        plan = self._plan
        if plan.kept == "rollups":
            parts = [fill(load_query("sum_rollups"), group=self._group_kept("date"))]
        else:
            parts = [fill(load_query("sum_quarters"), group=self._group_kept("at"))]
        if plan.has_edges:
            parts.append(fill(load_query("sum_edges"), group=self._group("events")))
        return fill(load_query("sum_kept"), parts="\nunion all\n".join(parts))

    def _count_rows(self) -> list[str]:
        plan = self._plan
        needs_visits = plan.rows == "visits" or (not plan.kept and self._needs_visits())
        counts = [load_query("active_visits")] if needs_visits else []
        if plan.kept:
            counts += [self._see(), load_query("sum_seen")]
        else:
            counts += [self._count(needs_visits), self._sum_visitors()]
        is_drawn = plan.drawn is not None
        drawn = {
            "visits_drawn": "and visit.sample < cast(:drawn as int)" if is_drawn else "",
            "events_drawn": "and event.sample < cast(:drawn as int)" if is_drawn else "",
            "visit_columns": ", ".join(self._list_visit_columns()),
        }
        return [fill(text, **drawn) for text in counts]

    def _list_visit_columns(self) -> list[str]:
        """What is needed of visits: they are many."""
        columns = [
            "visit.visitor",
            "visit.start",
            'visit."end"',
            *map(_VISIT_COLUMNS.__getitem__, self._visit_dimensions()),
        ]
        return columns if self._plan.kept else [*columns, *(_VISIT_SIZES if self._counts_visits() else _NO_SIZES)]

    def _visit_dimensions(self) -> list[str]:
        named = (self._query.dimension, *(condition.dimension for condition in list_conditions(self._query.filters)))
        return [name for name in dict.fromkeys(named) if names.is_visit_dimension(name)]

    def _see(self) -> str:
        plan, is_series = self._plan, self._query.kind == "timeseries"
        by_day = plan.counts_days and (plan.drawn is not None or is_series)
        if plan.rows == "events":
            day = 'cast(event."timestamp" at time zone cast(:own_zone as text) as date)' if by_day else "0"
            return fill(load_query("see_events"), group=self._group("events"), day=day)
        if not by_day:
            spread = load_query("spread_buckets") if is_series else ""
            return fill(load_query("see_visits"), group=self._group("visits"), spread=spread)
        first, after = _DAY_BUCKETS if is_series else (self._group("visits"), self._group("visits"))
        return fill(load_query("see_days"), first_group=first, next_group=after)

    def _count(self, needs_visits: bool) -> str:
        rows, is_series = self._plan.rows, self._query.kind == "timeseries"
        if rows == "visits":
            text, is_start = load_query("count_by_visit"), f"bucket.number = width_bucket(visit.start, {_BOUNDS})"
        elif self._counts_visits():
            text = load_query("count_by_event_and_visit")
            is_start = f'width_bucket(visit.start, {_BOUNDS}) = width_bucket(event."timestamp", {_BOUNDS})'
        else:
            text, is_start = load_query("count_by_event"), ""
        if not is_series:
            is_start = "visit.start >= cast(:start as timestamptz)"
        spread = load_query("spread_buckets") if is_series else ""
        group, conditions = self._group(rows), self._condition(rows)
        joined = load_query("join_active") if needs_visits else ""
        return fill(text, group=group, conditions=conditions, is_start=is_start, spread=spread, visit_joined=joined)

    def _sum_visitors(self) -> str:
        products = load_query("sum_products") if self._plan.drawn is not None else "cast(null as double precision[])"
        return fill(load_query("sum_visitors"), products=products)

    def _needs_visits(self) -> bool:
        """Whether anything of events' visits is asked."""
        return bool(self._visit_dimensions()) or self._counts_visits()

    def _counts_visits(self) -> bool:
        return bool(set(self._query.metrics) & set(names.VISIT_METRICS))

    def _group(self, rows: Rows) -> str:
        if self._query.kind == "summary":
            return "cast('' as text)"
        if self._query.kind == "timeseries":
            return "bucket.number" if rows == "visits" else f'width_bucket(event."timestamp", {_BOUNDS})'
        return self._column(self._query.dimension, rows, "key")

    def _group_kept(self, column: str) -> str:
        if self._query.kind == "timeseries":
            return {
                "date": "width_bucket(date, cast(:bound_days as date[]))",
                "at": f"width_bucket(at, {_BOUNDS})",
            }[column]
        return "value" if self._query.kind == "breakdown" else "cast('' as text)"

    def _column(self, dimension: str, rows: Rows, parameter: str) -> str:
        if rows == "visits":
            return _VISIT_COLUMNS[dimension]
        if dimension in _EVENT_COLUMNS:
            return _EVENT_COLUMNS[dimension]
        if dimension in _EVENT_OR_VISIT:
            return _EVENT_OR_VISIT[dimension]
        self._parameters[parameter] = dimension.removeprefix(names.PROPERTY)
        return f"(event.props ->> cast(:{parameter} as text))"

    def _condition(self, rows: Rows) -> str:
        if self._query.filters is None:
            return ""
        self._conditions = 0
        return "and " + self._write_filter(self._query.filters, rows)

    def _write_filter(self, filter_: Filter, rows: Rows) -> str:
        if isinstance(filter_, Condition):
            return self._write_condition(filter_, rows)
        parts = (self._write_filter(part, rows) for part in filter_.parts)
        return "(" + {"and": " and ", "or": " or "}[filter_.kind].join(parts) + ")"

    def _write_condition(self, condition: Condition, rows: Rows) -> str:
        number = self._conditions
        self._conditions += 1
        column = self._column(condition.dimension, rows, f"key{number}")
        change = {"contains": contain, "not_contains": contain, "matches": translate_glob}.get(condition.operator, str)
        self._parameters[f"values{number}"] = _array([change(value) for value in condition.values])
        return fill(_COMPARED[condition.operator], column=column, values=f"cast(:values{number} as text[])")

    def _list_columns(self, table: str) -> str:
        additive = ", ".join(f"{table}.{name}" for name in _ADDITIVE)
        days = "kept.visitor_days" if self._plan.kept else "cast(0 as bigint) as visitor_days"
        counted = "counted.visitors, counted.products"
        if not self._plan.rows:
            counted = "cast(null as bigint) as visitors, cast(null as double precision[]) as products"
        return f"value, {additive}, {days}, {counted}"

    def _order(self) -> str:
        if self._query.kind != "breakdown":
            return "value"
        sort = self._query.sort
        weight = self._weigh(sort.metric)
        direction = "desc" if sort.is_descending else "asc"
        return f'{weight} {direction} nulls last, value collate "C"'

    def _weigh(self, metric: str) -> str:
        if metric in _RATES:
            n, d = _RATES[metric]
            return fill(_HUNDREDTHS, n=n, d=d)
        if metric != "visitors":
            return metric
        if not self._plan.rows:
            return "visitor_days"
        if self._plan.counts_days and self._plan.drawn is not None:
            return _DISTINCT
        return "coalesce(visitors, 0)"
