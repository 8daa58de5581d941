"""Checks the aggregates against a recount of the events."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from common.groups.slots import find_slot
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import fill, load_query
from infra.verification.fragments import texts

VERIFY_VISITORS = fill(load_query(__name__, "verify_visitors"), recount_visitors=texts.RECOUNT_VISITORS)
VERIFY_FIGURES = fill(
    load_query(__name__, "verify_figures"),
    recount_visits=texts.RECOUNT_VISITS,
    recount_quarters=texts.RECOUNT_QUARTERS,
    recount_rollups=texts.RECOUNT_ROLLUPS,
    differing_visits=texts.DIFFERING_VISITS,
    differing_rollups=texts.DIFFERING_ROLLUPS,
)

TIMEOUT_SECONDS = 3_600
HANDS = 2
"""Connections that recount at the same time."""
MOST_SITES_APART = 500
"""More are recounted together: a statement for each would take longer."""


@dataclass(frozen=True)
class Difference:
    """A row of an aggregate that differs from the recount. None: that side has no such row."""

    aggregate: str
    site_id: str
    date: str
    key: str
    kept: str | None
    recount: str | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return vars(self)


Part = Callable[[Connection], Any]
"""Recounts something; returns the rows that differ."""


def verify_aggregates(
    database_url: str, secret_arn: str = "", site_id: str | None = None, *, with_days: bool = True
) -> list[Difference]:
    """Every difference, found in one snapshot. Reads all events, and holds nobody up. Raises Unavailable.

    What there is of sites whose slot is absent is no difference: a move copies it, or deletes what it has left.
    `secret_arn`: as for Database. `site_id`: limit visitors, visits and rollups to this site; what /stats reads is
    recounted of all sites, unless `with_days` is false.
    """
    database = Database(database_url, connections=1 + HANDS, timeout_seconds=TIMEOUT_SECONDS, secret_arn=secret_arn)
    with closing(database), database.transaction() as holder, ThreadPoolExecutor(HANDS) as pool:
        # others read what this transaction sees, for as long as it lasts
        holder.run("set transaction isolation level repeatable read, read only")
        holder.run("set local idle_in_transaction_session_timeout = 0")
        # before there is a snapshot: tables that are truncated later look empty in it (see common.days.closing)
        holder.run("lock table daily_values, daily_users in access share mode")
        [[snapshot]] = holder.run("select pg_export_snapshot()") or []

        def recount(part: Part) -> list[Any]:
            with database.transaction() as connection:
                connection.run("set transaction isolation level repeatable read, read only")
                connection.run(f"set transaction snapshot '{snapshot}'")
                # The planner does not know the sizes of the CTEs that are joined. Nested loops would take hours.
                connection.run("set local work_mem = '256MB'; set local enable_nestloop = off")
                return part(connection) or []

        absent = {slot for [slot] in holder.run(load_query(__name__, "read_absent")) or []}
        sites = [site_id] if site_id is not None else _list_sites(holder)
        parts: list[Part] = [partial(_recount_figures, site_id=site) for site in sites]
        parts += [partial(_recount_visitors, site_id=site) for site in sites]
        if with_days:
            parts += [partial(_recount_days, site_id=site) for site in (sites if site_id is None else [None])]
        rows = [row for found in pool.map(recount, parts) for row in found]
    differences = [
        Difference(aggregate, site, str(day), *rest)
        for aggregate, site, day, *rest in rows
        if not absent or find_slot(site) not in absent
    ]
    return sorted(differences, key=lambda one: (one.aggregate, one.site_id, one.date, one.key))


def _list_sites(connection: Connection) -> list[str | None]:
    """The sites that have anything, those with most events first; None in place of very many."""
    sites = [
        site_id for [site_id] in connection.run(load_query(__name__, "list_sites"), most=MOST_SITES_APART + 1) or []
    ]
    return sites if len(sites) <= MOST_SITES_APART else [None]


def _recount_days(connection: Connection, site_id: str | None) -> Any:
    return connection.run(load_query(__name__, "verify_daily"), site_id=site_id)


def _recount_figures(connection: Connection, site_id: str | None) -> Any:
    return connection.run(VERIFY_FIGURES, site_id=site_id, since=None, before=None)


def _recount_visitors(connection: Connection, site_id: str | None) -> Any:
    return connection.run(VERIFY_VISITORS, site_id=site_id)
