"""Answers a query: measures its range, plans, reads, and turns what was read into metrics."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from common.filters.conditions import sum_patterns
from functions.stats.estimator.budgets import Budgets, Size
from functions.stats.estimator.columns import Counts
from functions.stats.estimator.days import Days, most_visits, touched_days
from functions.stats.estimator.imported_share import ImportedShare
from functions.stats.estimator.imported_sums import add_imported
from functions.stats.estimator.metrics import Answered, Row, list_estimated, measure
from functions.stats.estimator.plan import Plan, count_days, plan_rollup
from functions.stats.estimator.planner import make_plan
from functions.stats.estimator.revenue import add_revenue
from functions.stats.estimator.statements import Statement, Writer
from functions.stats.query.model import Query
from functions.stats.query.periods import Span

SHORT = timedelta(days=8)
"""Shorter ranges are measured by the quarter hour."""


class Reader(Protocol):
    """One state of the database. Its methods raise Unavailable."""

    def measure_quarters(self, site_id: str, span: Span) -> Size:
        """How many rows lie in the quarter hours that a range touches."""

    def measure_days(self, site_id: str, days: Days) -> Size:
        """How many rows lie in local days."""

    def read(self, statement: Statement) -> list[dict[str, Any]]:
        """The rows of a statement, by column."""


def answer(
    query: Query, own_zone: ZoneInfo, reader: Reader, budgets: Budgets, imported: ImportedShare | None = None
) -> Answered:
    """The rows of a query: one of a summary, one for each bucket, or a breakdown's page. `own_zone`: the site's.

    `imported`: what is added from imports of totals.
    """

    def choose(controls: Sequence[Query]) -> Query:
        return min(controls, key=lambda control: _count_events(control, own_zone, reader))

    budgets = budgets.share(sum_patterns(query.filters))
    size = measure_range(query, own_zone, reader)
    plan = make_plan(query, own_zone, size, budgets, choose, lambda other: measure_range(other, own_zone, reader))
    if imported is not None and plan.is_sample and not plan.is_all_exact:
        imported = imported.without_rates()
    writer = Writer(query, plan, own_zone, imported)
    found = reader.read(writer.figures())
    rows = _measure_rows(query, plan, own_zone, [Counts(row["value"], row) for row in found], imported)
    estimated, draws = list_estimated(query.metrics, plan), False
    if "revenue" in query.metrics:
        rows, draws = add_revenue(rows, writer, query, plan, size, reader.read, budgets)
        estimated += ("revenue",) if draws else ()
    return Answered(rows, found[0]["rows"], not plan.is_sample and not draws, estimated, imported)


def measure_range(query: Query, own_zone: ZoneInfo, reader: Reader) -> Size:
    """About how many rows the range of a query holds."""
    if query.span.length < SHORT:
        return reader.measure_quarters(query.site_id, query.span)
    return reader.measure_days(query.site_id, touched_days(query, own_zone))


def _count_events(query: Query, own_zone: ZoneInfo, reader: Reader) -> int:
    """Those of a query that a rollup answers, over all of its range."""
    whole = replace(query, kind="summary", buckets=(), interval="")
    [row] = reader.read(Writer(whole, plan_rollup(whole, own_zone), own_zone).figures())
    return int(row["events"] or 0)


def _measure_rows(
    query: Query, plan: Plan, own_zone: ZoneInfo, found: Sequence[Counts], imported: ImportedShare | None
) -> list[Row]:
    counts = [count for count in found if count.value is not None]
    if query.kind != "breakdown":
        by_value = {count.value: count for count in counts}
        values: Sequence[Any] = range(1, len(query.buckets) + 1) if query.kind == "timeseries" else ("",)
        counts = [by_value.get(value, Counts(value)) for value in values]
    days, most = count_days(query, plan, own_zone), most_visits(query)
    rows = [
        measure(count, query.metrics, plan, days[index % len(days)], most[index % len(most)])
        for index, count in enumerate(counts)
    ]
    if imported is None:
        return rows
    return [add_imported(row, count, imported) for row, count in zip(rows, counts, strict=True)]
