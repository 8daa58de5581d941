"""The statements of queries, built from our own fixed texts; every value is a parameter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from common.postgres.sql import fill, load_query
from functions.stats.estimator.columns import list_controlled, list_moments
from functions.stats.estimator.days import bucket_bounds
from functions.stats.estimator.expressions import Parameters, array, write_filter
from functions.stats.estimator.fragments import texts
from functions.stats.estimator.imported_share import ImportedShare
from functions.stats.estimator.imported_sums import list_imported, write_imported
from functions.stats.estimator.ordering import write_order
from functions.stats.estimator.plan import MEASURES, Plan, count_days
from functions.stats.estimator.rollup_sums import write_rollup
from functions.stats.estimator.row_sums import RowSums, finds_visits, write_group
from functions.stats.query.model import Query


@dataclass
class Statement:
    """A text without values, the values, and the names of the columns that it reads."""

    text: str
    parameters: Parameters
    columns: tuple[str, ...] = ()
    reads_rows: bool = False
    """Whether it reads visits or events, not rollups alone."""


class Writer:
    """Writes the statements of one query."""

    def __init__(self, query: Query, plan: Plan, own_zone: ZoneInfo, imported: ImportedShare | None = None) -> None:
        self._query = query
        self._plan = plan
        self._imported = imported if imported and imported.metrics else None
        bounds = bucket_bounds(query)
        read = plan.control.span if plan.control is not None else query.span
        self._parameters: Parameters = {
            "site_id": query.site_id,
            "start": query.span.start.isoformat(),
            "after": query.span.end.isoformat(),
            "read_start": read.start.isoformat(),
            "read_after": read.end.isoformat(),
            "read_first_day": _local_date(read.start, own_zone),
            "read_after_day": _local_date(read.end, own_zone),
            "half_hour": min(read.end, read.start + timedelta(minutes=30)).isoformat(),
            "last": (query.span.end - timedelta(microseconds=1)).isoformat(),
            "inner_start": plan.inner[0].isoformat(),
            "inner_after": plan.inner[1].isoformat(),
            "first_day": plan.days.first.isoformat(),
            "first_month": plan.days.first_month.isoformat(),
            "after_month": plan.days.after_month.isoformat(),
            "after_day": plan.days.after.isoformat(),
            "own_zone": own_zone.key,
            "sample_below": plan.sample_below,
            "days": max(1, count_days(query, plan, own_zone)[0]),
            "rate": plan.rate,
            "most": query.limit if query.kind == "breakdown" else len(query.buckets) or 1,
            "skipped": query.offset,
            "only": array(query.only or ()),
            "bounds": array([bound.isoformat() for bound in bounds]),
            "bound_days": array([_local_date(bound, own_zone) for bound in bounds]),
        }

    def figures(self) -> Statement:
        """The rows' counts, in the columns that columns.py explains, after `rows`, how many there are in all."""
        query, plan = self._query, self._plan
        counts, tables = [], []
        if plan.rollup:
            counts += write_rollup(plan.control or query, plan, self._parameters)
            tables.append("rollup")
        if plan.rows:
            counts += RowSums(query, plan, self._parameters).write()
            tables.append("counted")
        if plan.reads_control and query.kind == "breakdown":
            tables.reverse()  # of a value of which nobody was drawn, nobody knows whether anything of it counts
        columns = self._list_columns()
        joined = " left join ".join(tables) + (" using (value)" if len(tables) > 1 else "")
        if plan.adds_inner:
            joined = "inner_days full join counted using (value) left join rollup using (value)"
        if self._imported is not None:
            counts.append(write_imported(query, self._imported, self._parameters))
            joined += " full join imported using (value)"
        text = fill(
            texts.READ_FIGURES,
            counts=",\n".join(counts),
            columns=",\n        ".join(f"{written} as {name}" for name, written in columns.items()),
            tables=joined,
            restriction="where value = any(cast(:only as text[]))" if query.only is not None else "",
            order=write_order(query, plan, self._imported),
        )
        return Statement(text, self._parameters, ("rows", *columns), reads_rows=bool(plan.rows) or plan.has_edges)

    def count_sales(self) -> Statement:
        """How many events with revenue have a visit."""
        return Statement(load_query(__name__, "count_sales"), self._parameters, ("sales",), reads_rows=True)

    def revenue(self, values: Sequence[str]) -> Statement:
        """What the events of these rows brought in."""
        tables = RowSums(self._query, self._plan, self._parameters).find_reaching(is_sample=False)
        text = self._fill_revenue(texts.READ_REVENUE, values, ("with " + ",\n".join(tables)) if tables else "")
        return Statement(text, self._parameters, ("value", "currency", "revenue"), reads_rows=True)

    def drawn_revenue(self, values: Sequence[str], sample_below: int, most_heavy: int) -> Statement:
        """What drawn visitors brought in to these rows, and the at most so many who brought in the most."""
        self._parameters |= {"sample_below": sample_below, "most_heavy": most_heavy}
        tables = RowSums(self._query, self._plan, self._parameters).find_reaching(is_sample=True)
        text = self._fill_revenue(texts.DRAW_REVENUE, values, "".join(f"{table},\n" for table in tables))
        columns = ("value", "currency", "certain", "drawn", "squares", "largest", "total")
        return Statement(text, self._parameters, columns, reads_rows=True)

    def _fill_revenue(self, text: str, values: Sequence[str], tables: str) -> str:
        query = self._query
        group = write_group(query, "events", self._parameters)
        condition = ""
        if query.filters is not None:
            condition = "and " + write_filter(query.filters, "events", self._parameters)
        self._parameters["values"] = array(values)
        return fill(
            text,
            tables=tables,
            group=group,
            visit_joined=texts.JOIN_VISIT if finds_visits(query) else "",
            conditions=condition,
            restriction=f"and {group} = any(cast(:values as text[]))" if query.kind == "breakdown" else "",
        )

    def _list_columns(self) -> dict[str, str]:
        """By name: where a column of the answer comes from."""
        plan = self._plan
        columns = {"value": "value"}
        for name in MEASURES:
            columns[name] = f"rollup.{name}" if name in plan.exact else f"coalesce(counted.{name}, 0)"
        if plan.exact:
            columns["visitor_days"] = "rollup.visitor_days"
        columns["visitors"] = "counted.visitors" if plan.rows else "cast(null as bigint)"
        columns |= {name: f"counted.{name}" for name in list_moments(plan)}
        if plan.adds_inner:
            columns |= {f"{name}_known": f"coalesce(inner_days.{name}, 0)" for name in MEASURES}
        if self._imported is not None:
            columns |= list_imported()
        return columns | {f"{name}_total": f"rollup.{control}" for name, control in list_controlled(plan).items()}


def _local_date(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).date().isoformat()
