"""Reads the figures of queries: one transaction, and so one state of the database, an answer."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from functions.stats.estimator.days import touched_days
from functions.stats.estimator.metrics import Answered, Counts, Row, list_estimated, measure
from functions.stats.estimator.plan import Budgets, count_days, make_plan, most_visits, plan_kept
from functions.stats.estimator.statements import Statement, Writer
from functions.stats.query.model import Query, Site
from functions.stats.query.zones import find_zone

MOST_PROPERTIES = 1_000
SHORT = timedelta(days=8)
"""Shorter ranges are measured by the quarter hour."""
_UTC = ZoneInfo("UTC")


class FiguresReader:
    """What the stats function reads for queries."""

    def __init__(self, database: Database, budgets: Budgets | None = None) -> None:
        self._database = database
        self._budgets = budgets or Budgets()

    @contextmanager
    def snapshot(self) -> Iterator["Snapshot"]:
        """One state of the database to read from. Raises Unavailable."""
        with self._database.transaction() as connection:
            # Compiling a statement takes longer than running it; what is grouped should not spill to disk; how many
            # rows a sum has nobody can estimate, and a nested loop over too many is the one plan that is never good.
            connection.run(
                "set transaction isolation level repeatable read, read only; set local jit = off;"
                " set local work_mem = '64MB'; set local enable_nestloop = off"
            )
            yield Snapshot(connection, self._budgets)


class Snapshot:
    """One state of the database."""

    def __init__(self, connection: Connection, budgets: Budgets) -> None:
        self._connection = connection
        self._budgets = budgets

    def read_site(self, site_id: str) -> Site:
        """What is known of a site; of one without events, nothing."""
        [[zone, version, changed_at, first_at, has_derived]] = self._connection.run(
            load_query(__name__, "read_site"), site_id=site_id
        )
        return Site(find_zone(zone or "UTC") or _UTC, version, changed_at, first_at, has_derived)

    def list_properties(self, site_id: str) -> list[str]:
        """The dimensions props.<key> that the site's events have had, at most MOST_PROPERTIES."""
        rows = self._connection.run(load_query(__name__, "list_properties"), site_id=site_id, most=MOST_PROPERTIES)
        return [row[0] for row in rows or []]

    def answer(self, query: Query, own_zone: ZoneInfo) -> Answered:
        """The rows of a query: one of a summary, one for each bucket, or a breakdown's page."""

        def choose(controls: Sequence[Query]) -> Query:
            return min(controls, key=lambda control: self._count_events(control, own_zone))

        plan = make_plan(query, own_zone, self._measure_range(query, own_zone), self._budgets, choose)
        writer = Writer(query, plan, own_zone)
        found = self._run(writer.figures())
        counts = [Counts(*row[1:]) for row in found if row[1] is not None]
        days, most = count_days(query, plan, own_zone), most_visits(query)
        if query.kind != "breakdown":
            by_value = {count.value: count for count in counts}
            values: Sequence[Any] = range(1, len(query.buckets) + 1) if query.kind == "timeseries" else ("",)
            counts = [by_value.get(value, Counts(value)) for value in values]
        rows = [
            measure(count, query.metrics, plan, days[index % len(days)], most[index % len(most)])
            for index, count in enumerate(counts)
        ]
        if "revenue" in query.metrics:
            rows = self._add_revenue(writer, rows)
        return Answered(rows, found[0][0], plan.drawn is None, list_estimated(query.metrics, plan))

    def _count_events(self, query: Query, own_zone: ZoneInfo) -> int:
        """Those of a query of which they are kept, over all of its range."""
        whole = replace(query, kind="summary", buckets=(), interval="")
        found = self._run(Writer(whole, plan_kept(whole, own_zone), own_zone).figures())
        return int(found[0][3] or 0)

    def _measure_range(self, query: Query, own_zone: ZoneInfo) -> tuple[int, int]:
        if query.span.length < SHORT:
            [[events, visits]] = self._connection.run(
                load_query(__name__, "measure_quarters"),
                site_id=query.site_id,
                start=query.span.start.isoformat(),
                after=query.span.end.isoformat(),
            )
            return int(events), int(visits)
        days = touched_days(query, own_zone)
        [[events, visits]] = self._connection.run(
            load_query(__name__, "measure_days"),
            site_id=query.site_id,
            first_day=days.first.isoformat(),
            first_month=days.first_month.isoformat(),
            after_month=days.after_month.isoformat(),
            after_day=days.after.isoformat(),
        )
        return int(events), int(visits)

    def _add_revenue(self, writer: Writer, rows: list[Row]) -> list[Row]:
        values = [row.value for row in rows if isinstance(row.value, str)]
        sums: dict[Any, dict[str, str]] = {row.value: {} for row in rows}
        for value, currency, amount in self._run(writer.revenue(values)):
            if value in sums:
                sums[value][currency] = f"{amount:f}"
        ordered = {value: dict(sorted(amounts.items())) for value, amounts in sums.items()}
        return [replace(row, metrics={**row.metrics, "revenue": ordered[row.value]}) for row in rows]

    def _run(self, statement: Statement) -> list[list[Any]]:
        return self._connection.run(statement.text, **statement.parameters) or []
