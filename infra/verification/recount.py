"""Checks the aggregates against a recount of the events."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from common.postgres.database import Database
from common.postgres.sql import fill, load_query
from common.visits.fragments.attributes import ATTRIBUTES
from common.visits.fragments.engagement import ENGAGEMENT
from infra.verification.fragments import texts

VERIFY_VISITORS = fill(load_query(__name__, "verify_visitors"), recount_visitors=texts.RECOUNT_VISITORS)
VERIFY_VISITS = fill(
    load_query(__name__, "verify_visits"),
    recount_visits=texts.RECOUNT_VISITS,
    recount_quarters=texts.RECOUNT_QUARTERS,
    **ATTRIBUTES,
    **ENGAGEMENT,
)
VERIFY_ROLLUPS = fill(
    load_query(__name__, "verify_rollups"),
    recount_visits=texts.RECOUNT_VISITS,
    recount_rollups=texts.RECOUNT_ROLLUPS,
    **ENGAGEMENT,
)

TIMEOUT_SECONDS = 3_600
ASPECTS = ("daily", "visitors", "visits", "rollups")
"""What can be recounted. "daily" always covers all sites; the others can be limited to one."""


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


def verify_aggregates(
    database_url: str, secret_arn: str = "", site_id: str | None = None, aspects: Sequence[str] = ASPECTS
) -> list[Difference]:
    """Every difference, found in one snapshot. Reads all events. Raises Unavailable. `secret_arn`: as for Database.

    `site_id`: limit visitors, visits and rollups to this site. `aspects`: a subset of ASPECTS, for verifying a large
    database in several calls while nothing writes to it.
    """
    database = Database(database_url, connections=1, timeout_seconds=TIMEOUT_SECONDS, secret_arn=secret_arn)
    with closing(database), database.transaction() as connection:
        connection.run("set transaction isolation level repeatable read, read only")
        # before there is a snapshot: tables that are truncated later look empty in it (see common.days.closing)
        connection.run("lock table daily_values, daily_users in access share mode")
        # The planner does not know the sizes of the CTEs that are joined. Nested loops over them would take hours.
        connection.run("set local work_mem = '256MB'; set local jit = off; set local enable_nestloop = off")
        rows: list[Any] = []
        if "daily" in aspects:
            rows += connection.run(load_query(__name__, "verify_daily")) or []
        if "visitors" in aspects:
            rows += connection.run(VERIFY_VISITORS, site_id=site_id) or []
        if "visits" in aspects:
            rows += connection.run(VERIFY_VISITS, site_id=site_id, since=None, before=None) or []
        if "rollups" in aspects:
            rows += connection.run(VERIFY_ROLLUPS, site_id=site_id, since=None, before=None) or []
    differences = [Difference(aggregate, site, str(day), *rest) for aggregate, site, day, *rest in rows]
    return sorted(differences, key=lambda one: (one.aggregate, one.site_id, one.date, one.key))
