"""Runs the statements of queries: one transaction for each answer, so that it shows one state of the database."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self
from zoneinfo import ZoneInfo

from common.errors import Unavailable
from common.goals.goal import Goal
from common.goals.goals import read_goals
from common.imports.imports import read_imports
from common.postgres.database import Database, find_sqlstate
from common.postgres.driver import Connection, DatabaseError
from common.postgres.sql import load_query
from common.segments.segment import Segment
from common.segments.segments import read_segments
from common.settings import Settings
from functions.stats.estimator.budgets import Size
from functions.stats.estimator.days import Days
from functions.stats.estimator.statements import Statement
from functions.stats.query.model import Site
from functions.stats.query.periods import Span
from functions.stats.query.zones import find_zone

MOST_PROPERTIES = 1_000
STATEMENT_TIMEOUT = "57014"
TOO_SLOW = "This takes too long to answer: ask about fewer days, or with fewer and shorter conditions."
_UTC = ZoneInfo("UTC")


class FiguresReader:
    """What the stats function reads for queries."""

    def __init__(self, database: Database, rollup_seconds: float | None = None, secret: bytes = b"") -> None:
        """`rollup_seconds`: longest statement that reads rollups alone; None: any may take what the database allows.

        `secret`: what no client knows, the same for all instances.
        """
        self._database = database
        self._rollup_seconds = rollup_seconds
        self._secret = secret

    @classmethod
    def of(cls, database: Database, settings: Settings) -> Self:
        """The reader that the settings describe: rollups are given no more time than rows."""
        seconds = min(settings.stats_rollup_timeout_seconds, settings.database_timeout_seconds)
        secret = f"{settings.database_url}\0{settings.stats_api_key}"
        return cls(database, seconds, hashlib.sha256(secret.encode()).digest())

    @contextmanager
    def snapshot(self) -> Iterator["Snapshot"]:
        """One state of the database to read from. Raises Unavailable."""
        with self._database.transaction() as connection:
            # What is grouped should not spill to disk; how many rows a sum has nobody can estimate, and a nested loop
            # over too many is the one plan that is never good.
            connection.run(
                "set transaction isolation level repeatable read, read only;"
                " set local work_mem = '64MB'; set local enable_nestloop = off"
            )
            yield Snapshot(connection, self._rollup_seconds, self._secret)


class Snapshot:
    """One state of the database."""

    def __init__(self, connection: Connection, rollup_seconds: float | None = None, secret: bytes = b"") -> None:
        self._connection = connection
        self._rollup_seconds = rollup_seconds
        self._secret = secret

    def read_site(self, site_id: str) -> Site:
        """What is known of a site; of one without events, nothing."""
        [[zone, version, changed_at, first_at, has_derived]] = self._connection.run(
            load_query(__name__, "read_site"), site_id=site_id
        )
        own_zone, imports = find_zone(zone or "UTC") or _UTC, tuple(read_imports(self._connection, site_id))
        return Site(own_zone, version, changed_at, first_at, has_derived, imports, self._secret)

    def read_goals(self, site_id: str) -> list[Goal]:
        """A site's goals, by name."""
        return read_goals(self._connection, site_id)

    def read_segments(self, site_id: str) -> list[Segment]:
        """A site's segments, by name."""
        return read_segments(self._connection, site_id)

    def list_properties(self, site_id: str) -> list[str]:
        """The dimensions props.<key> that the site's events have had, at most MOST_PROPERTIES."""
        rows = self._connection.run(load_query(__name__, "list_properties"), site_id=site_id, most=MOST_PROPERTIES)
        return [row[0] for row in rows or []]

    def count_filtered(self, site_id: str, span: Span) -> list[tuple[str, int, int]]:
        """By reason: how many events of a range were set aside, and how many of them restored since; most first."""
        rows = self._connection.run(
            load_query(__name__, "count_filtered"),
            site_id=site_id,
            start=span.start.isoformat(),
            after=span.end.isoformat(),
        )
        return [(reason, int(events), int(restored)) for reason, events, restored in rows or []]

    def count_crawlers(self, site_id: str, span: Span) -> list[tuple[str, str, str, int]]:
        """Name, operator and purpose of the crawlers that were set aside in a range, and how many events of each; most
        first, at most 100.
        """
        rows = self._connection.run(
            load_query(__name__, "count_crawlers"),
            site_id=site_id,
            start=span.start.isoformat(),
            after=span.end.isoformat(),
        )
        return [(name, operator, purpose, int(events)) for name, operator, purpose, events in rows or []]

    def measure_quarters(self, site_id: str, span: Span) -> Size:
        """How many rows lie in the quarter hours that a range touches."""
        [[events, visits]] = self._connection.run(
            load_query(__name__, "measure_quarters"),
            site_id=site_id,
            start=span.start.isoformat(),
            after=span.end.isoformat(),
        )
        return Size(int(events), int(visits))

    def measure_days(self, site_id: str, days: Days) -> Size:
        """How many rows lie in local days."""
        [[events, visits]] = self._connection.run(
            load_query(__name__, "measure_days"),
            site_id=site_id,
            first_day=days.first.isoformat(),
            first_month=days.first_month.isoformat(),
            after_month=days.after_month.isoformat(),
            after_day=days.after.isoformat(),
        )
        return Size(int(events), int(visits))

    def read(self, statement: Statement) -> list[dict[str, Any]]:
        """The rows of a statement, by column. Raises Unavailable where it takes longer than its kind may."""
        try:
            rows = self._run(statement)
        except DatabaseError as error:
            if find_sqlstate(error) == STATEMENT_TIMEOUT:
                raise Unavailable(TOO_SLOW) from error
            raise
        return [dict(zip(statement.columns, row, strict=True)) for row in rows]

    def _run(self, statement: Statement) -> list[list[Any]]:
        if statement.reads_rows or self._rollup_seconds is None:
            return list(self._connection.run(statement.text, **statement.parameters) or [])
        [[usual, _]] = self._connection.run(
            "select current_setting('statement_timeout'), set_config('statement_timeout', :most, true)",
            most=str(max(1, int(self._rollup_seconds * 1000))),
        )
        rows: list[list[Any]] = self._connection.run(statement.text, **statement.parameters) or []
        self._connection.run("select set_config('statement_timeout', :most, true)", most=usual)
        return rows
