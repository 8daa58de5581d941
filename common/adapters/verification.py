"""Whether the aggregates equal what the events say."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

from common.adapters.database import Database
from common.sql import load_query

TIMEOUT_SECONDS = 3_600


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


def verify_aggregates(database_url: str, secret_arn: str = "") -> list[Difference]:
    """Every difference, from one snapshot. Reads all events. Raises Unavailable. `secret_arn`: as for Database."""
    database = Database(database_url, connections=1, timeout_seconds=TIMEOUT_SECONDS, secret_arn=secret_arn)
    with closing(database):
        rows = database.run(load_query("verify"))
    return [Difference(aggregate, site, str(day), *rest) for aggregate, site, day, *rest in rows]
