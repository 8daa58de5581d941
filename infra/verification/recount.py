"""Whether the aggregates equal what the events say."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from common.postgres.database import Database
from common.postgres.sql import fill, load_query
from common.visits.fragments.attributes import ATTRIBUTES
from infra.verification.fragments import texts

VERIFY_VISITS = fill(load_query(__name__, "verify_visits"), recount_visits=texts.RECOUNT_VISITS, **ATTRIBUTES)
VERIFY_ROLLUPS = fill(
    load_query(__name__, "verify_rollups"), recount_visits=texts.RECOUNT_VISITS, recount_rollups=texts.RECOUNT_ROLLUPS
)

TIMEOUT_SECONDS = 3_600
ASPECTS = ("daily", "visitors", "visits", "rollups")
"""What is recounted: the daily figures of all sites, and three that can be told a site."""


@dataclass(frozen=True)
class Difference:
    """A row of an aggregate that is not what a recount of the events gives; None: no such row."""

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
    """Every difference, from one snapshot. Reads all events. Raises Unavailable. `secret_arn`: as for Database.

    `site_id`: recount the visitors, the visits and the figures of dimensions of this site alone. `aspects`: some of
    ASPECTS, for a caller that has a large database verified in parts while nothing is written.
    """
    database = Database(database_url, connections=1, timeout_seconds=TIMEOUT_SECONDS, secret_arn=secret_arn)
    with closing(database), database.transaction() as connection:
        connection.run("set transaction isolation level repeatable read, read only")
        # what is joined are CTEs, of whose sizes the planner knows nothing: nested loops of them would take hours
        connection.run("set local work_mem = '256MB'; set local jit = off; set local enable_nestloop = off")
        rows: list[Any] = []
        if "daily" in aspects:
            rows += connection.run(load_query(__name__, "verify_daily")) or []
        if "visitors" in aspects:
            rows += connection.run(load_query(__name__, "verify_visitors"), site_id=site_id) or []
        if "visits" in aspects:
            rows += connection.run(VERIFY_VISITS, site_id=site_id) or []
        if "rollups" in aspects:
            rows += connection.run(VERIFY_ROLLUPS, site_id=site_id) or []
    differences = [Difference(aggregate, site, str(day), *rest) for aggregate, site, day, *rest in rows]
    return sorted(differences, key=lambda one: (one.aggregate, one.site_id, one.date, one.key))
