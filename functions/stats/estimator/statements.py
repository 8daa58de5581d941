"""The statements of queries: put together from fixed texts of ours; every value is a parameter."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from functions.stats.estimator.days import bucket_bounds
from functions.stats.estimator.expressions import Parameters, array, fill, write_filter
from functions.stats.estimator.fragments import texts
from functions.stats.estimator.ordering import write_order
from functions.stats.estimator.plan import Plan, count_days
from functions.stats.estimator.rollup_sums import write_kept
from functions.stats.estimator.row_sums import RowCounts, needs_visits, write_group
from functions.stats.query.model import Query

_ADDITIVE = ("page_views", "events", "visits", "bounces", "duration_ms")
_VIEWS = ("page_views", "events")
_KNOWN = f"array[{', '.join(f'kept.{name}' for name in _ADDITIVE)}] as known"


@dataclass
class Statement:
    """A text without values, and the values."""

    text: str
    parameters: Parameters = field(default_factory=dict)


class Writer:
    """Writes the statements of one query."""

    def __init__(self, query: Query, plan: Plan, own_zone: ZoneInfo) -> None:
        self._query = query
        self._plan = plan
        bounds = bucket_bounds(query)
        self._parameters: Parameters = {
            "site_id": query.site_id,
            "start": query.span.start.isoformat(),
            "after": query.span.end.isoformat(),
            "half_hour": min(query.span.end, query.span.start + timedelta(minutes=30)).isoformat(),
            "last": (query.span.end - timedelta(microseconds=1)).isoformat(),
            "inner_start": plan.inner[0].isoformat(),
            "inner_after": plan.inner[1].isoformat(),
            "first_day": plan.days.first.isoformat(),
            "first_month": plan.days.first_month.isoformat(),
            "after_month": plan.days.after_month.isoformat(),
            "after_day": plan.days.after.isoformat(),
            "own_zone": own_zone.key,
            "drawn": plan.drawn,
            "days": max(1, count_days(query, plan, own_zone)[0]),
            "share": plan.share,
            "most": query.limit if query.kind == "breakdown" else len(query.buckets) or 1,
            "skipped": query.offset,
            "only": array(query.only or ()),
            "bounds": array([bound.isoformat() for bound in bounds]),
            "bound_days": array([_local_date(bound, own_zone) for bound in bounds]),
        }

    def figures(self) -> Statement:
        """The rows' counts. Columns: how many rows there are; value; the additive ones; visitors; what is known."""
        query, plan = self._query, self._plan
        counts, tables = [], []
        if plan.kept:
            counts.append(write_kept(plan.control or query, plan, self._parameters))
            tables.append("kept")
        if plan.rows:
            counts += RowCounts(query, plan, self._parameters).write()
            tables.append("counted")
        if plan.role == "control" and query.kind == "breakdown":
            tables.reverse()  # of a value of which nobody was drawn, nobody knows whether anything of it counts
        text = fill(
            texts.READ_FIGURES,
            counts=",\n".join(counts),
            columns=self._list_columns(),
            tables=" left join ".join(tables) + (" using (value)" if len(tables) > 1 else ""),
            held="where value = any(cast(:only as text[]))" if query.only is not None else "",
            order=write_order(query, plan),
        )
        return Statement(text, self._parameters)

    def revenue(self, values: Sequence[str]) -> Statement:
        """What the events of these rows brought in. Columns: value, currency, sum."""
        query = self._query
        group = write_group(query, "events", self._parameters)
        condition = ""
        if query.filters is not None:
            condition = "and " + write_filter(query.filters, "events", self._parameters)
        self._parameters["values"] = array(values)
        text = fill(
            texts.READ_REVENUE,
            group=group,
            visit_joined=texts.JOIN_VISIT if needs_visits(query) else "",
            conditions=condition,
            held=f"and {group} = any(cast(:values as text[]))" if query.kind == "breakdown" else "",
        )
        return Statement(text, self._parameters)

    def _list_columns(self) -> str:
        plan = self._plan
        exact = {"figures": _ADDITIVE, "views": _VIEWS, "control": (), "": ()}[plan.role]
        columns = [f"kept.{name}" if name in exact else f"coalesce(counted.{name}, 0) as {name}" for name in _ADDITIVE]
        has_days = plan.role in ("figures", "views")
        columns.append("kept.visitor_days" if has_days else "cast(0 as bigint) as visitor_days")
        columns.append(
            "counted.visitors, counted.products"
            if plan.rows
            else "cast(null as bigint) as visitors, cast(null as double precision[]) as products"
        )
        columns.append(_KNOWN if plan.kept else "cast(null as bigint[]) as known")
        return f"value, {', '.join(columns)}"


def _local_date(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).date().isoformat()
