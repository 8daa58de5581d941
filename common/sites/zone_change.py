"""Begins to change a site's time zone; infra/sites goes on with that."""

from common.postgres.driver import Connection
from common.postgres.sql import load_query


def begin_change(connection: Connection, site_id: str, time_zone: str) -> None:
    """Have a site's figures changed to another zone. Fails if PostgreSQL does not know the name."""
    connection.run(load_query(__name__, "begin_time_zone"), site_id=site_id, time_zone=time_zone)
