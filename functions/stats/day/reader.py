"""Reads the figures of GET /stats from the day's aggregates."""

from datetime import date
from typing import Any

from common.postgres.database import Database
from common.postgres.sql import load_query


class DayReader:
    """What the stats function reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_day(self, site_id: str, day: date, most: int) -> tuple[int, int, list[dict[str, Any]]]:
        """Views, users and at most `most` top paths of a site's UTC day. Raises Unavailable."""
        [[views, users, paths]] = self._database.run(
            load_query(__name__, "read_day"), site_id=site_id, date=day.isoformat(), most=most
        )
        return views, users, paths

    def ping(self) -> None:
        """Raises Unavailable if the store can't be read."""
        self._database.run("select 1 from daily_stats limit 1")
